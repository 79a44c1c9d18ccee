/** Checks and conversions that the ops share. Errors name the op and the argument. */

import { type DType, isFloat } from "../tensor/dtype";
import { recorder } from "../tensor/recorder";
import { type Shape, Tensor, describeType, noTensor, tensor } from "../tensor/tensor";
import { type Values, describeValue, hasDType } from "../tensor/values";

/** What an op takes as an operand: a tensor, or values to make one of. */
export type TensorLike = Tensor | Values;

/** The operand as a tensor; plain numbers take the dtype of `like`, or float32. */
export function operand(value: TensorLike, op: string, argument: string, like?: DType): Tensor {
  if (value instanceof Tensor) return value;
  if (
    value === undefined ||
    value === null ||
    typeof value === "string" ||
    typeof value === "function"
  ) {
    throw new TypeError(
      `${op}: expected a tensor or numbers for ${argument} but received ${describeValue(value)}`,
    );
  }
  return tensor(value, undefined, hasDType(value) ? undefined : like);
}

/** Both operands as tensors of one dtype: numbers take that of the other operand. */
export function pair(a: TensorLike, b: TensorLike, op: string): [Tensor, Tensor] {
  if (b instanceof Tensor) return [operandToRead(a, op, "a", b.dtype), b];
  const first = operand(a, op, "a");
  return [first, operandToRead(b, op, "b", first.dtype)];
}

/** An operand that the op reads and never hands on, so that captures keep one tensor for a number. */
function operandToRead(value: TensorLike, op: string, argument: string, like: DType): Tensor {
  const shared =
    typeof value === "number" ? recorder.capture?.numberTensor?.(value, like) : undefined;
  return shared ?? operand(value, op, argument, like);
}

export function checkFloat(x: Tensor, op: string, argument = "x"): void {
  if (x instanceof Tensor && isFloat(x.dtype)) return;
  checkTensor(x, op, argument);
  throw new TypeError(
    `${op}: expected a float tensor for ${argument} but received ${x.describe()}; use cast(x, "float32")`,
  );
}

export function checkTensor(x: unknown, op: string, argument: string): asserts x is Tensor {
  if (!(x instanceof Tensor)) throw noTensor(x, op, argument);
}

export function checkArray(
  value: unknown,
  op: string,
  argument: string,
): asserts value is readonly unknown[] {
  if (Array.isArray(value)) return;
  throw new TypeError(
    `${op}: expected an array for ${argument} but received ${describeValue(value)}`,
  );
}

export function checkSameDType(a: Tensor, b: Tensor, op: string): void {
  if (a.dtype === b.dtype) return;
  throw new TypeError(
    `${op}: expected operands of one dtype but received ${a.describe()} and ${b.describe()}; ` +
      "convert one with cast",
  );
}

export function checkInteger(
  value: unknown,
  op: string,
  argument: string,
): asserts value is number {
  if (Number.isInteger(value)) return;
  throw new TypeError(
    `${op}: expected an integer for ${argument} but received ${describeValue(value)}`,
  );
}

/** Throws unless `value` can seed a series of random numbers. */
export function checkSeed(value: unknown): asserts value is number {
  if (Number.isSafeInteger(value)) return;
  throw new TypeError(`expected a safe integer for seed but received ${describeValue(value)}`);
}

export function checkNumber(value: unknown, op: string, argument: string): asserts value is number {
  if (typeof value === "number" && !Number.isNaN(value)) return;
  throw new TypeError(
    `${op}: expected a number for ${argument} but received ${describeValue(value)}`,
  );
}

/** An axis of a tensor, counted from the end when negative. */
export function resolveAxis(axis: number, rank: number, op: string): number {
  checkInteger(axis, op, "axis");
  if (axis < -rank || axis >= rank) {
    throw new RangeError(`${op}: expected an axis in [${-rank}, ${rank}) but received ${axis}`);
  }
  return axis < 0 ? axis + rank : axis;
}

/** An axis or several; undefined for all. */
export type Axes = number | readonly number[];

/** The attribute of a reduction over such axes. A copy: the caller's array may change. */
export function axesOf(axis: Axes | undefined): readonly number[] | undefined {
  if (axis === undefined || axis === null) return undefined;
  return Array.isArray(axis) ? [...(axis as readonly number[])] : [axis as number];
}

/** The axes of a reduction; all of them by default. Throws on one named twice. */
export function resolveAxes(
  axis: number | readonly number[] | undefined,
  rank: number,
  op: string,
): number[] {
  if (axis === undefined || axis === null) return Array.from({ length: rank }, (_, i) => i);
  const axes = (Array.isArray(axis) ? axis : [axis]).map((a: number) => resolveAxis(a, rank, op));
  if (new Set(axes).size !== axes.length) {
    throw new RangeError(`${op}: expected distinct axes but received [${axes.join(", ")}]`);
  }
  return axes;
}

/** The common shape of two operands, trailing axes aligned and sizes of 1 stretched. */
export function broadcastShapes(a: Shape, b: Shape, op: string): Shape {
  const rank = Math.max(a.length, b.length);
  const shape = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const x = i <= a.length ? a[a.length - i] : 1;
    const y = i <= b.length ? b[b.length - i] : 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new RangeError(
        `${op}: expected shapes that broadcast but received [${a.join(", ")}] and [${b.join(", ")}]`,
      );
    }
    shape[rank - i] = x === 1 ? y : x;
  }
  return shape;
}

/** Throws unless `x` has the dtype and shape asked for. */
export function checkType(
  x: Tensor,
  dtype: DType,
  shape: Shape,
  op: string,
  argument: string,
): void {
  if (
    x.dtype === dtype &&
    x.shape.length === shape.length &&
    x.shape.every((d, i) => d === shape[i])
  )
    return;
  const hint = x.dtype === dtype ? "" : "; convert it with cast";
  throw new TypeError(
    `${op}: expected ${describeType(dtype, shape)} for ${argument} but received ${x.describe()}${hint}`,
  );
}
