/** Prediction: forward passes over many samples, gathered in one tensor. */

import { setImmediate } from "node:timers/promises";

import { Dataset } from "../data/dataset";
import { type Entry, type JitFunction, jit, planFor } from "../capture/jit";
import { typedArray } from "../tensor/dtype";
import { slice, zeros } from "../ops";
import { tidy } from "../tensor/memory";
import { forEachLeaf, isPlainObject, mapLeaves } from "../tensor/nest";
import { outsideRecording } from "../tensor/recorder";
import { type Shape, Tensor, sameShape, tensor } from "../tensor/tensor";
import type { Network } from "./compiled";
import { checkRows, samplesOf } from "./batches";
import { type EpochOptions, runEpoch } from "./epoch";
import { placeholder } from "./pass";
import { asSamples } from "./samples";
import { unlessAborted } from "./unless-aborted";

/** Multiplications below which a prediction takes less time than to hand it to another thread. */
const TINY = 2 ** 18;

export class Predictor {
  private readonly forward: JitFunction<[unknown], unknown>;
  private weightCount = -1;

  constructor(private readonly model: Network) {
    const forward = model.forward.bind(model) as (x: unknown) => unknown;
    this.forward = jit((x: unknown) => forward(asSamples(x, model)));
  }

  /** Number of samples in a tensor, or in the tensors of a tree. */
  rowsOf(x: unknown): number {
    const tensors = tensorsOf(x);
    checkRows("predict", tensors, "x");
    const [{ shape }] = tensors;
    if (shape[0] > 0) return shape[0];
    throw new RangeError(`predict: expected at least one sample but x is ${tensors[0].describe()}`);
  }

  /** True if the samples are one batch, and so few that they are best predicted at once. */
  isTiny(x: Tensor, batchSize: number): boolean {
    this.countWeights();
    if (this.weightCount < 0 || x.rank === 0) return false;
    const samples = x.shape[0];
    if (samples === 0 || samples > batchSize) return false;
    return samples * this.weightCount < TINY && x.size < TINY;
  }

  /** Predicts on the calling thread. */
  now(x: unknown): unknown {
    const given = tensorsOf(x);
    const result = outsideRecording(() => this.model.inMode(false, () => this.forward(x)));
    const results = tensorsOf(result);
    try {
      for (const { shape } of results) checkResult(shape, given[0].shape[0]);
      return result;
    } catch (error) {
      for (const tensor of results) if (!given.includes(tensor)) tensor.dispose();
      throw error;
    }
  }

  /** Predicts batch by batch. [samples, ...] -> [samples, ...] */
  async predict(x: unknown, batchSize: number, options: EpochOptions): Promise<unknown> {
    const hasOneResult = x instanceof Tensor && this.planOf(x, batchSize).outputs.length === 1;
    return hasOneResult
      ? this.predictTensor(x, batchSize, options)
      : this.predictTree(x, batchSize, options);
  }

  /** Of several tensors, on the calling thread. */
  private async predictTree(
    x: unknown,
    batchSize: number,
    { signal }: EpochOptions,
  ): Promise<unknown> {
    const samples = this.rowsOf(x);
    const parts: unknown[] = [];
    try {
      for (let begin = 0; begin < samples; begin += batchSize) {
        const end = Math.min(begin + batchSize, samples);
        parts.push(outsideRecording(() => tidy(() => this.now(rowsBetween(x, begin, end)))));
        await setImmediate();
        signal?.throwIfAborted();
      }
      return joinTrees(parts);
    } finally {
      for (const tensor of parts.flatMap(tensorsOf)) tensor.dispose();
    }
  }

  private planOf(x: Tensor, batchSize: number): Entry {
    const [samples, ...row] = x.shape;
    return this.planFor(placeholder([Math.min(batchSize, samples), ...row], x.dtype));
  }

