/** What training goes through: datasets of batches, made of whatever the caller passed. */

import { Dataset } from "../data/dataset";
import type { RawValues, TableRows } from "../nn/layers";
import { EncodedLayer } from "../nn/layers/preprocessing/encoded-layer";
import { FeatureSpace } from "../nn/layers/preprocessing/feature-space";
import { forEachLeaf, isPlainObject } from "../tensor/nest";
import { outsideRecording } from "../tensor/recorder";
import { Tensor, sameShape, tensor } from "../tensor/tensor";
import { clone, stack } from "../ops";
import { isTensorJSON } from "../tensor/tensor-json";
import { type Values, describeValue } from "../tensor/values";
import { Variable } from "../tensor/variable";
import type { BatchSize } from "./arguments";
import { describeElement, tupleOf } from "./element";

/** A tensor, or numbers to make one of, or a tensor for each sample. */
export type TensorOrValues = Tensor | Values | readonly Tensor[];

/** Samples or targets of a model: a tensor, or several by name or in an array. */
export type DataTree =
  | RawValues
  | TableRows
  | TensorOrValues
  | readonly TensorOrValues[]
  | Readonly<Record<string, TensorOrValues>>;

/** A tensor, or several by name or in an array. */
export type TensorTree = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;

/** An element of a dataset by name. */
interface LabelledRecord {
  /** Samples. */
  x: TensorTree;
  /** Targets. */
  y: TensorTree;
  /** A weight for each sample. */
  sampleWeight?: TensorTree;
}

/** The same with TensorFlow.js' names. */
interface TensorFlowRecord {
  /** Samples. */
  xs: TensorTree;
  /** Targets. */
  ys: TensorTree;
}

/** Samples and their targets, perhaps with weights: a dataset of such, or all as a whole. */
export type TrainingData =
  | Dataset<[Tensor, Tensor]>
  | Dataset<readonly [Tensor, Tensor]>
  | Dataset<readonly [x: TensorTree, y: TensorTree]>
  | Dataset<readonly [x: TensorTree, y: TensorTree, sampleWeight: TensorTree]>
  | Dataset<LabelledRecord>
  | Dataset<TensorFlowRecord>
  | readonly [x: DataTree, y: DataTree]
  | readonly [x: DataTree, y: DataTree, sampleWeight: DataTree];

/** Samples alone, or with targets, which do not matter then. */
export type PredictionData =
  | Dataset<Tensor>
  | Dataset<[Tensor, Tensor]>
  | Dataset<Omit<LabelledRecord, "sampleWeight">>
  | Dataset<TensorFlowRecord>
  | DataTree;

/** What `fit` or `evaluate` was given. */
export interface Given {
  x: unknown;
  y: unknown;
  sampleWeight?: unknown;
}

/** What is known of a model's data. */
export interface ModelForm {
  /** Number of inputs and outputs, if they are in arrays. */
  inputs: number;
  outputs: number;
  /** Whether the targets of an output, by its name or place, are labels. */
  takesLabels: (key?: string | number) => boolean;
}

interface TreeOptions {
  parts?: number;
  areLabels?: (key?: string | number) => boolean;
}

function where(key: string | number): string {
  return typeof key === "number" ? `[${key}]` : `.${key}`;
}

