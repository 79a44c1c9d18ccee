/** Element types of tensors, numbered as in `native/table/view.hpp`. */

export type DType = "float32" | "float64" | "int32" | "uint8";

/** The typed arrays that hold a tensor's values: one for each dtype. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

const CODES: Record<DType, number> = { float32: 0, float64: 1, int32: 2, uint8: 3 };

export const DTYPES = Object.keys(CODES) as readonly DType[];

export function codeOf(dtype: DType): number {
  return CODES[dtype];
}

export function isFloat(dtype: DType): boolean {
  return dtype === "float32" || dtype === "float64";
}

const BYTES: Record<DType, number> = { float32: 4, float64: 8, int32: 4, uint8: 1 };

/** Of one element. */
export function bytesOf(dtype: DType): number {
  return BYTES[dtype];
}

/**
 * Zeros of a dtype in JavaScript's memory.
 * @throws RangeError if there is not as much
 */
export function typedArray(dtype: DType, length: number): TypedArray {
  try {
    return zerosOf(dtype, length);
  } catch (error) {
    const message = `out of memory: ${dtype}[${length}] needs ${length * bytesOf(dtype)} bytes`;
    throw new RangeError(message, { cause: error });
  }
}

function zerosOf(dtype: DType, length: number): TypedArray {
  switch (dtype) {
    case "float32":
      return new Float32Array(length);
    case "float64":
      return new Float64Array(length);
    case "int32":
      return new Int32Array(length);
    case "uint8":
      return new Uint8Array(length);
  }
}

/**
 * The dtype that holds a typed array's values as they are, or undefined if there is none.
 * By tag rather than `instanceof`, which fails for arrays of another realm (Jest's, a vm's).
 */
export function dtypeOfArray(array: ArrayBufferView): DType | undefined {
  switch (Object.prototype.toString.call(array)) {
    case "[object Float32Array]":
      return "float32";
    case "[object Float64Array]":
      return "float64";
    case "[object Int32Array]":
      return "int32";
    case "[object Uint8Array]":
    case "[object Uint8ClampedArray]":
      return "uint8";
    default:
      return undefined;
  }
}

function nameOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  return Object.prototype.toString.call(value).slice(8, -1);
}

export function isDType(value: unknown): value is DType {
  return typeof value === "string" && Object.hasOwn(CODES, value);
}

export function checkDType(dtype: unknown, argument = "dtype"): asserts dtype is DType {
  if (!isDType(dtype)) throw notDType(dtype, argument);
}

/** The error for what is no dtype. */
export function notDType(value: unknown, argument: string): TypeError {
  return new TypeError(
    `expected one of ${DTYPES.join(", ")} for ${argument} but received ${nameOf(value)}`,
  );
}
