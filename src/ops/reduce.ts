/** Reductions besides `sum`. */

import { defineOp } from "./op";
import type { TensorType } from "./op-definition";
import { Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import { type TensorLike, checkFloat, operand, resolveAxes, resolveAxis } from "./arguments";
import { abs, add, div, equal, exp, log, mul, sqrt, square, sub } from "./arithmetic";
import { keptShape, maskOf, reducedShape } from "./axes";
import { broadcastTo, cast, reshape, sum } from "./shape";

type Axes = number | readonly number[];

const asWanted = (
  _inputs: readonly Tensor[],
  _attrs: readonly number[],
  wanted?: TensorType,
): TensorType => wanted as TensorType;

/** `t`, of the reduced shape, stretched back over the axes that were reduced. */
function stretch(t: Tensor, x: Tensor, mask: number): Tensor {
  return broadcastTo(reshape(t, keptShape(x.shape, mask)), x.shape);
}

const meanOp = defineOp("mean", {
  infer: asWanted,
  vjp: (dy, [x], y, [mask]) => [stretch(mul(dy, y.size / x.size), x, mask)],
});

/** The gradient goes to the elements that equal the result, in equal parts. */
function extremeVjp(dy: Tensor, x: Tensor, y: Tensor, mask: number): Tensor {
  const chosen = cast(equal(x, stretch(y, x, mask)), x.dtype);
  const axes = x.shape.flatMap((_, axis) => (mask & (1 << axis) ? [axis] : []));
  const share = div(reshape(dy, keptShape(x.shape, mask)), sum(chosen, axes, true));
  return mul(chosen, share);
}

const maxOp = defineOp("max", {
  infer: asWanted,
  vjp: (dy, [x], y, [mask]) => [extremeVjp(dy, x, y, mask)],
});

const minOp = defineOp("min", {
  infer: asWanted,
  vjp: (dy, [x], y, [mask]) => [extremeVjp(dy, x, y, mask)],
});

/** The mean over one or more axes, by default all. Float. */
export function mean(x: TensorLike, axis?: Axes, keepDims = false): Tensor {
  const source = operand(x, "mean", "x");
  checkFloat(source, "mean");
  const mask = maskOf(resolveAxes(axis, source.rank, "mean"));
  return meanOp([source], [mask], {
    shape: reducedShape(source.shape, mask, keepDims),
    dtype: source.dtype,
  });
}

function extreme(
  run: typeof maxOp,
  op: string,
  x: TensorLike,
  axis: Axes | undefined,
  keepDims: boolean,
): Tensor {
  const source = operand(x, op, "x");
  if (source.dtype === "uint8") checkFloat(source, op);
  const mask = maskOf(resolveAxes(axis, source.rank, op));
  const shape = reducedShape(source.shape, mask, keepDims);
  if (source.size === 0 && shape.every((dim) => dim > 0)) {
    throw new RangeError(
      `${op}: expected at least one element to choose from but received ${source.describe()}`,
    );
  }
  return run([source], [mask], { shape, dtype: source.dtype });
}

/** The greatest over one or more axes, by default all; NaN if there is one. Float or int32. */
export function max(x: TensorLike, axis?: Axes, keepDims = false): Tensor {
  return extreme(maxOp, "max", x, axis, keepDims);
}

/** The least over one or more axes, by default all; NaN if there is one. Float or int32. */
export function min(x: TensorLike, axis?: Axes, keepDims = false): Tensor {
  return extreme(minOp, "min", x, axis, keepDims);
}

const argMaxOp = defineOp("argMax", { infer: asWanted, vjp: null });
const argMinOp = defineOp("argMin", { infer: asWanted, vjp: null });

function argExtreme(run: typeof argMaxOp, op: string, x: TensorLike, axis: number): Tensor {
  const source = operand(x, op, "x");
  const along = resolveAxis(axis, source.rank, op);
  if (source.shape[along] === 0) {
    throw new RangeError(
      `${op}: expected at least one element on axis ${along} but received ${source.describe()}`,
    );
  }
  return run([source], [along], {
    shape: source.shape.filter((_, i) => i !== along),
    dtype: "int32",
  });
}

/** int32 index of the first greatest element along an axis (0 by default, as in TensorFlow.js). */
export function argMax(x: TensorLike, axis = 0): Tensor {
  return argExtreme(argMaxOp, "argMax", x, axis);
}

/** int32 index of the first least element along an axis (0 by default). */
export function argMin(x: TensorLike, axis = 0): Tensor {
  return argExtreme(argMinOp, "argMin", x, axis);
}

/** ln(sum e^x) over one or more axes, by default all; no overflow for any finite x. Float. */
export function logSumExp(x: TensorLike, axis?: Axes, keepDims = false): Tensor {
  const source = operand(x, "logSumExp", "x");
  checkFloat(source, "logSumExp");
  const axes = resolveAxes(axis, source.rank, "logSumExp");
  const greatest = max(source, axes, true);
  const logarithm = log(sum(exp(sub(source, greatest)), axes, true));
  const mask = maskOf(axes);
  return reshape(add(greatest, logarithm), reducedShape(source.shape, mask, keepDims));
}

type Norm = (x: Tensor, axis: Axes | undefined, keepDims: boolean) => Tensor;

const euclidean: Norm = (x, axis, keepDims) => sqrt(sum(square(x), axis, keepDims));

const NORMS = new Map<unknown, Norm>([
  ["euclidean", euclidean],
  ["fro", euclidean],
  [1, (x, axis, keepDims) => sum(abs(x), axis, keepDims)],
  [2, euclidean],
  [Infinity, (x, axis, keepDims) => max(abs(x), axis, keepDims)],
  [-Infinity, (x, axis, keepDims) => min(abs(x), axis, keepDims)],
]);

/**
 * The norm over one or more axes, by default all. Float.
 * @param ord "euclidean" or "fro": the root of the summed squares. Of vectors, that is over one axis
 *   or all elements, also 2 (the same), 1 (the summed magnitudes), Infinity and -Infinity (the
 *   greatest and the least magnitude).
 */
export function norm(
  x: TensorLike,
  ord: number | "euclidean" | "fro" = "euclidean",
  axis?: Axes,
  keepDims = false,
): Tensor {
  const source = operand(x, "norm", "x");
  checkFloat(source, "norm");
  const run = NORMS.get(ord);
  if (run === undefined) {
    throw new RangeError(
      `norm: expected "euclidean", "fro", 1, 2, Infinity or -Infinity for ord but received ${describeValue(ord)}`,
    );
  }
  if (typeof ord === "number" && Array.isArray(axis) && axis.length > 1) {
    throw new RangeError(
      `norm: expected "euclidean" or "fro" for ord over several axes but received ${ord}`,
    );
  }
  return run(source, axis, keepDims);
}
