/**
 * All that training changes in a model, by the names that it has in files: weights and random streams
 * by their paths ("layers.0.kernel"), the optimizer's state behind "optimizer:" ("optimizer:iterations",
 * "optimizer:momentum/layers.0.kernel").
 */

import type { Module } from "../../nn/module";
import { eachOnce } from "../../nn/module-paths";
import type { Optimizer } from "../../optimizers";
import type { Tensor } from "../../tensor/tensor";
import type { Variable } from "../../tensor/variable";

export const OPTIMIZER = "optimizer:";
export const METRIC = "metric:";
export const CALLBACK = "callback:";

const PREFIXES = [OPTIMIZER, METRIC, CALLBACK];

/** Whether a name in a file is that of something beside the model itself. */
export function isBeside(name: string): boolean {
  return PREFIXES.some((prefix) => name.startsWith(prefix));
}

/** The weights by path. */
export function weightsOf(model: Module): Map<string, Variable> {
  return checked(new Map(eachOnce(model.namedWeights())));
}

/** The weights and random streams by path. */
export function stateOf(model: Module): Map<string, Variable> {
  return checked(new Map(Object.entries(model.state())));
}

function checked(named: Map<string, Variable>): Map<string, Variable> {
  for (const path of named.keys()) {
    if (!isBeside(path)) continue;
    throw new RangeError(
      `save: expected paths of weights that do not begin with ${PREFIXES.join(", ")} but received ${path}`,
    );
  }
  return named;
}

/** The optimizer's state by name, slots by the paths of the model's weights. */
export function optimizerState(model: Module, optimizer: Optimizer): Map<string, Variable> {
  const paths = new Map(model.namedWeights().map(([path, weight]) => [weight, path]));
  const state = optimizer.stateBy((weight) => paths.get(weight));
  return new Map(Object.entries(state).map(([name, variable]) => [OPTIMIZER + name, variable]));
}

/** The model's weights that an optimizer's state in a file has slots for. */
export function weightsWithSlots(model: Module, names: Iterable<string>): Variable[] {
  const found = new Set<string>();
  for (const name of names) {
    const slash = name.indexOf("/");
    if (name.startsWith(OPTIMIZER) && slash >= 0) found.add(name.slice(slash + 1));
  }
  return model.namedWeights().flatMap(([path, weight]) => (found.has(path) ? [weight] : []));
}

export type Named = Map<string, Tensor>;
