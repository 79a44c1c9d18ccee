/** What runs code of the library alone, which keeps nothing but Variables from one run to the next. */

import { Layer } from "../nn/layer";
import { Module } from "../nn/module";
import { isOfLibrary } from "../nn/registry";
import { Generator } from "../ops/random";
import { isPlainObject } from "../tensor/nest";
import { Tensor } from "../tensor/tensor";
import { Variable } from "../tensor/variable";

/**
 * True if the objects and all that they hold are of the library's classes, with functions of the
 * library alone: captures of them in one state are the same computation.
 */
export function runsOwnCode(objects: readonly unknown[]): boolean {
  return holdsOwnCode(objects, new Set());
}

function holdsOwnCode(value: unknown, seen: Set<unknown>): boolean {
  if (typeof value === "function") return isOfLibrary(value);
  if (typeof value !== "object" || value === null || seen.has(value)) return true;
  seen.add(value);
  if (value instanceof Variable) {
    return holdsOwnCode(value.regularizer, seen) && holdsOwnCode(value.constraint, seen);
  }
  if (value instanceof Tensor || value instanceof Generator || ArrayBuffer.isView(value))
    return true;
  const isOwn = Array.isArray(value) || isPlainObject(value) || isOfLibrary(value.constructor);
  if (!isOwn || (value instanceof Module && !value.runsItsClass)) return false;
  const held: unknown[] = Object.values(value);
  if (value instanceof Layer) held.push(value.options, value.activityRegularizer); // not enumerable
  for (const each of held) if (!holdsOwnCode(each, seen)) return false;
  return true;
}
