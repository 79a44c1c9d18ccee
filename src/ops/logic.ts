/** Truth, as uint8 0 or 1: of elements, and of all along axes. What is not 0 is true, NaN too. */

import type { Tensor } from "../tensor/tensor";
import { type Axes, type TensorLike, operand, pair } from "./arguments";
import { equal, notEqual } from "./arithmetic";
import { run } from "./op";
import type { OpRecords } from "./op-definition";
import { cast, sum } from "./shape";

/** Whether a and b are both true. Operands of any dtype, broadcast. */
export function logicalAnd(a: TensorLike, b: TensorLike): Tensor {
  return run("logicalAnd", pair(a, b, "logicalAnd"));
}

/** Whether a or b is true, or both. Operands of any dtype, broadcast. */
export function logicalOr(a: TensorLike, b: TensorLike): Tensor {
  return run("logicalOr", pair(a, b, "logicalOr"));
}

/** Whether one of a and b is true, not both. Operands of any dtype, broadcast. */
export function logicalXor(a: TensorLike, b: TensorLike): Tensor {
  return run("logicalXor", pair(a, b, "logicalXor"));
}

/** Whether x is 0. Any dtype. */
export function logicalNot(x: TensorLike): Tensor {
  return run("logicalNot", [operand(x, "logicalNot", "x")]);
}

/** Whether x is NaN. Any dtype; integers never are. */
export function isNaN(x: TensorLike): Tensor {
  return run("isNaN", [operand(x, "isNaN", "x")]);
}

/** Whether x is neither NaN nor an infinity. Any dtype; integers always are. */
export function isFinite(x: TensorLike): Tensor {
  return run("isFinite", [operand(x, "isFinite", "x")]);
}

/** How many elements over one or more axes, by default all, are not 0, as int32. Any dtype. */
export function countNonZero(x: TensorLike, axis?: Axes, keepDims = false): Tensor {
  const truths = notEqual(operand(x, "countNonZero", "x"), 0);
  return sum(cast(truths, "int32"), axis, keepDims);
}

/** Whether an element over one or more axes, by default all, is true; of none, 0. Any dtype. */
export function any(x: TensorLike, axis?: Axes, keepDims = false): Tensor {
  return notEqual(countNonZero(operand(x, "any", "x"), axis, keepDims), 0);
}

/** Whether all elements over one or more axes, by default all, are true; of none, 1. Any dtype. */
export function all(x: TensorLike, axis?: Axes, keepDims = false): Tensor {
  const falsehoods = cast(logicalNot(operand(x, "all", "x")), "int32");
  return equal(sum(falsehoods, axis, keepDims), 0);
}

/** The gradient rules. */
export default {
  logicalAnd: { vjp: null },
  logicalOr: { vjp: null },
  logicalXor: { vjp: null },
  logicalNot: { vjp: null },
  isNaN: { vjp: null },
  isFinite: { vjp: null },
} satisfies OpRecords;
