/** NumPy's .npz files: zip files of one .npy file for each array. */

import { type PassThrough, Readable } from "node:stream";
import { isNativeError } from "node:util/types";

import type { Entry, ZipFile } from "yauzl";

import { checkByteOrder } from "../../tensor/byte-order";
import { checkFlag, checkOptions } from "../../tensor/options";
import type { Tensor } from "../../tensor/tensor";
import { type ByteSource, type FileSource, openSource } from "../byte-source";
import { FormatError, quote } from "../format-error";
import { type NamedTensors, namedTensors } from "../named-tensors";
import { writeFileWhole } from "../write-file";
import { type NpyParts, npyParts, readArray } from "./npy";
import { EntrySource, openZip, yauzl, yazl } from "./zip-entry";

const SUFFIX = ".npy";

/** Deflate cannot shrink data further than this. */
const MAX_RATIO = 1032;

/** Options of `writeNpz`. */
export interface NpzOptions {
  /** Whether to compress the arrays, as `numpy.savez_compressed` does; false. */
  compress?: boolean;
}

/**
 * Reads the arrays that `numpy.savez` or `savez_compressed` wrote, by name; each as `readNpy` does.
 * @param source a path, a `file:` URL, or the file's bytes
 * @throws FormatError for anything but a sound file of arrays of numbers; the file system's errors
 */
export async function readNpz(source: FileSource): Promise<Map<string, Tensor>> {
  checkByteOrder("readNpz");
  const bytes = await openSource(source, "readNpz");
  const tensors = new Map<string, Tensor>();
  try {
    const zip = await openZip(bytes);
    await readEntries(zip, bytes, tensors);
    return tensors;
  } catch (error) {
    for (const tensor of tensors.values()) tensor.dispose();
    throw explain(error, bytes);
  } finally {
    await bytes.close();
  }
}

async function readEntries(
  zip: ZipFile,
  bytes: ByteSource,
  tensors: Map<string, Tensor>,
): Promise<void> {
  let packed = 0;
  for await (const entry of zip.eachEntry()) {
    const name = nameOf(entry, bytes);
    if (tensors.has(name)) throw new FormatError(bytes.name, `has the array ${quote(name)} twice`);
    packed += entry.compressedSize;
    // Entries may claim the same bytes, and more than deflate can make of them.
    if (packed > bytes.size || entry.uncompressedSize > MAX_RATIO * entry.compressedSize) {
      throw new FormatError(bytes.name, "claims to hold more than a file of its size can");
    }
    tensors.set(name, await readEntry(zip, entry, `${bytes.name}: ${quote(name)}`));
  }
}

function nameOf(entry: Entry, bytes: ByteSource): string {
  const { extraFields, fileNameRaw, generalPurposeBitFlag } = entry;
  const name = yauzl().getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true);
  if (name.endsWith(SUFFIX)) return name.slice(0, -SUFFIX.length);
  throw new FormatError(bytes.name, `expected .npy files in it but found ${quote(name)}`);
}

async function readEntry(zip: ZipFile, entry: Entry, name: string): Promise<Tensor> {
  if (!entry.canDecodeFileData()) {
    throw new FormatError(name, "is encrypted, or compressed otherwise than by deflate");
  }
  const source = new EntrySource(name, entry, await zip.openReadStreamPromise(entry));
  try {
    const tensor = await readArray(source);
    try {
      source.checkEnd();
    } catch (error) {
      tensor.dispose();
      throw error;
    }
    return tensor;
  } finally {
    await source.close();
  }
}

/** What yauzl and zlib say of a damaged file, with its name. */
function explain(error: unknown, { name }: ByteSource): unknown {
  if (error instanceof FormatError || !isNativeError(error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined && !code.startsWith("Z_")) return error;
  return new FormatError(name, `is no sound .npz file: ${error.message}`);
}

/**
 * Writes tensors to a .npz file for `numpy.load`, whole or not at all: on any error an old file stays
 * as it was.
 * @param tensors any strings may be names that a zip file can hold, but absolute paths and such with
 *   backslashes or `..`
 */
export async function writeNpz(
  file: string | URL,
  tensors: NamedTensors,
  options: NpzOptions = {},
): Promise<void> {
  checkOptions(options, ["compress"], "writeNpz");
  const { compress = false } = options;
  checkFlag(compress, "writeNpz", "compress");
  const named = [...namedTensors(tensors, "writeNpz")];
  for (const [name] of named) checkName(name);
  const parts = named.map(([name, tensor]) => [name, npyParts(tensor, "writeNpz")] as const);
  await writeFileWhole(
    file,
    async (writer) => {
      for await (const chunk of zipOf(parts, compress)) await writer.appendBytes(chunk as Buffer);
    },
    "writeNpz",
  );
}

/** Throws on a name that yazl refuses, or changes. */
function checkName(name: string): void {
  const path = `${name}${SUFFIX}`;
  const isOdd = /^([a-zA-Z]:|\/)|\\/.test(path) || path.split("/").includes("..");
  if (!isOdd && Buffer.byteLength(path) <= 0xffff) return;
  throw new RangeError(
    `writeNpz: expected names without drive, backslash, ".." and "/" at the start, of at most ` +
      `${0xffff - SUFFIX.length} bytes, but received ${quote(name)}`,
  );
}

/** The bytes of a zip file of arrays; the same for the same arrays. */
function zipOf(arrays: readonly (readonly [string, NpyParts])[], compress: boolean): Readable {
  const zip = new (yazl().ZipFile)();
  const output = zip.outputStream as PassThrough;
  zip.on("error", (error: Error) => output.destroy(error));
  for (const [name, parts] of arrays) {
    const options = {
      compress,
      size: parts.header.length + parts.values.length,
      mtime: new Date(1980, 0, 1), // the first that zip files know
      forceDosTimestamp: true,
    };
    zip.addReadStreamLazy(`${name}${SUFFIX}`, options, (deliver) => {
      const stream = Readable.from(piecesOf(parts));
      stream.on("error", (error) => output.destroy(error));
      deliver(null, stream);
    });
  }
  zip.end();
  return output;
}

const PIECE_BYTES = 1 << 18;

function* piecesOf({ header, values }: NpyParts): Generator<Uint8Array> {
  yield header;
  for (let first = 0; first < values.length; first += PIECE_BYTES) {
    const piece = new Uint8Array(Math.min(PIECE_BYTES, values.length - first));
    values.copy(piece, first);
    yield piece;
  }
}
