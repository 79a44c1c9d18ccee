/** Weights of classes, as weights of the samples that have them as labels. */

import { argMax, cast, equal, fill, reshape, where } from "../ops";
import { isPlainObject } from "../tensor/nest";
import { Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import type { Batch } from "./element";

/** Weights by label; 1 for those that are left out. An array has that of each label in turn. */
export type ClassWeight = Readonly<Record<number, number>> | readonly number[];

export type ClassWeights = readonly (readonly [label: number, weight: number])[];

export function classWeightsOf(option: unknown): ClassWeights {
  if (!Array.isArray(option) && !isPlainObject(option)) {
    throw new TypeError(
      `fit: expected an object of weights by label for classWeight but received ${describeValue(option)}`,
    );
  }
  return Object.entries(option).map(([label, weight]) => {
    const isRight = Number.isInteger(Number(label)) && typeof weight === "number" && weight >= 0;
    if (isRight && Number.isFinite(weight)) return [Number(label), weight] as const;
    throw new TypeError(
      `fit: expected non-negative numbers by label for classWeight but received ${label}: ${describeValue(weight)}`,
    );
  });
}

/** A weight for each sample. @param y labels [n] or [n, 1], or rows [n, classes] of which the greatest counts */
export function weightsOfLabels(y: unknown, weights: ClassWeights): Tensor {
  if (!(y instanceof Tensor)) {
    throw new TypeError("fit: expected a model of a single output with classWeight");
  }
  const isOneHot = y.rank > 1 && y.shape.at(-1) !== 1;
  const labels = isOneHot ? argMax(y, -1) : reshape(y, [-1]);
  if (labels.rank !== 1) {
    throw new TypeError(
      `fit: expected a label for each sample with classWeight but y is ${y.describe()}`,
    );
  }
  const ones = fill(labels.shape, 1, "float64");
  const numbers = cast(labels, "float64");
  return weights.reduce((all, [label, weight]) => where(equal(numbers, label), weight, all), ones);
}

/** A batch whose samples have the weights of their classes. */
export function weighed(batch: Batch, classWeights: ClassWeights | null): Batch {
  if (classWeights === null) return batch;
  if (batch.sampleWeight !== null) {
    throw new Error("fit: expected weights in the dataset or classWeight but received both");
  }
  return { ...batch, sampleWeight: weightsOfLabels(batch.y, classWeights) };
}
