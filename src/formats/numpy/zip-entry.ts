/** Zip files as sources of bytes, over yauzl and yazl, which are loaded at their first use. */

import { Readable } from "node:stream";

import type { Entry, ZipFile } from "yauzl";

import { type ByteSource, readBytes } from "../byte-source";
import { FormatError } from "../format-error";
import { crc32 } from "./crc32";

export const yauzl = (): typeof import("yauzl") => zipPackage("yauzl") as typeof import("yauzl");

export const yazl = (): typeof import("yazl") => zipPackage("yazl") as typeof import("yazl");

/** One of the packages that nabla does not bring along: an optional peer. */
function zipPackage(name: string): unknown {
  try {
    return module.require(name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    throw new Error(
      `.npz files: expected the package ${name} but it is not installed; run npm install ${name}`,
      { cause: error },
    );
  }
}

const CHUNK_BYTES = 1 << 18;

/** The zip file that a source holds. It is for the caller to close the source. */
export function openZip(source: ByteSource): Promise<ZipFile> {
  const { RandomAccessReader, fromRandomAccessReaderPromise } = yauzl();
  class Reader extends RandomAccessReader {
    override _readStreamForRange(start: number, end: number): Readable {
      return Readable.from(chunks(source, start, end));
    }
  }
  const options = { lazyEntries: true, decodeStrings: false, autoClose: false };
  return fromRandomAccessReaderPromise(new Reader(), source.size, options);
}

async function* chunks(source: ByteSource, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let next = start; next < end; next += CHUNK_BYTES) {
    yield await readBytes(source, next, Math.min(CHUNK_BYTES, end - next));
  }
}

/** The decompressed bytes of an entry, which can be read once, from the first to the last. */
export class EntrySource implements ByteSource {
  readonly size: number;
  private readonly expected: number;
  private readonly chunks: AsyncIterator<Buffer>;
  private chunk: Uint8Array = new Uint8Array();
  private done = 0;
  private crc = 0;

  constructor(
    readonly name: string,
    entry: Entry,
    private readonly stream: Readable,
  ) {
    this.size = entry.uncompressedSize;
    this.expected = entry.crc32;
    this.chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  async each(position: number, length: number, take: (piece: Uint8Array) => void): Promise<void> {
    if (position !== this.done) throw new Error("expected the bytes of an entry in their order");
    for (let left = length; left > 0;) {
      if (this.chunk.length === 0) this.chunk = await this.next();
      const piece = this.chunk.subarray(0, left);
      this.chunk = this.chunk.subarray(piece.length);
      this.crc = crc32(piece, this.crc);
      this.done += piece.length;
      left -= piece.length;
      take(piece);
    }
  }

  /** Throws unless all was read, and is what was written. */
  checkEnd(): void {
    if (this.done === this.size && this.crc === this.expected) return;
    throw new FormatError(this.name, "is damaged: its checksum does not fit");
  }

  close(): Promise<void> {
    this.stream.destroy();
    return Promise.resolve();
  }

  private async next(): Promise<Uint8Array> {
    const result = await this.chunks.next();
    if (result.done !== true) return result.value;
    throw new FormatError(this.name, "is damaged: it ends early");
  }
}
