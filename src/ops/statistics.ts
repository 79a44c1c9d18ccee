/** How far elements spread over axes. */

import type { Tensor } from "../tensor/tensor";
import { type Axes, type TensorLike, checkFloat, operand } from "./arguments";
import { equal, sqrt, where } from "./arithmetic";
import { moments } from "./reduce";

/** The mean squared distance from the mean over one or more axes, by default all. Float. */
export function variance(x: TensorLike, axis?: Axes, keepDims = false): Tensor {
  const source = operand(x, "variance", "x");
  checkFloat(source, "variance");
  return moments(source, axis, keepDims).variance;
}

/**
 * The standard deviation, the root of the variance, over one or more axes, by default all. Its gradient is
 * 0 where all elements are equal. Float.
 */
export function std(x: TensorLike, axis?: Axes, keepDims = false): Tensor {
  const source = operand(x, "std", "x");
  checkFloat(source, "std");
  const { variance } = moments(source, axis, keepDims);
  const isZero = equal(variance, 0);
  return where(isZero, 0, sqrt(where(isZero, 1, variance)));
}
