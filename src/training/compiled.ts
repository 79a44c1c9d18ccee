/** What `compile` makes of its options: the steps of training and evaluation. */

import type { Logs } from "./callbacks";
import { isFloat } from "../tensor/dtype";
import { type Loss, sparseCategoricalCrossentropy } from "../nn/losses";
import { Mean } from "../nn/metrics";
import { tidy } from "../tensor/memory";
import type { Module } from "../nn/module";
import { cast, mean, mul, ones, reshape } from "../ops";
import type { Optimizer } from "../optimizers";
import { checkOptions } from "../tensor/options";
import { outsideRecording } from "../tensor/recorder";
import { GradientTape } from "../autograd/tape";
import { Tensor, sameShape } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import type { Variable } from "../tensor/variable";
import {
  type LossLike,
  type Metric,
  type MetricLike,
  type OptimizerLike,
  accuracyFor,
  lossOf,
  metricOf,
  optimizerOf,
} from "./names";

export interface CompileOptions {
  /** An optimizer, or "sgd" or "adam" with their defaults. */
  optimizer: OptimizerLike;
  /**
   * A loss of one value a sample, by name or as a function of yTrue and yPred. Training follows the
   * gradient of its mean over the batch.
   */
  loss: LossLike;
  /**
   * What is measured besides: "accuracy" (binary, categorical or sparse, as the shapes tell), other
   * names, objects of `metrics`, or functions whose mean over the samples is taken.
   */
  metrics?: readonly MetricLike[];
}

/** A module with one tensor as argument and result. */
export type Network = Module & { forward(x: Tensor): Tensor };

export class Compiled {
  readonly optimizer: Optimizer;
  private readonly loss: Loss;
  private readonly meanLoss = new Mean();
  private readonly names: readonly string[];
  private readonly metrics: (Metric | null)[];

  constructor(
    private readonly model: Network,
    options: CompileOptions,
  ) {
    checkOptions(options, ["optimizer", "loss", "metrics"], "compile");
    const { metrics = [] } = options;
    if (!Array.isArray(metrics)) {
      throw new TypeError(
        `compile: expected an array for metrics but received ${describeValue(metrics)}`,
      );
    }
    this.optimizer = optimizerOf(options.optimizer);
    this.loss = lossOf(options.loss);
    const named = metrics.map(metricOf);
    this.names = distinct(named.map(({ name }) => name));
    this.metrics = named.map(({ metric }) => metric);
  }

  /** True if targets are labels, whole numbers. */
  get takesLabels(): boolean {
    return this.loss === sparseCategoricalCrossentropy;
  }

  /** Throws if a label of these rows is none, once the model has run and so knows its classes. */
  readonly checkLabels = ([, y]: readonly Tensor[], rows: Iterable<number>): void => {
    const classes = this.model.resultShape?.at(-1);
    if (!this.takesLabels || classes === undefined) return;
    const labels = y.data();
    const perRow = labels.length / y.shape[0];
    for (const row of rows) {
      for (let i = row * perRow; i < (row + 1) * perRow; i++) {
        if (labels[i] >= 0 && labels[i] < classes) continue;
        throw new RangeError(
          `expected labels in [0, ${classes}), the classes that the model predicts, but y has ` +
            `${labels[i]} at position ${i}`,
        );
      }
    }
  };

  /** No finite number any more once a loss was none. */
  get lossTotal(): Variable {
    return this.meanLoss.state().total;
  }

  /** One update of the weights by the gradient of the batch's mean loss. */
  readonly trainStep = (x: Tensor, y: Tensor): void => {
    const tape = new GradientTape();
    const { losses, target, yTrue, yPred } = tape.record(() => {
      const yPred = this.model.forward(x);
      const { losses, yTrue } = this.lossesOf(y, yPred);
      return { losses, target: mean(losses), yTrue, yPred };
    });
    const weights = this.model.trainableWeights;
    this.optimizer.applyGradients(tape.gradient(target, weights), weights);
    this.measure(losses, yTrue, yPred);
  };

  /** Measures alone. */
  readonly testStep = (x: Tensor, y: Tensor): void => {
    const yPred = this.model.forward(x);
    const { losses, yTrue } = this.lossesOf(y, yPred);
    this.measure(losses, yTrue, yPred);
  };

  /** The results since the last `reset`, means over samples. */
  results(): Logs {
    const logs: Logs = { loss: this.meanLoss.result() };
    this.names.forEach((name, i) => (logs[name] = this.metrics[i]?.result() ?? 0));
    return logs;
  }

  reset(): void {
    tidy(() => {
      this.meanLoss.reset();
      for (const metric of this.metrics) metric?.reset();
    });
  }

  private lossesOf(y: Tensor, yPred: Tensor): { losses: Tensor; yTrue: Tensor } {
    if (!(yPred instanceof Tensor)) {
      throw new TypeError("expected a model whose forward returns one tensor");
    }
    const yTrue = this.alignTargets(y, yPred);
    return { losses: this.loss(yTrue, yPred), yTrue };
  }

  /**
   * Targets as the loss takes them. As in Keras a last axis of 1 may be there or not, and integers
   * serve as numbers.
   */
  private alignTargets(y: Tensor, yPred: Tensor): Tensor {
    if (this.takesLabels) {
      const isColumn = y.rank > 0 && y.rank === yPred.rank && y.shape[y.rank - 1] === 1;
      return isColumn ? reshape(y, y.shape.slice(0, -1)) : y;
    }
    const lacksAxis = sameShape([...y.shape, 1], yPred.shape);
    const yTrue = lacksAxis ? reshape(y, yPred.shape) : y;
    return isFloat(yTrue.dtype) || yTrue.rank !== yPred.rank ? yTrue : cast(yTrue, yPred.dtype);
  }

  private measure(losses: Tensor, yTrue: Tensor, yPred: Tensor): void {
    // A loss that is a mean already counts for all of its samples.
    const weighted = losses.rank === 0 ? mul(losses, ones([yPred.shape[0]], losses.dtype)) : losses;
    this.meanLoss.update(weighted);
    this.metrics.forEach((metric, i) => {
      const known = metric ?? outsideRecording(() => accuracyFor(yTrue, yPred));
      this.metrics[i] = known;
      known.update(yTrue, yPred);
    });
  }
}

/** Names of which the second "mse" becomes "mse2". */
function distinct(names: readonly string[]): string[] {
  const counts = new Map<string, number>([["loss", 1]]);
  return names.map((name) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count === 1 ? name : `${name}${count}`;
  });
}
