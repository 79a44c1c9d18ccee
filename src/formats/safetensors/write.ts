/** Writes safetensors files, byte for byte as the reference does. */

import { checkByteOrder } from "../../tensor/byte-order";
import { bytesOf } from "../../tensor/dtype";
import { checkOptions } from "../../tensor/options";
import type { Tensor } from "../../tensor/tensor";
import { quote } from "../format-error";
import { type NamedTensors, checkText, namedTensors, pairsOf } from "../named-tensors";
import { TensorBytes } from "../tensor-bytes";
import { writeFileWhole } from "../write-file";
import { LENGTH_BYTES, MAX_HEADER_BYTES, METADATA } from "./header";
import { WRITTEN_AS } from "./types";

/** Options of `writeSafetensors` and `safetensorsBytes`. */
export interface SafetensorsOptions {
  /** Texts by name that stand in the file's header; none. */
  metadata?: Readonly<Record<string, string>> | Iterable<readonly [string, string]>;
}

/**
 * Writes tensors to a safetensors file: float32 as F32, float64 as F64, int32 as I32, uint8 as U8. The
 * file is written in pieces straight from the tensors' memory and takes the place of an old one
 * once it is whole and on the disk; on any error the old one stays as it was. A Variable that is
 * assigned to before the promise settles is such an error.
 * @param tensors any strings may be names, but `__metadata__`
 */
export function writeSafetensors(
  file: string | URL,
  tensors: NamedTensors,
  options: SafetensorsOptions = {},
): Promise<void> {
  return writeTensors("writeSafetensors", file, tensors, options);
}

/** @param where names the function in errors */
export async function writeTensors(
  where: string,
  file: string | URL,
  tensors: NamedTensors,
  options: SafetensorsOptions,
): Promise<void> {
  const { header, parts } = layOut(tensors, options, where);
  await writeFileWhole(
    file,
    async (writer) => {
      await writer.appendBytes(header);
      for (const part of parts) await writer.append(part);
    },
    where,
  );
}

/** The same file as bytes, for a database or a message. */
export function safetensorsBytes(
  tensors: NamedTensors,
  options: SafetensorsOptions = {},
): Uint8Array {
  return tensorsBytes("safetensorsBytes", tensors, options);
}

/** @param where names the function in errors */
export function tensorsBytes(
  where: string,
  tensors: NamedTensors,
  options: SafetensorsOptions,
): Uint8Array {
  const { header, parts } = layOut(tensors, options, where);
  const size = parts.reduce((total, { length }) => total + length, header.length);
  const bytes = new Uint8Array(size);
  bytes.set(header);
  let next = header.length;
  for (const part of parts) {
    part.copy(bytes.subarray(next, next + part.length), 0);
    next += part.length;
  }
  return bytes;
}

interface Layout {
  /** With its length before it. */
  readonly header: Uint8Array;
  readonly parts: readonly TensorBytes[];
}

function layOut(tensors: NamedTensors, options: SafetensorsOptions, where: string): Layout {
  checkByteOrder(where);
  checkOptions(options, ["metadata"], where);
  const named = namedTensors(tensors, where);
  if (named.has(METADATA)) {
    throw new RangeError(`${where}: expected other names of tensors than ${METADATA}`);
  }
  const sorted = [...named].sort(inFileOrder);
  const parts = sorted.map(([, tensor]) => new TensorBytes(tensor));
  let next = 0;
  const members = sorted.map(([name, { dtype, shape }], i) => {
    const offsets = [next, (next += parts[i].length)];
    return member(name, { dtype: WRITTEN_AS[dtype], shape, data_offsets: offsets });
  });
  const texts = metadataMembers(options, where);
  if (texts.length > 0) members.unshift(`"${METADATA}":{${texts.join(",")}}`);
  return { header: encodeHeader(`{${members.join(",")}}`, where), parts };
}

/** `"name":value`, which an object could not hold for every name. */
function member(name: string, value: unknown): string {
  return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
}

function encodeHeader(json: string, where: string): Uint8Array {
  const length = Math.ceil(Buffer.byteLength(json) / 8) * 8;
  if (length > MAX_HEADER_BYTES) {
    throw new RangeError(
      `${where}: expected names and metadata for a header of at most ${MAX_HEADER_BYTES} bytes but ` +
        `they take ${length}`,
    );
  }
  const header = Buffer.alloc(LENGTH_BYTES + length, " ");
  header.writeBigUInt64LE(BigInt(length));
  header.write(json, LENGTH_BYTES);
  return header;
}

/** By falling size of the elements, so that all are aligned; then by name, as UTF-8 sorts. */
function inFileOrder([nameA, a]: [string, Tensor], [nameB, b]: [string, Tensor]): number {
  return rankOf(b) - rankOf(a) || Buffer.compare(Buffer.from(nameA), Buffer.from(nameB));
}

/** Float32 before int32, as the reference does. */
function rankOf({ dtype }: Tensor): number {
  return 2 * bytesOf(dtype) + (dtype === "float32" ? 1 : 0);
}

function metadataMembers({ metadata = {} }: SafetensorsOptions, where: string): string[] {
  return [...pairsOf(metadata, "metadata", where)].map(([name, text]) => {
    checkText(name, "the names in metadata", where);
    checkText(text, `metadata's ${quote(name)}`, where);
    return member(name, text);
  });
}
