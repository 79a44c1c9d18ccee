/** What becomes of weights that a loss does not depend on. */

import { warn } from "../addon/warn";
import type { Module } from "../nn/module";
import type { Variable } from "../tensor/variable";

/** Those that were told of. */
const told = new WeakSet<Variable>();

/**
 * Warns, once a weight, of those that training leaves as they are since the loss does not depend on
 * them. Throws if it depends on none.
 */
export function noteUnreached(
  model: Module,
  weights: readonly Variable[],
  reached: readonly Variable[],
): void {
  if (reached.length === weights.length) return;
  const without = weights.filter((weight) => !reached.includes(weight));
  const names = model.namedWeights().filter(([, weight]) => without.includes(weight));
  const list = names.map(([name]) => name).join(", ");
  if (reached.length === 0) {
    throw new Error(
      `fit: expected a loss that depends on the weights but it depends on none of ${list}: all between them ` +
        "and the loss has to have a gradient",
    );
  }
  if (without.every((weight) => told.has(weight))) return;
  for (const weight of without) told.add(weight);
  warn(
    "NABLA_UNREACHED_WEIGHTS",
    `fit: the loss does not depend on ${list}, so training leaves them as they are. Set trainable = false on ` +
      "their layers if that is meant",
  );
}
