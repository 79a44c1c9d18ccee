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
  shape: readonly number[];
  dtype: DType;
}

/** Values nested in arrays. */
export type Nested<V> = V | Nested<V>[];

/** Values that come row by row as arrays nested as a shape says. */
export function nested<V>(values: ArrayLike<V>, shape: readonly number[]): Nested<V> {
  let next = 0;
  const nest = (axis: number): Nested<V> => {
    if (axis === shape.length) return values[next++];
    return Array.from({ length: shape[axis] }, () => nest(axis + 1));
  };
  return nest(0);
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
  return fromNested(values, dtype);
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
  if (own === undefined) throw unknownArray(values);
  const source = values as TypedArray;
  const wanted = dtype ?? own;
  if (wanted === own) return { data: source, shape: [source.length], dtype: own };
  const data = typedArray(wanted, source.length);
  for (let i = 0; i < source.length; i++) data[i] = checkedNumber(source[i], wanted);
  return { data, shape: [source.length], dtype: wanted };
}

function unknownArray(values: ArrayBufferView): Error {
  return new TypeError(
    "expected a Float32Array, Float64Array, Int32Array or Uint8Array for values but received " +
      Object.prototype.toString.call(values).slice(8, -1),
  );
}

function fromNested(values: Values, dtype?: DType): FlatValues {
  const shape: number[] = [];
  let level: Values = values;
  for (; isList(level); level = level[0]) {
    shape.push(level.length);
    // An array may hold itself: then there is no end.
    if (level.length === 0 || shape.length > MAX_RANK || ArrayBuffer.isView(level)) break;
  }
  checkShape(shape, "the nesting of values");
  const rowType = ArrayBuffer.isView(level) ? dtypeOfArray(level) : undefined;
  const wanted = dtype ?? rowType ?? "float32";
  const data = typedArray(
    wanted,
    shape.reduce((product, dim) => product * dim, 1),
  );
  const path: number[] = []; // where the value is that is looked at
  const place = (): string => ` at values${path.map((index) => `[${index}]`).join("")}`;
  let next = 0;
  const fill = (value: Values, axis: number): void => {
    if (axis < shape.length) {
      if (!isList(value) || value.length !== shape[axis]) throw ragged(value, axis, shape, place());
      if (ArrayBuffer.isView(value)) checkRowType(value, wanted, dtype !== undefined);
      for (let i = 0; i < value.length; i++) {
        path[axis] = i;
        fill(value[i], axis + 1);
      }
      path.length = axis;
    } else {
      if (isList(value)) throw ragged(value, axis, shape, place());
      data[next++] = checkedNumber(value, wanted, place);
    }
  };
  fill(values, 0);
  return { data, shape, dtype: wanted };
}

/** An array, or a typed array in the place of one of numbers. */
function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/** Throws on a typed array that tensors are not made of, or of another dtype than asked for or begun with. */
function checkRowType(row: ArrayBufferView, wanted: DType, isAsked: boolean): void {
  const own = dtypeOfArray(row);
  if (own === undefined) throw unknownArray(row);
  if (own === wanted || isAsked) return;
  throw new TypeError(
    `expected arrays of one dtype for values but received ${wanted} and ${own}; give the dtype, as in ` +
      `tensor(values, undefined, "${wanted}")`,
  );
}

function ragged(value: Values, axis: number, shape: readonly number[], place: string): Error {
  const found = isList(value) ? `${value.length} items` : "a number";
  const expected = axis < shape.length ? `${shape[axis]} items` : "a number";
  return new RangeError(
    `expected ${expected} at depth ${axis} of values but received ${found}: ragged,${place}`,
  );
}

/**
 * Refuses what is no number, and what an integer dtype would silently change.
 * @param place where the value is, for the error
 */
export function checkedNumber(value: unknown, dtype: DType, place = (): string => ""): number {
  const number = typeof value === "boolean" ? Number(value) : value;
  if (typeof number !== "number") {
    if (isTensor(value)) {
      throw new TypeError(
        `expected numbers for values but received ${describeValue(value)} in an array${place()}; ` +
          "stack(tensors) joins tensors of one shape",
      );
    }
    throw new TypeError(
      `expected numbers for values but received ${describeValue(value)}${place()}`,
    );
  }
  if (dtype === "int32" && (number | 0) !== number) throw misfit(number, "an int32 integer", place);
  if (dtype === "uint8" && (number & 255) !== number)
    throw misfit(number, "an integer in [0, 255]", place);
  return number;
}

function misfit(value: number, expected: string, place: () => string): Error {
  return new RangeError(`expected ${expected} for values but received ${value}${place()}`);
}

/** A short description of a value for an error message. */
export function describeValue(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return describeFunction(value);
  if (value === null || typeof value !== "object") return String(value);
  const copy: unknown = (value as { [BRAND]?: unknown })[BRAND];
  if (copy !== undefined && copy !== THIS_COPY) return foreign(value);
  if (isTensor(value)) return value.describe();
  return Object.prototype.toString.call(value).slice(8, -1);
}

const BRAND = Symbol.for("nabla.copy");
/** Tells the objects of this copy of the library from those of another in the same process. */
const THIS_COPY = {};

/** Marks the objects of a class as this library's, so that errors can name those of another copy. */
export function brand(constructor: { readonly prototype: object }): void {
  Object.defineProperty(constructor.prototype, BRAND, { value: THIS_COPY });
}

function foreign(value: object): string {
  return (
    `a ${value.constructor.name} of another copy of nabla, which this process has loaded twice; see ` +
    "that all require the same file of it (npm ls nabla, jest.resetModules), or pass tensors by " +
    "toJSON()"
  );
}

/** Whether a value is a tensor, of any copy of the library; only these describe themselves so. */
function isTensor(value: unknown): value is { describe(): string } {
  if (typeof value !== "object" || value === null || !(BRAND in value)) return false;
  return "liveHandle" in value && "describe" in value;
}

/** "the class Dense" or "the function relu", without its source. */
function describeFunction(value: CallableFunction): string {
  const isClass = /^class\b/.test(Function.prototype.toString.call(value));
  return `the ${isClass ? "class" : "function"} ${value.name || "without a name"}`;
}
