/** The arguments of a captured function: which are its inputs, and what the others key. */

import { countsByIdentity } from "../tensor/by-identity";
import type { DType } from "../tensor/dtype";
import { isPlainObject } from "../tensor/nest";
import { type Shape, Tensor, describeType, sameShape } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import { Variable } from "../tensor/variable";

/** What an argument's leaf has to be for a plan to serve it. */
export type KeyLeaf = TensorKey | { readonly value: unknown };

class TensorKey {
  constructor(
    readonly shape: Shape,
    readonly dtype: DType,
  ) {}
}

/** Arguments nested deeper are taken to hold themselves. */
const MAX_DEPTH = 64;

/** Where nested values begin, by the form of the nest; a symbol equals no value that a caller has. */
const marks = new Map<string, symbol>();

function markOf(form: string): symbol {
  let mark = marks.get(form);
  if (mark === undefined) marks.set(form, (mark = Symbol(form)));
  return mark;
}

/**
 * Appends the leaves of argument number `index`, with marks where nests begin, so that different
 * nests differ.
 * @throws TypeError for what can change without being noticed, and for an argument that holds itself
 */
export function collectLeaves(value: unknown, leaves: unknown[], index: number, depth = 0): void {
  if (value instanceof Tensor || typeof value !== "object" || value === null) {
    leaves.push(value);
    return;
  }
  if (depth > MAX_DEPTH) {
    throw new TypeError(
      `jit: expected at most ${MAX_DEPTH} levels of arrays and objects in argument ${index} but ` +
        "received more: does it hold itself?",
    );
  }
  if (Array.isArray(value)) {
    leaves.push(markOf(`an array of ${value.length}`));
    for (const item of value) collectLeaves(item, leaves, index, depth + 1);
  } else if (isPlainObject(value)) {
    const keys = Object.keys(value);
    leaves.push(markOf(`an object of ${JSON.stringify(keys)}`));
    for (const key of keys) collectLeaves(value[key], leaves, index, depth + 1);
  } else {
    if (!countsByIdentity(value)) throw mutable(value, index);
    leaves.push(value);
  }
}

/** A plan would keep what such an argument held when it was captured. */
function mutable(value: object, index: number): TypeError {
  const { name } = (value.constructor as { name?: string } | undefined) ?? {};
  const wayOut = ArrayBuffer.isView(value)
    ? "pass tensor(values) to have it as an input"
    : "pass its tensors and numbers, alone or in arrays and plain objects, or close over what stays";
  return new TypeError(
    "jit: expected tensors, Variables, plain values, functions, modules, optimizers, metrics or " +
      `datasets, alone or in arrays and plain objects, for argument ${index} but received ` +
      `${name ?? describeValue(value)}, which can change without jit noticing: ${wayOut}`,
  );
}

/** Variables are used by reference and are part of the key; other tensors are inputs. */
export function isInput(leaf: unknown): leaf is Tensor {
  return leaf instanceof Tensor && !(leaf instanceof Variable);
}

export function keyOf(leaf: unknown): KeyLeaf {
  return isInput(leaf) ? new TensorKey(leaf.shape, leaf.dtype) : { value: leaf };
}

export function leafMatches(key: KeyLeaf, leaf: unknown): boolean {
  if (key instanceof TensorKey) {
    return isInput(leaf) && leaf.dtype === key.dtype && sameShape(leaf.shape, key.shape);
  }
  return Object.is(key.value, leaf);
}

/** Which argument differs between two captures, in words. */
export function describeChange(
  args: readonly unknown[],
  before: readonly KeyLeaf[],
  now: readonly KeyLeaf[],
): string {
  let leaf = 0;
  for (let i = 0; i < args.length; i++) {
    const leaves: unknown[] = [];
    collectLeaves(args[i], leaves, i);
    for (let k = 0; k < leaves.length; k++, leaf++) {
      if (sameKey(before[leaf], now[leaf])) continue;
      const change =
        before[leaf] && now[leaf]
          ? ` (${describeKey(before[leaf])}, then ${describeKey(now[leaf])})`
          : "";
      return `argument ${i} keeps changing${change}`;
    }
  }
  return "a setting that it reads, or the number of its arguments, keeps changing";
}

function sameKey(a: KeyLeaf | undefined, b: KeyLeaf | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  if (a instanceof TensorKey) {
    return b instanceof TensorKey && a.dtype === b.dtype && sameShape(a.shape, b.shape);
  }
  return !(b instanceof TensorKey) && Object.is(a.value, b.value);
}

function describeKey(key: KeyLeaf): string {
  if (key instanceof TensorKey) return describeType(key.dtype, key.shape);
  return typeof key.value === "symbol" ? String(key.value.description) : describeValue(key.value);
}