  /** On another thread. */
  private async predictTensor(
    x: Tensor,
    batchSize: number,
    options: EpochOptions,
  ): Promise<Tensor> {
    const [samples, ...row] = x.shape;
    const size = Math.min(batchSize, samples);
    const rest = samples % size;
    const planOf = (rows: number): Entry => this.planFor(placeholder([rows, ...row], x.dtype));
    const full = planOf(size);
    const other = rest > 0 ? planOf(rest) : undefined;
    const offsets = new Float64Array(Math.ceil(samples / size) + 1);
    for (let batch = 0; batch < offsets.length; batch++) {
      offsets[batch] = Math.min(batch * size, samples);
    }
    const { shape, dtype } = full.outputs[0];
    checkResult(shape, size);
    const result = outsideRecording(() => zeros([samples, ...shape.slice(1)], dtype));
    try {
      await runEpoch({ ...options, full, other, inputs: [x], offsets, result });
      return result;
    } catch (error) {
      result.dispose();
      throw error;
    }
  }

  /** Predicts each batch of a dataset. */
  async predictDataset(dataset: Dataset<unknown>, options: EpochOptions): Promise<unknown> {
    const parts: unknown[] = [];
    const iterator = dataset.iterateFrom(0);
    const { inputType } = this.model;
    const takesY = isPlainObject(inputType) && Object.hasOwn(inputType, "y");
    const next = (): Promise<IteratorResult<unknown>> =>
      unlessAborted(iterator.next(), options.signal);
    try {
      for (let element = await next(); element.done !== true; element = await next()) {
        const x = samplesOf(element.value, "predict", takesY);
        const [{ shape }] = tensorsOf(x);
        checkRows("predict", tensorsOf(x), "a batch");
        parts.push(await this.predict(x, Math.max(shape[0], 1), options));
      }
      return joinTrees(parts);
    } finally {
      await iterator.return?.();
      for (const tensor of parts.flatMap(tensorsOf)) tensor.dispose();
    }
  }

  private planFor(x: Tensor): Entry {
    const entry = outsideRecording(() => this.model.inMode(false, () => planFor(this.forward, x)));
    this.countWeights();
    return entry;
  }

  /** Once: before the first prediction if the weights are there. */
  private countWeights(): void {
    if (this.weightCount < 0 && this.model.isBuilt) this.weightCount = this.model.countParams();
  }

  /** Frees the plans. */
  dispose(): void {
    this.forward.dispose();
  }
}

/** Throws unless there is one result a sample. */
function checkResult(shape: Shape, samples: number): void {
  if (shape.length > 0 && shape[0] === samples) return;
  throw new RangeError(
    `predict: expected a model with one result a sample but ${samples} samples gave [${shape.join(", ")}]`,
  );
}

function tensorsOf(tree: unknown): Tensor[] {
  const tensors: Tensor[] = [];
  forEachLeaf(tree, (leaf) => {
    if (leaf instanceof Tensor) tensors.push(leaf);
  });
  return tensors;
}

function rowsBetween(x: unknown, begin: number, end: number): unknown {
  return mapLeaves(x, (leaf) => {
    const tensor = leaf as Tensor;
    const [, ...row] = tensor.shape;
    return slice(tensor, [begin, ...row.map(() => 0)], [end - begin, ...row]);
  });
}

/** A tree like the first, of the rows of all. */
function joinTrees(trees: readonly unknown[]): unknown {
  if (trees.length === 0) {
    throw new RangeError("predict: expected at least one batch but the dataset is empty");
  }
  const all = trees.map(tensorsOf);
  let next = 0;
  return mapLeaves(trees[0], () => {
    const place = next++;
    return join(all.map((tensors) => tensors[place]));
  });
}

/** The rows of all parts, one below the other. */
function join(parts: readonly Tensor[]): Tensor {
  const [{ dtype, shape }] = parts;
  const row = shape.slice(1);
  const size = parts.reduce((total, part) => total + part.size, 0);
  const data = typedArray(dtype, size);
  let next = 0;
  for (const part of parts) {
    if (part.dtype !== dtype || !sameShape(part.shape.slice(1), row)) {
      throw new RangeError(
        `predict: expected results of one form but received ${parts[0].describe()} and ${part.describe()}`,
      );
    }
    data.set(part.data(), next);
    next += part.size;
  }
  const rows = parts.reduce((total, part) => total + part.shape[0], 0);
  return outsideRecording(() => tensor(data, [rows, ...row]));
}
