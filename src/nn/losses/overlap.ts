/** Losses of regions: how little two sets, such as those of segmented pixels, overlap. */

import { add, div, mul, sub } from "../../ops/arithmetic";
import { sum } from "../../ops/shape";
import { checkOptions } from "../../tensor/options";
import type { Tensor } from "../../tensor/tensor";
import { checkedNumbers } from "../function-options";
import { EPSILON, aligned } from "./arguments";
import { lossClass } from "./loss-class";

/** Options of `dice`. */
export interface DiceOptions {
  /** The axis or axes to sum over; all by default, which gives one number. */
  axis?: number | readonly number[] | null;
}

/** Options of `tversky`. */
export interface TverskyOptions extends DiceOptions {
  /** Weight of what is missed; 0.5 by default. */
  alpha?: number;
  /** Weight of what is taken in wrongly; 0.5 by default. */
  beta?: number;
}

/**
 * 1 - 2 sum(yTrue yPred) / (sum(yTrue) + sum(yPred)), over all axes unless `axis` is given.
 * @param yTrue and yPred of one shape, in [0, 1]
 * @returns the axes that are not summed over; a scalar by default
 */
export function dice(yTrue: Tensor, yPred: Tensor, options: DiceOptions = {}): Tensor {
  checkOptions(options, ["axis"], "dice");
  const [y, p] = aligned(yTrue, yPred, "dice");
  const axis = options.axis ?? undefined;
  const sizes = add(add(sum(y, axis), sum(p, axis)), EPSILON);
  return sub(1, div(mul(sum(mul(y, p), axis), 2), sizes));
}

/**
 * 1 - both / (both + alpha missed + beta wrong), the sums of yTrue yPred, yTrue (1 - yPred) and
 * (1 - yTrue) yPred over all axes unless `axis` is given; `dice` if both weights are 0.5.
 * @param yTrue and yPred of one shape, in [0, 1]
 * @returns the axes that are not summed over; a scalar by default
 */
export function tversky(yTrue: Tensor, yPred: Tensor, options: TverskyOptions = {}): Tensor {
  checkOptions(options, ["axis", "alpha", "beta"], "tversky");
  const { alpha, beta } = checkedNumbers(options, { alpha: 0.5, beta: 0.5 }, "tversky");
  const [y, p] = aligned(yTrue, yPred, "tversky");
  const axis = options.axis ?? undefined;
  const both = sum(mul(y, p), axis);
  const missed = mul(sum(mul(y, sub(1, p)), axis), alpha);
  const wrong = mul(sum(mul(p, sub(1, y)), axis), beta);
  return sub(1, div(both, add(add(add(both, missed), wrong), EPSILON)));
}

/** {@link dice} as an object: its options, a reduction, weights of samples. A loss for `compile`. */
export const Dice = lossClass("Dice", dice, { options: ["axis"] });
/** {@link tversky} as an object: its options, a reduction, weights of samples. A loss for `compile`. */
export const Tversky = lossClass("Tversky", tversky, { options: ["axis", "alpha", "beta"] });
