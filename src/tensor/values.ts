/** Turns what a caller passes as values (numbers, nested or typed arrays) into flat data. */

import { type DType, type TypedArray, checkDType, dtypeOfArray, typedArray } from "./dtype";
import { type TensorJSON, decodeValues, isTensorJSON } from "./tensor-json";

/**
 * What a tensor can be made of: a number, arrays of numbers nested to any depth, a typed array, what
 * `JSON.stringify` made of a tensor.
 */
export type Values = number | boolean | readonly Values[] | ArrayBufferView | TensorJSON;

export interface FlatValues {
  data: TypedArray;
  shape: number[];
  dtype: DType;
}

/** No tensor has more axes. */
export const MAX_RANK = 8;

/** Throws unless `shape` is an array of at most 8 non-negative integers. */
export function checkShape(shape: unknown, argument = "shape"): asserts shape is readonly number[] {
  if (!Array.isArray(shape)) {
    throw new TypeError(`expected an array for ${argument} but received ${typeof shape}`);
  }
  for (const dim of shape as unknown[]) {
    if (!Number.isInteger(dim) || (dim as number) < 0) {
      throw new RangeError(
        `expected non-negative integers for ${argument} but received [${shape.join(", ")}]`,
      );
    }
  }
  if (shape.length > MAX_RANK) {
    throw new RangeError(
      `expected a rank of at most ${MAX_RANK} for ${argument} but received ${shape.length}`,
    );
  }
  // Without sizes of 0: the others are multiplied by themselves in places.
  const size = (shape as number[]).reduce((product, dim) => product * (dim || 1), 1);
  if (size > 2 ** 45) {
    throw new RangeError(
      `expected at most 2^45 elements for ${argument} but received [${shape.join(", ")}]`,
    );
  }
}

/** Flat data of `values`; throws when they are ragged, no numbers, or do not fit `shape` or `dtype`. */
export function flatten(values: Values, shape?: readonly number[], dtype?: DType): FlatValues {
  if (dtype !== undefined) checkDType(dtype);
  if (shape !== undefined) checkShape(shape);
  const flat = flattenAsGiven(values, dtype);
  return shape === undefined ? flat : { ...flat, shape: fit(flat, shape) };
}

function flattenAsGiven(values: Values, dtype?: DType): FlatValues {
  if (ArrayBuffer.isView(values)) return fromTypedArray(values, dtype);
  if (isTensorJSON(values)) return fromJSON(values, dtype);
  return fromNested(values, dtype ?? "float32");
}

/** Whether values have a dtype of their own, which they keep unless another is asked for. */
export function hasDType(values: Values): boolean {
  return ArrayBuffer.isView(values) || isTensorJSON(values);
}

function fromJSON(json: TensorJSON, dtype?: DType): FlatValues {
  checkDType(json.dtype, "the dtype of a tensor's JSON");
  checkShape(json.shape, "the shape of a tensor's JSON");
  const size = json.shape.reduce((product, dim) => product * dim, 1);
  const flat = fromTypedArray(decodeValues(json, size), dtype);
  return { ...flat, shape: [...json.shape] };
}

function fit(flat: FlatValues, shape: readonly number[]): number[] {
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (size !== flat.data.length) {
    throw new RangeError(
      `expected ${size} values for shape [${shape.join(", ")}] but received ${flat.data.length}`,
    );
  }
  return [...shape];
}

function fromTypedArray(values: ArrayBufferView, dtype?: DType): FlatValues {
  const own = dtypeOfArray(values);
  if (own === undefined) {
    throw new TypeError(
      "expected a Float32Array, Float64Array, Int32Array or Uint8Array for values but received " +
        Object.prototype.toString.call(values).slice(8, -1),
    );
  }
  const source = values as TypedArray;
  const wanted = dtype ?? own;
  if (wanted === own) return { data: source, shape: [source.length], dtype: own };
  const data = typedArray(wanted, source.length);
  for (let i = 0; i < source.length; i++) data[i] = checkedNumber(source[i], wanted);
  return { data, shape: [source.length], dtype: wanted };
}

function fromNested(values: Values, dtype: DType): FlatValues {
  const shape: number[] = [];
  for (let level: Values = values; Array.isArray(level); level = level[0] as Values) {
    shape.push(level.length);
    // An array may hold itself: then there is no end.
    if (level.length === 0 || shape.length > MAX_RANK) break;
  }
  checkShape(shape, "the nesting of values");
  const data = typedArray(
    dtype,
    shape.reduce((product, dim) => product * dim, 1),
  );
  let next = 0;
  const fill = (value: Values, axis: number): void => {
    if (axis < shape.length) {
      if (!Array.isArray(value) || value.length !== shape[axis]) throw ragged(value, axis, shape);
      for (const item of value) fill(item as Values, axis + 1);
    } else {
      if (Array.isArray(value)) throw ragged(value, axis, shape);
      data[next++] = checkedNumber(value, dtype);
    }
  };
  fill(values, 0);
  return { data, shape, dtype };
}

function ragged(value: Values, axis: number, shape: readonly number[]): Error {
  const found = Array.isArray(value) ? `${value.length} items` : "a number";
  const expected = axis < shape.length ? `${shape[axis]} items` : "a number";
  return new RangeError(
    `expected ${expected} at depth ${axis} of values but received ${found}: ragged`,
  );
}

/** Refuses what is no number, and what an integer dtype would silently change. */
function checkedNumber(value: unknown, dtype: DType): number {
  const number = typeof value === "boolean" ? Number(value) : value;
  if (typeof number !== "number") {
    throw new TypeError(`expected numbers for values but received ${describeValue(value)}`);
  }
  if (dtype === "int32" && (number | 0) !== number) throw misfit(number, "an int32 integer");
  if (dtype === "uint8" && (number & 255) !== number)
    throw misfit(number, "an integer in [0, 255]");
  return number;
}

function misfit(value: number, expected: string): Error {
  return new RangeError(`expected ${expected} for values but received ${value}`);
}

/** A short description of a value for an error message. */
export function describeValue(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return describeFunction(value);
  if (value === null || typeof value !== "object") return String(value);
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** "the class Dense" or "the function relu", without its source. */
function describeFunction(value: CallableFunction): string {
  const isClass = /^class\b/.test(Function.prototype.toString.call(value));
  return `the ${isClass ? "class" : "function"} ${value.name || "without a name"}`;
}
