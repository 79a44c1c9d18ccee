/**
 * Names that methods have in Keras, TensorFlow.js, NumPy and the like. They work, but stand in no type
 * and no list: the one name of a method is ours.
 */

import { underscored } from "./spelling";

/**
 * Has methods answer to their names in other spellings, `train_on_batch` and `matmul`, and to other names.
 * @param prototype of a class, or the class itself for its static methods
 * @param others by other name, the name of the method
 */
export function answerToOtherNames(
  prototype: object,
  others: Readonly<Record<string, string>> = {},
): void {
  const names = Object.entries(Object.getOwnPropertyDescriptors(prototype))
    .filter(([name, { value }]) => typeof value === "function" && /^[a-z]+[A-Z]/.test(name))
    .map(([name]) => name);
  const spelt = names.flatMap((name) => [
    [underscored(name), name],
    [name.toLowerCase(), name],
  ]);
  for (const [other, name] of [...spelt, ...Object.entries(others)]) {
    if (other in prototype) continue;
    const value = function (
      this: Record<string, (...args: unknown[]) => unknown>,
      ...args: unknown[]
    ) {
      return this[name](...args);
    };
    Object.defineProperty(prototype, other, { value, configurable: true, writable: true });
  }
}
