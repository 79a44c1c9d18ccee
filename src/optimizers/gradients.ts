/** Checks of what `applyGradients` is given. */

import { warn } from "../addon/warn";
import { inferenceGradients } from "../tensor/recorder";
import { isFloat } from "../tensor/dtype";
import { Tensor, sameShape } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import { Variable } from "../tensor/variable";

export function checkGradients(gradients: readonly Tensor[], weights: readonly Variable[]): void {
  if (!Array.isArray(gradients) || !Array.isArray(weights)) {
    throw new TypeError(
      "applyGradients: expected two arrays, applyGradients(gradients, weights), but received " +
        `${describe(gradients)} and ${describe(weights)}`,
    );
  }
  if (gradients.length !== weights.length) {
    throw new RangeError(
      `applyGradients: expected one gradient a weight but received ${gradients.length} gradients and ` +
        `${weights.length} weights`,
    );
  }
  if (new Set(weights).size !== weights.length) {
    throw new RangeError("applyGradients: expected each weight once");
  }
  weights.forEach((weight: unknown, i) => checkPair(weight, gradients[i], i));
}

function checkPair(weight: unknown, gradient: unknown, i: number): void {
  checkWeight(weight, "applyGradients", i);
  const fits =
    gradient instanceof Tensor &&
    gradient.dtype === weight.dtype &&
    sameShape(gradient.shape, weight.shape);
  if (fits) {
    if (gradient.isDisposed) throw gradient.unusable();
    return;
  }
  throw new TypeError(
    `applyGradients: expected a gradient like ${weight.describe()} for gradients[${i}] but received ` +
      describe(gradient),
  );
}

export function checkWeight(weight: unknown, where: string, i: number): asserts weight is Variable {
  if (!(weight instanceof Variable) || !isFloat(weight.dtype)) {
    throw new TypeError(
      `${where}: expected a float Variable for weights[${i}] but received ` + describe(weight),
    );
  }
  weight.liveHandle();
}

function describe(value: unknown): string {
  return value instanceof Tensor ? value.describe() : describeValue(value);
}

/** Models whose loops were warned. */
const warned = new WeakSet<object>();

/** Warns once a model if the gradients come from a run of it in inference mode. */
export function warnOfInference(gradients: readonly Tensor[]): void {
  for (const gradient of gradients) {
    const use = inferenceGradients.get(gradient);
    if (use === undefined || warned.has(use.root)) continue;
    warned.add(use.root);
    warn(
      "NABLA_INFERENCE_MODE",
      `applyGradients: ${use.root.pathOf(use.layer)} ran in inference mode, in which modules start, ` +
        "while these gradients were recorded: call model.train() before a training loop of your own, and " +
        "model.eval() after it",
    );
  }
}
