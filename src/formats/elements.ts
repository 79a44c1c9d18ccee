/** Element types of other libraries' files, and how nabla's tensors are made of them. */

import type { DType } from "../tensor/dtype";

/** The numbers that a file can hold, and what nabla reads them as. */
export interface ElementType {
  /** Of one element in the file. */
  readonly bytes: number;
  readonly dtype: DType;
  /** Absent where the file's bytes are the tensor's. */
  readonly convert?: Convert;
}

/** Converts the first `count` elements, up to one that the dtype cannot hold, which it returns. */
export type Convert = (from: ArrayBuffer, to: ArrayBuffer, count: number) => Misfit | undefined;

export interface Misfit {
  readonly element: number;
  readonly value: number | bigint;
}

/** By a name that says kind and bits: the same in all formats, whatever they call it. */
export type ElementName =
  | "bool"
  | "uint8"
  | "int8"
  | "uint16"
  | "int16"
  | "uint32"
  | "int32"
  | "uint64"
  | "int64"
  | "float16"
  | "bfloat16"
  | "float32"
  | "float64";

export const ELEMENTS: Readonly<Record<ElementName, ElementType>> = {
  bool: { bytes: 1, dtype: "uint8", convert: fromBool },
  uint8: { bytes: 1, dtype: "uint8" },
  int8: { bytes: 1, dtype: "int32", convert: copying(Int8Array) },
  uint16: { bytes: 2, dtype: "int32", convert: copying(Uint16Array) },
  int16: { bytes: 2, dtype: "int32", convert: copying(Int16Array) },
  uint32: { bytes: 4, dtype: "int32", convert: fromUint32 },
  int32: { bytes: 4, dtype: "int32" },
  uint64: { bytes: 8, dtype: "int32", convert: fromUint64 },
  int64: { bytes: 8, dtype: "int32", convert: fromInt64 },
  float16: { bytes: 2, dtype: "float32", convert: fromFloat16 },
  bfloat16: { bytes: 2, dtype: "float32", convert: fromBfloat16 },
  float32: { bytes: 4, dtype: "float32" },
  float64: { bytes: 8, dtype: "float64" },
};

/** Any byte but 0 counts as true. */
function fromBool(from: ArrayBuffer, to: ArrayBuffer, count: number): undefined {
  const source = new Uint8Array(from);
  const target = new Uint8Array(to);
  for (let i = 0; i < count; i++) target[i] = source[i] === 0 ? 0 : 1;
}

function copying(
  View: new (buffer: ArrayBuffer, offset: number, length: number) => ArrayLike<number>,
): Convert {
  return (from, to, count) => {
    new Int32Array(to).set(new View(from, 0, count));
    return undefined;
  };
}

function fromUint32(from: ArrayBuffer, to: ArrayBuffer, count: number): Misfit | undefined {
  const source = new Uint32Array(from);
  const target = new Int32Array(to);
  for (let i = 0; i < count; i++) {
    if (source[i] > MOST) return { element: i, value: source[i] };
    target[i] = source[i];
  }
  return undefined;
}

const MOST = 2 ** 31 - 1;

/**
 * From pairs of words, the low one first: far faster than by BigInt.
 * @param highOf the high word that a low one has in a number that fits
 */
function fromWords(
  from: ArrayBuffer,
  to: ArrayBuffer,
  count: number,
  highOf: (low: number) => number,
): number {
  const source = new Int32Array(from);
  const target = new Int32Array(to);
  for (let i = 0; i < count; i++) {
    const low = source[2 * i];
    if (source[2 * i + 1] !== highOf(low)) return i;
    target[i] = low;
  }
  return count;
}

function fromUint64(from: ArrayBuffer, to: ArrayBuffer, count: number): Misfit | undefined {
  // No high word is NaN: a low one that is negative never fits.
  const element = fromWords(from, to, count, (low) => (low < 0 ? NaN : 0));
  return element < count ? { element, value: new BigUint64Array(from)[element] } : undefined;
}

function fromInt64(from: ArrayBuffer, to: ArrayBuffer, count: number): Misfit | undefined {
  const element = fromWords(from, to, count, (low) => low >> 31);
  return element < count ? { element, value: new BigInt64Array(from)[element] } : undefined;
}

/** The bits of the float32 for each float16; made at the first use. */
let halves: Uint32Array | undefined;

function fromFloat16(from: ArrayBuffer, to: ArrayBuffer, count: number): undefined {
  halves ??= Uint32Array.from({ length: 1 << 16 }, (_, half) => widenHalf(half));
  const source = new Uint16Array(from);
  const target = new Uint32Array(to);
  for (let i = 0; i < count; i++) target[i] = halves[source[i]];
}

/** float16: 1 bit of sign, 5 of exponent (offset 15), 10 of fraction; float32: 1, 8 (127), 23. */
function widenHalf(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return sign | bitsOf(fraction * 2 ** -24);
  if (exponent === 31) return sign | 0x7f800000 | (fraction << 13);
  return sign | ((exponent + 112) << 23) | (fraction << 13);
}

function bitsOf(value: number): number {
  return new Int32Array(Float32Array.of(value).buffer)[0];
}

/** bfloat16 is the upper half of a float32. */
function fromBfloat16(from: ArrayBuffer, to: ArrayBuffer, count: number): undefined {
  const source = new Uint16Array(from);
  const target = new Uint32Array(to);
  for (let i = 0; i < count; i++) target[i] = source[i] << 16;
}
