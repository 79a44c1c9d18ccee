/** Walks values that are tensors nested in arrays and plain objects. */

import { Tensor } from "./tensor";

/** True for `{...}` literals and objects without a prototype, of any realm. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Calls `visit` with every leaf: what is neither an array nor a plain object. */
export function forEachLeaf(
  value: unknown,
  visit: (leaf: unknown, path: string) => void,
  path = "",
): void {
  if (Array.isArray(value)) value.forEach((item, i) => forEachLeaf(item, visit, `${path}[${i}]`));
  else if (isPlainObject(value)) {
    for (const key of Object.keys(value)) forEachLeaf(value[key], visit, `${path}.${key}`);
  } else visit(value, path);
}

/** A copy of the nest with every leaf replaced. */
export function mapLeaves(
  value: unknown,
  replace: (leaf: unknown, path: string) => unknown,
  path = "",
): unknown {
  if (Array.isArray(value))
    return value.map((item, i) => mapLeaves(item, replace, `${path}[${i}]`));
  if (isPlainObject(value)) {
    return Object.fromEntries(
      Object.keys(value).map((key) => [key, mapLeaves(value[key], replace, `${path}.${key}`)]),
    );
  }
  return replace(value, path);
}

/** The tensors in a nest. */
export function tensorsIn(value: unknown): Tensor[] {
  const found: Tensor[] = [];
  forEachLeaf(value, (leaf) => {
    if (leaf instanceof Tensor) found.push(leaf);
  });
  return found;
}
