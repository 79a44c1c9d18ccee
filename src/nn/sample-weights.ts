/** Weights of samples, and means that follow them. */

import { div, equal, mul, where } from "../ops/arithmetic";
import { mean } from "../ops/reduce";
import { broadcastTo, cast, reshape, sum } from "../ops/shape";
import { type DType, isFloat } from "../tensor/dtype";
import { type Tensor, sameShape } from "../tensor/tensor";

/**
 * Values and weights that multiply one by one: weights of fewer axes count for all that follows. As in
 * Keras a last axis of 1 may be there on one side alone; any other difference throws.
 * @param weights any dtype; a weight for each index of the leading axes of values
 * @returns weights of the rank of values and of a float dtype, each axis as long or 1
 */
export function alignedWeights(values: Tensor, weights: Tensor, where: string): Tensor {
  const extra = values.rank - weights.rank;
  const shape = [...weights.shape, ...new Array<number>(Math.max(extra, 0)).fill(1)];
  if (extra === -1 && weights.shape.at(-1) === 1) shape.pop();
  const fits =
    shape.length === values.rank &&
    shape.every((dim, axis) => dim === values.shape[axis] || dim === 1);
  if (!fits) {
    throw new RangeError(
      `${where}: expected sampleWeight of the leading axes of [${values.shape.join(", ")}] but received ` +
        weights.describe(),
    );
  }
  return reshape(cast(weights, weightDType(values, weights)), shape);
}

/** Of values, if it is a float dtype; else of weights. */
function weightDType(values: Tensor, weights: Tensor): DType {
  if (isFloat(values.dtype)) return values.dtype;
  return isFloat(weights.dtype) ? weights.dtype : "float32";
}

/** a / b, or 0 where b is 0. */
export function divideNoNaN(a: Tensor, b: Tensor): Tensor {
  const isZero = equal(b, 0);
  return where(isZero, 0, div(a, where(isZero, 1, b)));
}

/** One value a sample, and its weight. */
export interface Samples {
  /** [samples], or a scalar. */
  readonly values: Tensor;
  /** Like values; null where all weigh 1. */
  readonly weights: Tensor | null;
}

/**
 * Values of each sample reduced to one: over all axes but the first, those of the weights apart, by
 * weight. Keras' metrics do so.
 */
export function samplewise(
  values: Tensor,
  weights: Tensor | null,
  reduction: "mean" | "sum",
  where: string,
): Samples {
  const reduce = (x: Tensor, from: number): Tensor => reduceFrom(x, from, reduction);
  if (weights === null) return { values: reduce(values, 1), weights: null };
  const floats = isFloat(values.dtype) ? values : cast(values, weightDType(values, weights));
  const isWider = weights.rank === floats.rank + 1 && weights.shape.at(-1) === 1;
  const rank = isWider ? floats.rank : Math.min(weights.rank, floats.rank);
  const reduced = reduce(floats, rank);
  const aligned = alignedWeights(reduced, weights, where);
  const each = sameShape(aligned.shape, reduced.shape)
    ? aligned
    : broadcastTo(aligned, reduced.shape);
  return { values: reduce(mul(reduced, each), 1), weights: reduce(each, 1) };
}

/** Over the axes from one on. */
function reduceFrom(x: Tensor, from: number, reduction: "mean" | "sum"): Tensor {
  if (x.rank <= from) return x;
  const kept = x.shape.slice(0, from);
  const rest = x.shape.slice(from);
  if (rest.every((dim) => dim === 1)) return reshape(x, kept);
  const floats = isFloat(x.dtype) ? x : cast(x, "float32");
  const axes = rest.map((_, i) => from + i);
  return reduction === "mean" ? mean(floats, axes) : sum(floats, axes);
}
