/** What training goes through: datasets of batches, made of whatever the caller passed. */

import { Dataset } from "../data/dataset";
import { outsideRecording } from "../tensor/recorder";
import { Tensor, sameShape, tensor } from "../tensor/tensor";
import { clone, stack } from "../ops";
import { isTensorJSON } from "../tensor/tensor-json";
import { type Values, describeValue } from "../tensor/values";
import { Variable } from "../tensor/variable";
import type { BatchSize } from "./arguments";

/** A tensor, or numbers to make one of, or a tensor for each sample. */
export type TensorOrValues = Tensor | Values | readonly Tensor[];

/** Samples and their targets: a dataset of pairs, or both as a whole. */
export type TrainingData =
  | Dataset<[Tensor, Tensor]>
  | Dataset<readonly [Tensor, Tensor]>
  | readonly [x: TensorOrValues, y: TensorOrValues];

/** Samples alone, or with targets, which do not matter then. */
export type PredictionData = Dataset<Tensor> | Dataset<[Tensor, Tensor]> | TensorOrValues;

interface BatchOptions {
  method: string;
  batchSize: BatchSize | undefined;
}

/** A dataset whose elements are batches, and the tensors that were made for it. */
export class Batches {
  private readonly owned: Tensor[] = [];

  constructor(private readonly method: string) {}

  /** Samples as a tensor. Integers if they are labels, and not of a typed array. */
  toTensor(values: unknown, argument: string, areLabels = false): Tensor {
    if (values instanceof Tensor && !(values instanceof Variable)) return values;
    const made = outsideRecording(() => {
      if (values instanceof Tensor) return clone(values);
      if (!Array.isArray(values) && !ArrayBuffer.isView(values) && !isTensorJSON(values)) {
        throw new TypeError(
          `${this.method}: expected a tensor, a typed array or nested arrays for ${argument} but ` +
            `received ${describeValue(values)}`,
        );
      }
      if (Array.isArray(values) && values.length > 0 && values.every(isTensor)) {
        return stacked(values, this.method, argument);
      }
      const dtype = areLabels && Array.isArray(values) ? "int32" : undefined;
      return tensor(values as Values, undefined, dtype);
    });
    this.owned.push(made);
    return made;
  }

  /** x and y of as many rows each. */
  toPair(x: unknown, y: unknown, areLabels: boolean, name = ""): [Tensor, Tensor] {
    const pair: [Tensor, Tensor] = [
      this.toTensor(x, `x${name}`),
      this.toTensor(y, `y${name}`, areLabels),
    ];
    checkRows(this.method, pair, `x${name} and y${name}`);
    if (pair[0].shape[0] > 0) return pair;
    throw new RangeError(`${this.method}: expected at least one sample but x${name} has none`);
  }

  dispose(): void {
    for (const made of this.owned.splice(0)) made.dispose();
  }
}

function isTensor(value: unknown): value is Tensor {
  return value instanceof Tensor;
}

/** One sample a tensor. */
function stacked(samples: readonly Tensor[], method: string, argument: string): Tensor {
  const [first] = samples;
  const odd = samples.find((x) => x.dtype !== first.dtype || !sameShape(x.shape, first.shape));
  if (odd === undefined) return stack(samples);
  throw new RangeError(
    `${method}: expected tensors of one form for ${argument}, a sample each, but received ` +
      `${first.describe()} and ${odd.describe()}`,
  );
}

/** Throws unless all have rows, and as many. */
export function checkRows(method: string, tensors: readonly Tensor[], names: string): void {
  const [first] = tensors;
  const fits = tensors.every(({ rank, shape }) => rank > 0 && shape[0] === first.shape[0]);
  if (fits) return;
  throw new RangeError(
    `${method}: expected as many rows in ${names} but received ` +
      tensors.map((found) => found.describe()).join(" and "),
  );
}

/** The dataset, batched if need be. */
export function batched<T>(dataset: Dataset<T>, options: BatchOptions): Dataset<T> {
  const { method, batchSize } = options;
  if (dataset.length === Infinity) {
    throw new RangeError(
      `${method}: expected a dataset that ends but this one does not; use take()`,
    );
  }
  if (dataset.length === 0) {
    throw new RangeError(`${method}: expected at least one batch but the dataset is empty`);
  }
  if (batchSize === undefined) {
    if (dataset.source === undefined || dataset.isBatched) return dataset;
    throw new Error(
      `${method}: expected a dataset of batches but this one has single samples; use batch(size) or ` +
        "the option batchSize",
    );
  }
  if (dataset.isBatched) {
    throw new Error(
      `${method}: expected no batchSize for a dataset of batches but received ${batchSize}`,
    );
  }
  return dataset.batch(sizeFor(batchSize, dataset.length, method));
}

export function sizeFor(batchSize: BatchSize, samples: number, method: string): number {
  if (batchSize !== "full") return batchSize;
  if (Number.isFinite(samples)) return samples;
  throw new Error(
    `${method}: expected a number for batchSize, since the dataset's length is not known, but ` +
      'received "full"',
  );
}

/** An element as samples and targets. */
export function pairOf(element: unknown, method: string): [Tensor, Tensor] {
  const isPair =
    Array.isArray(element) && element.length === 2 && element.every((x) => x instanceof Tensor);
  if (isPair) return element as [Tensor, Tensor];
  throw new TypeError(
    `${method}: expected elements [x, y] of the dataset but received ${describeElement(element)}`,
  );
}

/** An element as samples, alone or before their targets. */
export function samplesOf(element: unknown, method: string): [Tensor] {
  if (element instanceof Tensor) return [element];
  return [pairOf(element, method)[0]];
}

function describeElement(element: unknown): string {
  if (element instanceof Tensor) return element.describe();
  if (Array.isArray(element)) return `${element.length} in an array`;
  return describeValue(element);
}
