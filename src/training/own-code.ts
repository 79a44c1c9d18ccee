/** What runs code of the library alone, which keeps nothing but Variables from one run to the next. */

import { Module } from "../nn/module";
import { isOfLibrary, isOfLibraryClass } from "../nn/registry";
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
  if (Array.isArray(value)) return value.every((item) => holdsOwnCode(item, seen));
  if (!isPlainObject(value) && !isOfLibraryClass(value, seen)) return false;
  if (!(value instanceof Module)) return fieldsHoldOwnCode(value, [], seen);
  return value.runsItsClass && fieldsHoldOwnCode(value, WRAPPED, seen);
}

/** What modules wrap in fields of their own: `forward` is looked at, `build` runs before any step. */
const WRAPPED: readonly string[] = ["forward", "build"];

/** Fields that are not enumerable count too, such as the options of layers. */
function fieldsHoldOwnCode(owner: object, except: readonly string[], seen: Set<unknown>): boolean {
  return Object.getOwnPropertyNames(owner).every(
    (name) => except.includes(name) || holdsOwnCode((owner as Fields)[name], seen),
  );
}

type Fields = Readonly<Record<string, unknown>>;
