/** Checks of the numbers that optimizers take. */

import { describeValue } from "../tensor/values";

/** Throws unless `value` is a finite number of at least 0. */
export function checkNonNegative(name: string, value: unknown): void {
  if (typeof value === "number" && value >= 0 && Number.isFinite(value)) return;
  throw new RangeError(
    `expected a non-negative number for ${name} but received ${describeValue(value)}`,
  );
}

/** Throws unless `value` is a number in [0, 1). */
export function checkFraction(name: string, value: unknown): void {
  if (typeof value === "number" && value >= 0 && value < 1) return;
  throw new RangeError(
    `expected a number in [0, 1) for ${name} but received ${describeValue(value)}`,
  );
}
