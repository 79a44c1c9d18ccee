/** Checks of what callers of `compile`, `fit`, `evaluate` and `predict` pass. */

import { isPlainObject } from "../tensor/nest";
import { Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";

export function checkInteger(
  value: unknown,
  method: string,
  name: string,
  least: number,
): asserts value is number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return;
  throw new RangeError(
    `${method}: expected an integer of at least ${least} for ${name} but received ${describeValue(value)}`,
  );
}

/** A number of samples, or all of them. */
export type BatchSize = number | "full";

export function checkBatchSize(
  value: unknown,
  method: string,
  name = "batchSize",
): asserts value is BatchSize {
  if (value === "full" || (Number.isSafeInteger(value) && (value as number) >= 1)) return;
  throw new RangeError(
    `${method}: expected a positive integer or "full" for ${name} but received ${describeValue(value)}`,
  );
}

export function checkSignal(signal: unknown, method: string): void {
  const { aborted, addEventListener } = Object(signal) as Partial<AbortSignal>;
  if (typeof aborted === "boolean" && typeof addEventListener === "function") return;
  throw new TypeError(
    `${method}: expected an AbortSignal for signal but received ${describeValue(signal)}`,
  );
}

/**
 * True if `value` can be the options behind the data, rather than targets: those of several outputs are
 * tensors or arrays by name.
 */
export function isOptions(value: unknown, names: readonly string[]): boolean {
  if (value === undefined) return true;
  if (!isPlainObject(value)) return false;
  const entries = Object.entries(value);
  const isData = (item: unknown): boolean =>
    item instanceof Tensor || Array.isArray(item) || ArrayBuffer.isView(item);
  return !entries.some(([name, item]) => !names.includes(name) && isData(item));
}
