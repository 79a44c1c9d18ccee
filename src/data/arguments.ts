/** Checks of what callers of the data room pass. */

import { describeValue } from "../tensor/values";

/** Throws unless `value` is an integer of at least `least`. */
export function checkCount(value: unknown, argument: string, least: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
  throw new RangeError(
    `expected an integer of at least ${least} for ${argument} but received ${describeValue(value)}`,
  );
}
