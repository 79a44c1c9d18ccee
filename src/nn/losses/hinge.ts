/** Hinge losses, of margins. Targets are -1 or 1; those of 0 and 1 are understood. */

import { add, clipByValue, equal, greater, mul, square, sub, where } from "../../ops/arithmetic";
import { max, mean, min } from "../../ops/reduce";
import { sum } from "../../ops/shape";
import type { Tensor } from "../../tensor/tensor";
import { aligned } from "./arguments";
import { lossClass } from "./loss-class";

/** The mean over the last axis of max(1 - yTrue yPred, 0). [..., n] -> [...] */
export function hinge(yTrue: Tensor, yPred: Tensor): Tensor {
  return mean(margins(yTrue, yPred, "hinge"), -1);
}

/** The mean over the last axis of max(1 - yTrue yPred, 0)^2. [..., n] -> [...] */
export function squaredHinge(yTrue: Tensor, yPred: Tensor): Tensor {
  return mean(square(margins(yTrue, yPred, "squaredHinge")), -1);
}

/**
 * max(1 + the greatest score of the other classes - the score of the true class, 0).
 * @param yTrue [..., classes], one-hot
 * @param yPred float [..., classes]
 * @returns [...]
 */
export function categoricalHinge(yTrue: Tensor, yPred: Tensor): Tensor {
  const [y, scores] = aligned(yTrue, yPred, "categoricalHinge");
  const own = sum(mul(y, scores), -1);
  const others = max(mul(sub(1, y), scores), -1);
  return positive(add(sub(others, own), 1));
}

function margins(yTrue: Tensor, yPred: Tensor, loss: string): Tensor {
  const [y, scores] = aligned(yTrue, yPred, loss);
  return positive(sub(1, mul(signs(y), scores)));
}

/** Targets of 0 and 1 alone become -1 and 1; others stay. */
function signs(y: Tensor): Tensor {
  if (y.size === 0) return y;
  const isBinary = where(equal(y, 0), 1, where(equal(y, 1), 1, 0));
  return where(greater(min(isBinary), 0), sub(mul(y, 2), 1), y);
}

/** max(x, 0), of slope 1 at 0. */
function positive(x: Tensor): Tensor {
  return clipByValue(x, 0, Infinity);
}

/** {@link hinge} as an object: its options, a reduction, weights of samples. A loss for `compile`. */
export const Hinge = lossClass("Hinge", hinge);
/**
 * {@link squaredHinge} as an object: its options, a reduction, weights of samples. A loss for `compile`.
 */
export const SquaredHinge = lossClass("SquaredHinge", squaredHinge);
/**
 * {@link categoricalHinge} as an object: its options, a reduction, weights of samples. A loss for
 * `compile`.
 */
export const CategoricalHinge = lossClass("CategoricalHinge", categoricalHinge);
