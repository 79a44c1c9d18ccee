/** Tensors by name, as writers take them. */

import { isPlainObject } from "../tensor/nest";
import { Tensor, noTensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import { quote } from "./format-error";

/** Tensors by name: a plain object, a Map, or pairs. */
export type NamedTensors = Readonly<Record<string, Tensor>> | Iterable<readonly [string, Tensor]>;

/**
 * The tensors by name, checked.
 * @param where names the function in errors
 */
export function namedTensors(tensors: NamedTensors, where: string): Map<string, Tensor> {
  const named = new Map<string, Tensor>();
  for (const [name, tensor] of pairsOf(tensors, "tensors", where)) {
    checkText(name, "the tensors' names", where);
    if (!(tensor instanceof Tensor)) throw noTensor(tensor, where, quote(name));
    if (named.has(name)) throw new RangeError(`${where}: expected ${quote(name)} only once`);
    named.set(name, tensor);
  }
  return named;
}

/** Names with what belongs to each. */
export function pairsOf(
  value: unknown,
  argument: string,
  where: string,
): Iterable<readonly [string, unknown]> {
  if (isPlainObject(value)) return Object.entries(value);
  if (typeof value === "object" && value !== null && Symbol.iterator in value) {
    const pairs = [...(value as Iterable<unknown>)];
    if (pairs.every((pair) => Array.isArray(pair) && pair.length === 2)) {
      return pairs as [string, unknown][];
    }
  }
  throw new TypeError(
    `${where}: expected a plain object, a Map or pairs for ${argument} but received ` +
      describeValue(value),
  );
}

/** Throws unless `text` is a string that UTF-8 can hold. */
export function checkText(text: unknown, argument: string, where: string): asserts text is string {
  if (typeof text !== "string") {
    throw new TypeError(
      `${where}: expected strings for ${argument} but received ${describeValue(text)}`,
    );
  }
  if (!/\p{Surrogate}/u.test(text)) return;
  throw new RangeError(
    `${where}: expected well-formed Unicode for ${argument} but received ${quote(text)}`,
  );
}
