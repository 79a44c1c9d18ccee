/** How many threads compute. */

import { native } from "../addon/native";
import { describeValue } from "./values";

const MAX_THREADS = 64;

function checkThreads(count: unknown, argument: string): asserts count is number {
  if (Number.isInteger(count) && (count as number) >= 1 && (count as number) <= MAX_THREADS) return;
  throw new RangeError(
    `expected an integer from 1 to ${MAX_THREADS} for ${argument} but received ${describeValue(count)}`,
  );
}

const { NABLA_THREADS } = process.env;
if (NABLA_THREADS !== undefined && NABLA_THREADS !== "") {
  const count = Number(NABLA_THREADS);
  checkThreads(Number.isNaN(count) ? NABLA_THREADS : count, "NABLA_THREADS");
  native.setDefaultThreads(count);
}

/**
 * Sets how many threads share the work of large steps, in the whole process; from the next op or
 * plan on. By default `NABLA_THREADS`, else the physical cores that the process may use.
 *
 * Sums over a batch are cut into as many parts, so the setting changes results within rounding; the
 * same setting gives the same bits, however busy the machine is.
 */
export function setThreads(count: number): void {
  checkThreads(count, "threads");
  native.setThreads(count);
}

/** How many threads share the work of large steps. */
export function getThreads(): number {
  return native.threads();
}
