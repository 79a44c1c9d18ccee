/** Thresholds that lie evenly between 0 and 1. */

import type { Thresholds } from "./thresholds";

/** So many from 0 to 1; one alone is 0.5. */
export function evenThresholds(count: number): Thresholds {
  if (count === 1) return { values: [0.5], isEven: false };
  return { values: Array.from({ length: count }, (_, i) => i / (count - 1)), isEven: true };
}