/** "x and y", "x, y and sampleWeight" */
function namesOf(names: readonly string[]): string {
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

interface BatchOptions {
  method: string;
  batchSize: BatchSize | undefined;
  /** Whether it may go on for ever; false. */
  isEndless?: boolean;
}

/** A dataset whose elements are batches, and the tensors that were made for it. */
export class Batches {
  private readonly owned: Tensor[] = [];

  /** @param model whose first layer may take strings or the rows of a table */
  constructor(
    private readonly method: string,
    private readonly model?: unknown,
  ) {}

  /** Samples: what the model's first layer makes of strings and rows, if it does, or a tree of tensors. */
  toSamples(values: unknown, argument: string, options: TreeOptions = {}): unknown {
    const encoder = encoderOf(this.model);
    if (encoder === null || values instanceof Tensor) {
      return this.toTree(values, argument, options);
    }
    const made = encoder.encode(values);
    forEachLeaf(made, (leaf) => this.owned.push(leaf as Tensor));
    return made;
  }

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
      return this.converted(values as Values, argument, dtype);
    });
    this.owned.push(made);
    return made;
  }

  /** @throws the error of `tensor`, with the method and the argument ahead */
  private converted(values: Values, argument: string, dtype?: "int32"): Tensor {
    if (Array.isArray(values) && isPlainObject(values[0]))
      throw this.ofRecords(values[0], argument);
    try {
      return tensor(values, undefined, dtype);
    } catch (error) {
      if (error instanceof Error) error.message = `${this.method}: ${argument}: ${error.message}`;
      throw error;
    }
  }

  private ofRecords(record: object, argument: string): Error {
    const hint = isPair(record)
      ? PAIRS
      : "a FeatureSpace as the first layer takes the rows of a table, or map each row to an array of its numbers";
    return new TypeError(
      `${this.method}: expected numbers for ${argument} but received objects with ${Object.keys(record).join(", ")}; ` +
        hint,
    );
  }

  /**
   * A tree of tensors: of an object by name, or of an array with as many values as there are parts;
   * anything else is one tensor.
   * @param areLabels whether the values of a place of the tree are labels
   */
  toTree(
    values: unknown,
    argument: string,
    { parts = 0, areLabels = () => false }: TreeOptions = {},
  ): unknown {
    const one = (value: unknown, key?: string | number): Tensor => {
      const name = key === undefined ? argument : `${argument}${where(key)}`;
      return this.toTensor(value, name, areLabels(key));
    };
    if (isPlainObject(values) && !isTensorJSON(values)) {
      return Object.fromEntries(
        Object.entries(values).map(([key, value]) => [key, one(value, key)]),
      );
    }
    const isList = Array.isArray(values) && parts > 1 && values.length === parts;
    return isList ? values.map((value: unknown, i) => one(value, i)) : one(values);
  }

  /** Samples, targets and, if there are any, weights: of as many rows each. */
  toElement(given: Given, model: ModelForm, name = ""): [x: unknown, y: unknown, weight?: unknown] {
    const { x, y, sampleWeight } = given;
    const { inputs, outputs, takesLabels } = model;
    const element: [unknown, unknown, unknown?] = [
      this.toSamples(x, `x${name}`, { parts: inputs }),
      this.toTree(y, `y${name}`, { parts: outputs, areLabels: takesLabels }),
    ];
    const names = [`x${name}`, `y${name}`];
    if (sampleWeight !== undefined && sampleWeight !== null) {
      element.push(this.toTree(sampleWeight, `sampleWeight${name}`, { parts: outputs }));
      names.push(`sampleWeight${name}`);
    }
    const tensors: Tensor[] = [];
    forEachLeaf(element, (leaf) => tensors.push(leaf as Tensor));
    checkRows(this.method, tensors, namesOf(names));
    if (tensors[0].shape[0] > 0) return element;
    throw new RangeError(`${this.method}: expected at least one sample but x${name} has none`);
  }

  dispose(): void {
    for (const made of this.owned.splice(0)) made.dispose();
  }
}

/** The first layer of a `Sequential`, if it makes tensors of what is none. */
function encoderOf(model: unknown): { encode(x: unknown): unknown } | null {
  const { layers } = (model ?? {}) as { layers?: unknown };
  const first: unknown = Array.isArray(layers) ? layers[0] : undefined;
  return first instanceof EncodedLayer || first instanceof FeatureSpace
    ? (first as { encode(x: unknown): unknown })
    : null;
}

/** Whether a value is a sample as brain.js takes it: { input: [0, 1], output: [1] }. */
export function isPair(value: unknown): boolean {
  return isPlainObject(value) && Object.hasOwn(value, "input") && Object.hasOwn(value, "output");
}

/** What to do with such. */
export const PAIRS =
  "give all inputs and all outputs, fit(data.map((d) => d.input), data.map((d) => d.output))";

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
  const { method, batchSize, isEndless = false } = options;
  if (dataset.length === Infinity && !isEndless) {
    const hint = method === "fit" ? "take() or the option stepsPerEpoch" : "take()";
    throw new RangeError(
      `${method}: expected a dataset that ends but this one does not; use ${hint}`,
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

/**
 * The samples of an element, which are alone or before their targets.
 * @param takesY whether the samples have a part called y
 */
export function samplesOf(given: unknown, method: string, takesY: boolean): unknown {
  const element = takesY ? given : tupleOf(given);
  const isTuple = Array.isArray(element) && (element.length === 2 || element.length === 3);
  const x: unknown = isTuple ? (element as unknown[])[0] : element;
  let tensors = 0;
  let isRight = true;
  forEachLeaf(x, (leaf) => {
    if (leaf instanceof Tensor) tensors++;
    else isRight = false;
  });
  if (isRight && tensors > 0 && (isTuple || !Array.isArray(element))) return x;
  throw new TypeError(
    `${method}: expected elements x or [x, y] of the dataset but received ${describeElement(element)}`,
  );
}
