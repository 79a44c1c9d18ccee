/** Prediction: forward passes over many samples, gathered in one tensor. */

import { Dataset } from "../data/dataset";
import { type Entry, type JitFunction, jit, planFor } from "../capture/jit";
import { typedArray } from "../tensor/dtype";
import { zeros } from "../ops";
import { outsideRecording } from "../tensor/recorder";
import { type Shape, Tensor, sameShape, tensor } from "../tensor/tensor";
import type { Network } from "./compiled";
import { checkRows, samplesOf } from "./batches";
import { type EpochOptions, runEpoch } from "./epoch";
import { placeholder } from "./pass";

/** Multiplications below which a prediction takes less time than to hand it to another thread. */
const TINY = 2 ** 18;

export class Predictor {
  private readonly forward: JitFunction<[Tensor], Tensor>;
  private weightCount = -1;

  constructor(private readonly model: Network) {
    this.forward = jit((x: Tensor) => {
      const y: unknown = model.forward(x);
      if (y instanceof Tensor) return y;
      throw new TypeError("predict: expected a model whose forward returns one tensor");
    });
  }

  /** True if the samples are one batch, and so few that they are best predicted at once. */
  isTiny(x: Tensor, batchSize: number): boolean {
    if (this.weightCount < 0 || x.rank === 0) return false;
    const samples = x.shape[0];
    if (samples === 0 || samples > batchSize) return false;
    return samples * this.weightCount < TINY && x.size < TINY;
  }

  /** Predicts on the calling thread. */
  now(x: Tensor): Tensor {
    const result = outsideRecording(() => this.model.inMode(false, () => this.forward(x)));
    try {
      checkResult(result.shape, x.shape[0]);
      return result;
    } catch (error) {
      if (result !== x) result.dispose();
      throw error;
    }
  }

  /** Predicts batch by batch on another thread. [samples, ...] -> [samples, ...] */
  async predict(x: Tensor, batchSize: number, options: EpochOptions): Promise<Tensor> {
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
  async predictDataset(dataset: Dataset<unknown>, options: EpochOptions): Promise<Tensor> {
    const parts: Tensor[] = [];
    try {
      for (const element of dataset) {
        const [x] = samplesOf(element, "predict");
        checkRows("predict", [x], "a batch");
        parts.push(await this.predict(x, Math.max(x.shape[0], 1), options));
      }
      return join(parts);
    } finally {
      for (const part of parts) part.dispose();
    }
  }

  private planFor(x: Tensor): Entry {
    const entry = outsideRecording(() => this.model.inMode(false, () => planFor(this.forward, x)));
    if (this.weightCount < 0) this.weightCount = this.model.countParams();
    return entry;
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

/** The rows of all parts, one below the other. */
function join(parts: readonly Tensor[]): Tensor {
  if (parts.length === 0) {
    throw new RangeError("predict: expected at least one batch but the dataset is empty");
  }
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
