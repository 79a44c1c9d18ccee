/**
 * The IDX format of the MNIST files. A file is a header of big-endian words and then the elements,
 * row by row, big-endian too:
 *
 *   byte 0-1   zero
 *   byte 2     element type (ELEMENT_TYPES)
 *   byte 3     rank
 *   4 bytes    the size of each axis, `rank` times
 *
 * See "The IDX file format" at the end of http://yann.lecun.com/exdb/mnist/.
 */

import { readFileSync } from "node:fs";
import { endianness } from "node:os";

import { type DType, type TypedArray, typedArray } from "../tensor/dtype";
import { checkOptions } from "../tensor/options";
import { describeValue } from "../tensor/values";
import { checkCount } from "./arguments";
import { type Fail, checkCapacity, gunzip, gunzipPrefix, isGzip } from "./gzip";

/** An IDX file's content. */
export interface IdxArray {
  /** Sizes of the axes, rank 1 to 8. */
  readonly shape: readonly number[];
  /** Type of the elements. */
  readonly dtype: DType;
  /** The elements, row by row. */
  readonly data: TypedArray;
}

/** What is wrong with an IDX file, and where. */
export class IdxError extends Error {
  /** "IdxError". */
  override readonly name = "IdxError";
  /** "ERR_NABLA_IDX", by which programs know the error. */
  readonly code = "ERR_NABLA_IDX";

  /**
   * @param file the file's path, or another name of where the bytes came from
   * @param offset byte at which the fault shows, counted in the plain bytes unless `expected` says
   *   otherwise
   * @param expected what should be there
   * @param found what is there
   */
  constructor(
    readonly file: string,
    readonly offset: number,
    readonly expected: string,
    readonly found: string,
  ) {
    super(`${file}: expected ${expected} at byte ${offset} but found ${found}`);
  }
}

/** Bytes of an element. */
const WIDTHS: Readonly<Record<DType, number>> = { uint8: 1, int32: 4, float32: 4, float64: 8 };

/** Element types by their code in byte 2. The format's int8 (0x09) and int16 (0x0b) have no dtype. */
const ELEMENT_TYPES: ReadonlyMap<number, DType> = new Map([
  [0x08, "uint8"],
  [0x0c, "int32"],
  [0x0d, "float32"],
  [0x0e, "float64"],
]);
const SUPPORTED_TYPES =
  "one of the element types uint8 (0x08), int32 (0x0c), float32 (0x0d), float64 (0x0e)";

/** More than any file of digits or letters that is in use. */
const DEFAULT_MAX_BYTES = 2 ** 30;

const MAX_RANK = 8;
const MAX_HEADER_BYTES = 4 + 4 * MAX_RANK;

/** Options of `readIdx`. */
export interface IdxOptions {
  /** The most bytes that a gzipped file may hold, its header included; 1 GiB (2^30). */
  maxBytes?: number;
}

/**
 * Reads an IDX file, plain or gzipped; which of the two, its first bytes tell. For a tensor of it
 * write `tensor(data, shape)`.
 * @throws IdxError for anything but one whole, well-formed array, before memory is allocated for
 *   elements that the file cannot hold or that are more than `maxBytes`; the file system's errors
 */
export function readIdx(file: string, options: IdxOptions = {}): IdxArray {
  // A number would be a file that is open already, such as the terminal.
  if (typeof file !== "string") {
    throw new TypeError(`readIdx: expected a path for file but received ${describeValue(file)}`);
  }
  checkOptions(options, ["maxBytes"], "readIdx");
  const { maxBytes = DEFAULT_MAX_BYTES } = options;
  checkCount(maxBytes, "maxBytes", 1);
  return parseIdx(unpackIdx(readFileSync(file), file, maxBytes), file);
}

/**
 * The plain bytes of an IDX file: themselves if they are plain, else decompressed, and then no
 * further than the header says.
 * @param source names the bytes in errors
 * @param maxBytes the most that may be decompressed
 * @throws IdxError
 */
export function unpackIdx(
  bytes: Uint8Array,
  source: string,
  maxBytes = DEFAULT_MAX_BYTES,
): Uint8Array {
  if (!isGzip(bytes)) return bytes;
  const fail = failIn(source);
  const { fileBytes, shape } = parseHeader(gunzipPrefix(bytes, MAX_HEADER_BYTES, fail), fail);
  checkCapacity(bytes, fileBytes, fail);
  if (fileBytes > maxBytes) {
    fail(4, `sizes of at most ${maxBytes} bytes (set maxBytes for more)`, `[${shape.join(", ")}]`);
  }
  return gunzip(bytes, fileBytes, fail);
}

/**
 * The array in the plain bytes of an IDX file; uint8 elements are not copied.
 * @param source names the bytes in errors
 * @throws IdxError
 */
export function parseIdx(bytes: Uint8Array, source: string): IdxArray {
  const fail = failIn(source);
  const { shape, dtype, headerBytes, fileBytes } = parseHeader(bytes, fail);
  const missing = fileBytes - bytes.length;
  if (missing > 0) {
    const expected = `${fileBytes - headerBytes} bytes of elements, ${dtype}[${shape.join(", ")}],`;
    fail(bytes.length, expected, `the end, ${missing} bytes early`);
  }
  if (missing < 0) fail(fileBytes, "the end", `${-missing} bytes more`);
  return { shape, dtype, data: decodeElements(bytes.subarray(headerBytes), dtype) };
}

function failIn(source: string): Fail {
  return (offset, expected, found) => {
    throw new IdxError(source, offset, expected, found);
  };
}

interface Header {
  shape: number[];
  dtype: DType;
  headerBytes: number;
  /** Header and elements. */
  fileBytes: number;
}

/** @param bytes the plain file, or at least its first MAX_HEADER_BYTES */
function parseHeader(bytes: Uint8Array, fail: Fail): Header {
  const [first, second, code, rank] = bytes;
  if (bytes.length < 4) fail(bytes.length, "a magic number of 4 bytes", "the end");
  if (first !== 0 || second !== 0) fail(0, "the magic bytes 0x00 0x00", hex(bytes.subarray(0, 2)));
  const dtype = ELEMENT_TYPES.get(code) ?? fail(2, SUPPORTED_TYPES, hex([code]));
  if (rank < 1 || rank > MAX_RANK) fail(3, `a rank from 1 to ${MAX_RANK}`, String(rank));

  const headerBytes = 4 + 4 * rank;
  if (bytes.length < headerBytes) fail(bytes.length, `the sizes of ${rank} axes`, "the end");
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerBytes);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const fileBytes = headerBytes + shape.reduce((size, dim) => size * dim, WIDTHS[dtype]);
  if (!Number.isSafeInteger(fileBytes)) {
    fail(4, "sizes of which a file can hold the product", `[${shape.join(", ")}]`);
  }
  return { shape, dtype, headerBytes, fileBytes };
}

/** Copies big-endian elements into the machine's order; uint8 elements stay where they are. */
function decodeElements(bytes: Uint8Array, dtype: DType): TypedArray {
  if (dtype === "uint8") return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const elements = typedArray(dtype, bytes.length / WIDTHS[dtype]);
  const target = Buffer.from(elements.buffer);
  target.set(bytes);
  if (endianness() === "LE") {
    if (elements.BYTES_PER_ELEMENT === 8) target.swap64();
    else target.swap32();
  }
  return elements;
}

/** "0x00 0x1f" */
function hex(bytes: Iterable<number>): string {
  return Array.from(bytes, (byte) => `0x${byte.toString(16).padStart(2, "0")}`).join(" ");
}
