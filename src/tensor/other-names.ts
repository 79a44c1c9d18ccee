/**
 * Names that methods have in Keras, TensorFlow.js, NumPy and the like. They work, but stand in no type
 * and no list: the one name of a method is ours.
 */

import { underscored } from "./spelling";

/**
 * Has methods and properties answer to their names in other spellings, `train_on_batch`, `matmul` and
 * `learning_rate`, and to other names.
 * @param prototype of a class, or the class itself for its static methods
 * @param others by other name, the name of the method or property
 */
export function answerToOtherNames(
  prototype: object,
  others: Readonly<Record<string, string>> = {},
): void {
  const own = Object.getOwnPropertyDescriptors(prototype) as Record<string, PropertyDescriptor>;
  const names = Object.entries(own)
    .filter(([name, each]) => isNamed(each) && /^[a-z]+[A-Z]/.test(name))
    .map(([name]) => name);
  const spelt = names.flatMap((name) => [
    [underscored(name), name],
    [name.toLowerCase(), name],
  ]);
  for (const [other, name] of [...spelt, ...Object.entries(others)]) {
    if (other in prototype) continue;
    const isProperty = own[name]?.get !== undefined;
    Object.defineProperty(prototype, other, isProperty ? property(name, own[name]) : method(name));
  }
}

/** A method, or a property with code of its own. */
function isNamed(each: PropertyDescriptor): boolean {
  return typeof each.value === "function" || each.get !== undefined;
}

function method(name: string): PropertyDescriptor {
  const value = function (
    this: Record<string, (...args: unknown[]) => unknown>,
    ...args: unknown[]
  ) {
    return this[name](...args);
  };
  return { value, configurable: true, writable: true };
}

function property(name: string, own: PropertyDescriptor): PropertyDescriptor {
  return {
    configurable: true,
    get(this: Record<string, unknown>) {
      return this[name];
    },
    ...(own.set !== undefined && {
      set(this: Record<string, unknown>, value: unknown) {
        this[name] = value;
      },
    }),
  };
}
