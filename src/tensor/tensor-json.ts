/** Tensors as JSON: shape, dtype and the values' bytes, so that every bit survives. */

import { checkByteOrder } from "./byte-order";
import { type DType, type TypedArray, bytesOf, typedArray } from "./dtype";

/** What `JSON.stringify` makes of a tensor, and `tensor` takes back. */
export interface TensorJSON {
  /** Sizes of the axes. */
  readonly shape: readonly number[];
  /** Type of the elements. */
  readonly dtype: DType;
  /** The values row by row, little-endian, as base64. */
  readonly data: string;
}

/** Whether a value looks like a tensor's JSON; its fields may still be wrong. */
export function isTensorJSON(value: unknown): value is TensorJSON {
  if (typeof value !== "object" || value === null) return false;
  const { shape, dtype, data } = value as Partial<TensorJSON>;
  return Array.isArray(shape) && typeof dtype === "string" && typeof data === "string";
}

export function encodeTensor(
  values: TypedArray,
  shape: readonly number[],
  dtype: DType,
): TensorJSON {
  checkByteOrder("toJSON");
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return { shape: [...shape], dtype, data: bytes.toString("base64") };
}

/** The `size` values of a tensor's JSON whose shape and dtype are known to be sound. */
export function decodeValues({ data, dtype, shape }: TensorJSON, size: number): TypedArray {
  checkByteOrder("tensor");
  const bytes = size * bytesOf(dtype);
  // Buffer alone would leave out what is no base64.
  const isBase64 = /^[A-Za-z0-9+/]*={0,2}$/.test(data);
  const fits = isBase64 && data.length === 4 * Math.ceil(bytes / 3);
  const decoded = fits ? Buffer.from(data, "base64") : undefined;
  if (decoded?.length !== bytes) {
    const found = isBase64 ? `${data.length} characters` : "characters that are none of base64's";
    const type = `${dtype}[${shape.join(", ")}]`;
    throw new RangeError(
      `expected ${bytes} bytes as base64 for the data of ${type} but received ${found}`,
    );
  }
  const values = typedArray(dtype, size);
  new Uint8Array(values.buffer).set(decoded);
  return values;
}
