/** `tidy`, `keep` and the count of what is alive. */

import { type MemoryInfo, native } from "../addon/native";
import { checkFunction } from "./options";
import { beginScope, endScope } from "./scope";
import { Tensor } from "./tensor";
import { tensorsIn } from "./nest";
import { describeValue } from "./values";

/**
 * Runs `fn` and frees every tensor that was created in it, but for those it returns (alone, or in
 * arrays and plain objects) and those passed to `keep`. Variables are never freed by a scope.
 */
export function tidy<T>(fn: () => T): T {
  checkFunction(fn, "tidy", "fn");
  beginScope();
  let survivors: Tensor[] = [];
  try {
    const result = fn();
    if (isPromise(result)) {
      throw new TypeError("tidy expects a synchronous function but received one with a promise");
    }
    survivors = tensorsIn(result);
    return result;
  } finally {
    endScope(survivors);
  }
}

/** Exempts a tensor from the scopes around it. Returns it. */
export function keep<T extends Tensor>(tensor: T): T {
  if (!(tensor instanceof Tensor)) {
    throw new TypeError(`keep: expected a Tensor but received ${describeValue(tensor)}`);
  }
  tensor.kept = true;
  return tensor;
}

/** What is alive in native memory. */
export function memory(): MemoryInfo {
  return native.memory();
}

function isPromise(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null)?.then === "function";
}
