/** Shrinkers: activations that take what is small for 0. */

import { abs, clipByValue, lessEqual, sub, tanh, where } from "../../ops/arithmetic";
import type { Tensor } from "../../tensor/tensor";
import { describeValue } from "../../tensor/values";
import { numbersOf } from "../function-options";

/** Options of `hardShrink` and `softShrink`. */
export interface ShrinkOptions {
  /** What |x| must exceed; 0.5 by default. */
  threshold?: number;
}

/** x where |x| > threshold, else 0 */
export function hardShrink(x: Tensor, options: ShrinkOptions = {}): Tensor {
  return where(lessEqual(abs(x), thresholdOf(options, "hardShrink")), 0, x);
}

/** x brought nearer to 0 by the threshold, to 0 at most */
export function softShrink(x: Tensor, options: ShrinkOptions = {}): Tensor {
  const threshold = thresholdOf(options, "softShrink");
  return sub(x, clipByValue(x, -threshold, threshold));
}

/** x - tanh x */
export function tanhShrink(x: Tensor): Tensor {
  return sub(x, tanh(x));
}

function thresholdOf(options: ShrinkOptions, where: string): number {
  const { threshold } = numbersOf(options, { threshold: 0.5 }, where);
  if (threshold >= 0) return threshold;
  throw new RangeError(
    `${where}: expected a threshold >= 0 but received ${describeValue(threshold)}`,
  );
}
