/** Updates that run only at times: of accumulated gradients, of averages. */

import { recorder } from "../tensor/recorder";
import type { Tensor } from "../tensor/tensor";
import { Capture } from "./capture";

/**
 * @internal Runs `fn`, whose updates of Variables are to happen only where `predicate` is not 0. Eagerly
 * it is read now; in a captured function at each run, and what `fn` computes otherwise is computed
 * each time.
 * @param predicate a scalar of any dtype
 */
export function when(predicate: Tensor, fn: () => void): void {
  if (predicate.rank !== 0) {
    throw new TypeError(
      `when: expected a scalar for predicate but received ${predicate.describe()}`,
    );
  }
  const { capture } = recorder;
  if (!(capture instanceof Capture)) {
    if (capture !== null || predicate.item() !== 0) fn();
    return;
  }
  if (capture.isGuarded) throw new Error("when: expected no other `when` around it");
  capture.guardedBy(predicate, fn);
}
