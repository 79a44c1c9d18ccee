/** Checks of the arguments that a layer's constructor takes before its options. */

import { isPlainObject } from "../tensor/nest";
import type { Layer } from "./layer";

/** Throws if the layer's own options do not have the names of the arguments before them: they would be lost. */
export function checkNamed(before: readonly string[], kinds: object, layer: string): void {
  const lost = before.find((key) => !Object.hasOwn(kinds, key));
  if (lost === undefined) return;
  throw new Error(
    `${layer}: expected ${lost} among the layer's own options: super(options, ["${lost}"], { ${lost} })`,
  );
}

/** Throws if all options were given in the place of the first argument, as TensorFlow.js and Keras' names do. */
export function checkOrder(positional: object, layer: string): void {
  const [[name, value] = [], ...rest] = Object.entries(positional) as [string, unknown][];
  if (name === undefined || !isPlainObject(value) || !Object.hasOwn(value, name)) return;
  if (rest.some(([, other]) => other !== undefined)) return;
  const names = Object.keys(positional).join(", ");
  throw new TypeError(
    `${layer}: expected new ${layer}(${names}, { options }) but received an object with ${name}`,
  );
}

/**
 * Throws if a configuration cannot hold all that the constructor takes.
 * @param own the base class' `fromConfig`
 */
export function checkArguments(layer: typeof Layer, own: unknown): void {
  const { name, positional, length } = layer;
  const isOverridden = (layer as { fromConfig: unknown }).fromConfig !== own;
  if (length <= positional.length || isOverridden) return;
  throw new Error(
    `${name}: expected to know ${length === 1 ? "the argument" : `the ${length} arguments`} of its constructor: name them, static positional = ` +
      `["..."], and pass them on, super(options, kinds, { ... })`,
  );
}
