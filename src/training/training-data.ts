/** The data of `fit` and `evaluate` as datasets of batches. */

import { Dataset } from "../data/dataset";
import { forEachLeaf } from "../tensor/nest";
import { Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import type { BatchSize } from "./arguments";
import {
  type Batches,
  type Given,
  type ModelForm,
  PAIRS,
  batched,
  isPair,
  sizeFor,
} from "./batches";
import { type FitOptions, keptSamples } from "./fit-options";
import { type BatchSource, Windows } from "./windows";

const TRAINING_BATCH = 32;
/** Large enough for matrix products to be fast, small enough for the caches. */
export const EVALUATION_BATCH = 256;

/** A column of each: training and validation. */
interface Sets {
  train: BatchSource;
  validation: BatchSource | undefined;
}

/** @param made keeps the tensors that are made of arrays */
export function setsFor(
  made: Batches,
  data: unknown,
  y: unknown,
  options: FitOptions,
  model: ModelForm,
): Sets {
  const { validationSteps, stepsPerEpoch } = options;
  const { train, validation } = splitSets(made, data, y, options, model);
  return {
    train: stepsPerEpoch === undefined ? train : new Windows(train, stepsPerEpoch),
    validation: validationSteps === undefined ? validation : validation?.take(validationSteps),
  };
}

function splitSets(
  made: Batches,
  data: unknown,
  y: unknown,
  options: FitOptions,
  model: ModelForm,
): { train: Dataset<unknown>; validation: Dataset<unknown> | undefined } {
  const { batchSize, validationSplit, validationData, shuffle, sampleWeight } = options;
  const validation =
    validationData === undefined ? undefined : validationSet(made, validationData, options, model);
  if (data instanceof Dataset) {
    if (shuffle === true || validationSplit !== undefined) {
      const name = shuffle === true ? "shuffle" : "validationSplit";
      throw new Error(
        `fit: expected arrays or tensors with ${name} but received a dataset; use its methods ` +
          "shuffle, take and skip",
      );
    }
    checkAlone("fit", y, sampleWeight);
    const isEndless = options.stepsPerEpoch !== undefined;
    return {
      train: batched(data as Dataset<unknown>, { method: "fit", batchSize, isEndless }),
      validation,
    };
  }
  const element = made.toElement(givenIn("fit", data, y, sampleWeight), model);
  const samples = Dataset.fromTensorSlices(element) as Dataset<unknown>;
  const count = rowsOf(element);
  const kept = keptSamples(count, validationSplit);
  const train = samples.take(kept);
  const ordered = shuffle === false ? train : train.shuffle(kept);
  const size = sizeFor(batchSize ?? TRAINING_BATCH, kept, "fit");
  const held =
    kept < count ? samples.skip(kept).batch(validationSize(options, count - kept)) : undefined;
  return { train: ordered.batch(size), validation: held ?? validation };
}

/** The dataset of what `evaluate` was given. */
export function evaluationSet(
  made: Batches,
  data: unknown,
  y: unknown,
  {
    batchSize,
    sampleWeight,
    steps,
  }: { batchSize?: BatchSize; sampleWeight?: unknown; steps?: number },
  model: ModelForm,
): Dataset<unknown> {
  const all = (): Dataset<unknown> => {
    if (data instanceof Dataset) {
      checkAlone("evaluate", y, sampleWeight);
      const isEndless = steps !== undefined;
      return batched(data as Dataset<unknown>, { method: "evaluate", batchSize, isEndless });
    }
    const element = made.toElement(givenIn("evaluate", data, y, sampleWeight), model);
    const size = sizeFor(batchSize ?? EVALUATION_BATCH, rowsOf(element), "evaluate");
    return (Dataset.fromTensorSlices(element) as Dataset<unknown>).batch(size);
  };
  return steps === undefined ? all() : all().take(steps);
}

function validationSet(
  made: Batches,
  data: unknown,
  options: FitOptions,
  model: ModelForm,
): Dataset<unknown> {
  if (data instanceof Dataset) {
    return batched(data as Dataset<unknown>, {
      method: "fit: validationData",
      batchSize: options.validationBatchSize,
      isEndless: options.validationSteps !== undefined,
    });
  }
  if (!Array.isArray(data) || data.length < 2 || data.length > 3) {
    throw new TypeError(
      `fit: expected a dataset, [x, y] or [x, y, sampleWeight] for validationData but received ${describeValue(data)}`,
    );
  }
  const [x, y, sampleWeight] = data as unknown[];
  const element = made.toElement({ x, y, sampleWeight }, model, " of validationData");
  const size = validationSize(options, rowsOf(element));
  return (Dataset.fromTensorSlices(element) as Dataset<unknown>).batch(size);
}

function validationSize({ validationBatchSize }: FitOptions, samples: number): number {
  return sizeFor(validationBatchSize ?? EVALUATION_BATCH, samples, "fit");
}

/** What was given beside arrays: x and y, or both in one array. */
function givenIn(method: string, data: unknown, y: unknown, sampleWeight: unknown): Given {
  if (y !== undefined) return { x: data, y, sampleWeight };
  if (Array.isArray(data) && data.length > 0 && data.every(isPair)) {
    throw new TypeError(
      `${method}: expected x and y but received pairs of input and output; ${PAIRS}`,
    );
  }
  if (Array.isArray(data) && (data.length === 2 || data.length === 3)) {
    const [x, targets, weights] = data as unknown[];
    if (weights !== undefined && sampleWeight !== undefined) {
      throw new TypeError(
        `${method}: expected weights in [x, y, sampleWeight] or as the option sampleWeight but received both`,
      );
    }
    return { x, y: targets, sampleWeight: weights ?? sampleWeight };
  }
  throw new TypeError(
    `${method}: expected a dataset, x and y, or [x, y] but received ${describeValue(data)} alone`,
  );
}

function checkAlone(method: string, y: unknown, sampleWeight: unknown): void {
  if (y !== undefined) {
    const hint = typeof y === "number" ? `; put options into braces, { epochs: ${y} }` : "";
    throw new TypeError(
      `${method}: expected no y beside a dataset but received ${describeValue(y)}${hint}`,
    );
  }
  if (sampleWeight === undefined) return;
  throw new TypeError(
    `${method}: expected weights in the elements of the dataset, [x, y, sampleWeight], but received the option ` +
      "sampleWeight",
  );
}

function rowsOf(element: unknown): number {
  let rows = 0;
  forEachLeaf(element, (leaf) => {
    if (leaf instanceof Tensor) [rows] = leaf.shape;
  });
  return rows;
}
