import { where } from "../ops/arithmetic";
import { clone } from "../ops/shape";
import { assign } from "../ops/update";
import type { Tensor } from "../tensor/tensor";
import type { Variable } from "../tensor/variable";

/**
 * Runs `update` so that it counts only where the predicate, a uint8 scalar, is not 0: else all that it
 * writes keeps its values. The predicate is read when a captured step runs.
 */
export function when(predicate: Tensor, written: readonly Variable[], update: () => void): void {
  const before = written.map((variable) => clone(variable));
  update();
  written.forEach((variable, i) => assign(variable, where(predicate, variable, before[i])));
}
