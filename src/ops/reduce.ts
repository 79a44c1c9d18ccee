/** Reductions besides `sum`. */

import { Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import { type Axes, type TensorLike, axesOf, checkFloat, operand } from "./arguments";
import {
  abs,
  add,
  div,
  equal,
  exp,
  greater,
  less,
  lessEqual,
  log,
  mul,
  multiplyNoNan,
  sqrt,
  square,
  sub,
  where,
} from "./arithmetic";
import { stopGradient } from "./custom-gradient";
import { isFinite } from "./logic";
import { keptShape } from "./axes";
import { run } from "./op";
import type { OpRecords } from "./op-definition";
import { broadcastTo, cast, reshape, squeeze, sum, zerosLike } from "./shape";

/** The gradient rules. */
export const reductionRecords = {
  mean: {
    vjp: (dy, [x], y, { axis }) => [stretch(mul(dy, y.size / x.size), x, axis)],
  },
  max: { vjp: (dy, [x], y, { axis }) => [extremeVjp(dy, x, y, axis)] },
  min: { vjp: (dy, [x], y, { axis }) => [extremeVjp(dy, x, y, axis)] },
  moments: {
    // By the mean dm / n; by the variance 2 (x - mean) dv / n, to which the mean adds nothing.
    vjp: ([dm, dv], [x], [m], { axis }) => {
      const share = m.size / x.size;
      const ofMean = dm === null ? null : stretch(mul(dm, share), x, axis);
      if (dv === null) return [ofMean];
      const centered = sub(x, stretch(m, x, axis));
      const ofVariance = mul(centered, stretch(mul(dv, 2 * share), x, axis));
      return [ofMean === null ? ofVariance : add(ofMean, ofVariance)];
    },
  },
  argMax: { vjp: null },
  argMin: { vjp: null },
} satisfies OpRecords;

/** `t`, of the reduced shape, stretched back over the axes that were reduced. */
function stretch(t: Tensor, x: Tensor, axes: readonly number[]): Tensor {
  return broadcastTo(reshape(t, keptShape(x.shape, axes)), x.shape);
}

/** The gradient goes to the elements that equal the result, in equal parts. */
function extremeVjp(dy: Tensor, x: Tensor, y: Tensor, axes: readonly number[]): Tensor {
  const chosen = cast(equal(x, stretch(y, x, axes)), x.dtype);
  const share = div(reshape(dy, keptShape(x.shape, axes)), sum(chosen, axes, true));
  return multiplyNoNan(share, chosen);
}

/** The mean over one or more axes, by default all. Float. */
export function mean(x: TensorLike, axis?: Axes, keepDims = false): Tensor {
  return run("mean", [operand(x, "mean", "x")], { axis: axesOf(axis), keepDims });
}

/** The greatest over one or more axes, by default all; NaN if there is one. Float or int32. */
export function max(x: TensorLike, axis?: Axes, keepDims = false): Tensor {
  return run("max", [operand(x, "max", "x")], { axis: axesOf(axis), keepDims });
}

/** The least over one or more axes, by default all; NaN if there is one. Float or int32. */
export function min(x: TensorLike, axis?: Axes, keepDims = false): Tensor {
  return run("min", [operand(x, "min", "x")], { axis: axesOf(axis), keepDims });
}

/** Mean and variance, the mean squared distance from it, over one or more axes, by default all. Float. */
export function moments(
  x: TensorLike,
  axis?: Axes,
  keepDims = false,
): {
  /** Without the axes, or of size 1 along them with keepDims. */
  mean: Tensor;
  /** Of the shape of the mean. */
  variance: Tensor;
} {
  const source = operand(x, "moments", "x");
  const [mean, variance] = run("moments", [source], { axis: axesOf(axis), keepDims });
  return { mean, variance };
}

/** int32 index of the first greatest element along an axis (0 by default, as in TensorFlow.js). */
export function argMax(x: TensorLike, axis = 0): Tensor {
  return run("argMax", [operand(x, "argMax", "x")], { axis });
}

/** int32 index of the first least element along an axis (0 by default). */
export function argMin(x: TensorLike, axis = 0): Tensor {
  return run("argMin", [operand(x, "argMin", "x")], { axis });
}

/** ln(sum e^x) over one or more axes, by default all; no overflow for any finite x. Float. */
export function logSumExp(x: TensorLike, axis?: Axes, keepDims = false): Tensor {
  const source = operand(x, "logSumExp", "x");
  checkFloat(source, "logSumExp");
  const greatest = stopGradient(max(source, axis, true));
  const shift = where(isFinite(greatest), greatest, 0);
  const total = sum(exp(sub(source, shift)), axis, true);
  const none = equal(total, 0);
  // Of a sum of 0 the logarithm is -Infinity, and the gradient 0.
  const logarithm = where(none, -Infinity, log(where(none, 1, total)));
  const result = add(shift, logarithm);
  return keepDims ? result : squeeze(result, axis);
}

type Norm = (x: Tensor, axis: Axes | undefined, keepDims: boolean) => Tensor;

/** Magnitudes whose squares neither vanish nor overflow, however many there are. */
const SQUARED = { least: 1e-10, most: 1e10 };

/** The root of the summed squares; the gradient at 0 is 0. */
const euclidean: Norm = (x, axis, keepDims) => {
  if (x.size === 0) return sqrt(sum(square(x), axis, keepDims)); // no greatest
  const greatest = stopGradient(max(abs(x), axis, true));
  const isOdd = where(
    less(greatest, SQUARED.least),
    greater(greatest, 0),
    less(greatest, Infinity),
  );
  const fits = where(
    less(greatest, SQUARED.least),
    zerosLike(isOdd),
    lessEqual(greatest, SQUARED.most),
  );
  const scale = where(fits, 1, where(isOdd, greatest, 1));
  const total = sum(square(div(x, scale)), axis, keepDims);
  const isZero = equal(total, 0);
  const root = where(isZero, total, sqrt(where(isZero, 1, total)));
  return mul(root, keepDims ? scale : reshape(scale, root.shape));
};

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
