/** Losses that layers add, while they run, to the loss that a model is trained by. */

import { checkTensor } from "../ops/arguments";
import { isFloat } from "../tensor/dtype";
import { recorder } from "../tensor/recorder";
import type { Tensor } from "../tensor/tensor";
import type { Module } from "./module";

interface Added {
  readonly loss: Tensor;
  /** The capture that it belongs to. */
  readonly capture: unknown;
}

/** Of each layer, those of the last run of the outermost module around it. */
const added = new WeakMap<object, Added[]>();

/** The layers that added losses in the last run of an outermost module. */
const contributors = new WeakMap<object, Set<object>>();

/** Adds a loss of a layer to those of the run that is under way. */
export function addLossOf(layer: object, loss: Tensor): void {
  const where = `${layer.constructor.name}: addLoss`;
  checkTensor(loss, where, "loss");
  if (!isFloat(loss.dtype)) {
    throw new TypeError(
      `${where}: expected a float tensor for loss but received ${loss.describe()}`,
    );
  }
  const root = recorder.modules[0] ?? layer;
  const list = added.get(layer) ?? [];
  list.push({ loss, capture: recorder.capture });
  added.set(layer, list);
  const layers = contributors.get(root) ?? new Set();
  layers.add(layer);
  contributors.set(root, layers);
}

/** What `Layer.losses` tells: losses that were added, and the penalties on weights. */
export function lossesOf(layer: Module): Tensor[] {
  const below = layer.modulesWithContents();
  const ofRun = below.flatMap(([, module]) => addedLosses(module));
  const isPenalized = below.some(([, , { variables }]) =>
    variables.some(([, { regularizer }]) => regularizer !== null),
  );
  if (!isPenalized) return ofRun;
  const ofWeights = layer.trainableWeights.flatMap((weight) => {
    const { regularizer } = weight;
    return regularizer === null ? [] : [regularizer(weight)];
  });
  return [...ofRun, ...ofWeights];
}

/** What a layer added in the last run; in a capture, what it added within it. */
function addedLosses(layer: object): Tensor[] {
  const list = added.get(layer) ?? [];
  return list.filter(({ capture }) => capture === recorder.capture).map(({ loss }) => loss);
}

/** Forgets what was added in the last run of an outermost module. */
export function clearLosses(root: object): void {
  const layers = contributors.get(root);
  if (layers === undefined) return;
  for (const layer of layers) added.delete(layer);
  contributors.delete(root);
}
