/** Moving averages of weights. */

import { add, div, equal, floor, mul, sub, where } from "../ops/arithmetic";
import { cast } from "../ops/shape";
import { assign } from "../ops/update";
import type { Tensor } from "../tensor/tensor";
import type { Variable } from "../tensor/variable";
import { when } from "./when";

export interface Averaging {
  /** The part of an average that stays. */
  readonly momentum: number;
  /** Updates after which the weights become their averages; null for never. */
  readonly frequency: number | null;
  /** Number of updates before this one; int32 scalar. */
  readonly updatesBefore: Tensor;
}

/** average = momentum average + (1 - momentum) weight; at first the weight itself. */
export function average(
  weights: readonly Variable[],
  averages: readonly Variable[],
  { momentum, frequency, updatesBefore }: Averaging,
): void {
  const isFirst = equal(updatesBefore, 0);
  averages.forEach((mean, i) => {
    const moved = add(mul(mean, momentum), mul(weights[i], 1 - momentum));
    assign(mean, where(isFirst, weights[i], moved));
  });
  if (frequency === null) return;
  when(isMultiple(add(updatesBefore, 1), frequency), weights, () =>
    weights.forEach((weight, i) => assign(weight, averages[i])),
  );
}

/** Whether an int32 count is a multiple of a number, as uint8. */
function isMultiple(count: Tensor, number: number): Tensor {
  const parts = div(cast(count, "float64"), number);
  return equal(sub(parts, floor(parts)), 0);
}
