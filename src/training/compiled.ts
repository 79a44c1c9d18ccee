/** What `compile` makes of its options: the steps of training and evaluation. */

import type { Logs } from "./callbacks";
import type { Loss } from "../nn/losses";
import { targetsFor } from "../nn/losses/arguments";
import { type Direction, Mean, Metric as BaseMetric } from "../nn/metrics";
import { create } from "../nn/registry";
import type { TensorJSON } from "../tensor/tensor-json";
import { tidy } from "../tensor/memory";
import type { Layer } from "../nn/layer";
import { add, cast, mul, ones, sum } from "../ops";
import type { Optimizer } from "../optimizers";
import { checkOptions } from "../tensor/options";
import { outsideRecording } from "../tensor/recorder";
import { GradientTape } from "../autograd/tape";
import { Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import type { Variable } from "../tensor/variable";
import { noteUnreached } from "./unreached";
import {
  type LossLike,
  type Metric,
  type MetricLike,
  type OptimizerLike,
  describedMetric,
  isLateName,
  lateMetric,
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

/** A layer with one tensor as argument and result. */
export type Network = Layer & { forward(x: Tensor): Tensor };

export class Compiled {
  readonly optimizer: Optimizer;
  private readonly loss: Loss;
  private readonly meanLoss = new Mean();
  private readonly names: readonly string[];
  /** As they were asked for: "accuracy". */
  private readonly kinds: readonly string[];
  private readonly directionList: readonly Direction[];
  private readonly metrics: (Metric | null)[];
  private readonly given: CompileOptions;

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
    this.given = { ...options };
    this.optimizer = optimizerOf(options.optimizer);
    this.loss = lossOf(options.loss);
    const named = metrics.map(metricOf);
    this.kinds = named.map(({ name }) => name);
    this.names = distinct(this.kinds);
    this.directionList = named.map(({ direction }) => direction);
    this.metrics = named.map(({ metric }) => metric);
  }

  /** @internal The options of `compile` in a form that has a configuration. */
  get description(): object {
    const { given, optimizer, loss, metrics } = this;
    const described = given.metrics?.map((metric, i) => describedMetric(metric, metrics[i]));
    return { ...given, optimizer, loss, metrics: described };
  }

  /** True if targets are labels, whole numbers. */
  get takesLabels(): boolean {
    return this.loss.takesLabels;
  }

  /** Whether more of what `results` has is better, by name. */
  get directions(): Record<string, Direction> {
    const entries = this.names.map((name, i): [string, Direction] => [name, this.directionList[i]]);
    return { loss: "min", ...Object.fromEntries(entries) };
  }

  /** Throws if a label of these rows is none, once the loss was captured and so knows the classes. */
  readonly checkLabels = ([, y]: readonly Tensor[], rows: Iterable<number>): void => {
    const use = this.loss.labelUse;
    if (use === null) return;
    const labels = y.data();
    const perRow = labels.length / y.shape[0];
    for (const row of rows) {
      for (let i = row * perRow; i < (row + 1) * perRow; i++) {
        const label = labels[i];
        const isClass = label >= 0 && label < use.classes && Number.isInteger(label);
        if (isClass || label === use.ignored) continue;
        throw new RangeError(
          `expected labels in [0, ${use.classes}), the classes that the model predicts, but y has ` +
            `${label} at position ${i}`,
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
    const { loss, losses, yPred } = tape.record(() => this.lossOf(x, y));
    const weights = this.model.trainableWeights;
    const gradients = tape.gradientOrNull(loss, weights);
    const isReached = (_: unknown, i: number): boolean => gradients[i] !== null;
    const reached = weights.filter(isReached);
    noteUnreached(this.model, weights, reached);
    this.optimizer.applyGradients(
      gradients.filter((gradient) => gradient !== null),
      reached,
    );
    this.measure(loss, losses, y, yPred);
  };

  /** Measures alone. */
  readonly testStep = (x: Tensor, y: Tensor): void => {
    const { loss, losses, yPred } = this.lossOf(x, y);
    this.measure(loss, losses, y, yPred);
  };

  /** @internal What the results rest on, for the loss and for each metric. */
  metricStates(): MetricStates {
    return {
      loss: stateOf(this.meanLoss),
      metrics: this.metrics.map((metric, i) =>
        metric instanceof BaseMetric
          ? { late: this.lateClass(i), state: stateOf(metric) }
          : { late: null, state: null },
      ),
    };
  }

  /** @internal */
  loadMetricStates({ loss, metrics }: MetricStates): void {
    if (metrics.length !== this.metrics.length) {
      throw new Error(
        `expected ${metrics.length} metrics, as in the run that is resumed, but received ${this.metrics.length}`,
      );
    }
    this.meanLoss.loadState(loss);
    metrics.forEach(({ late, state }, i) => {
      if (late !== null) this.metrics[i] ??= create("metric", late) as Metric;
      const metric = this.metrics[i];
      if (state !== null && metric instanceof BaseMetric) metric.loadState(state);
    });
  }

  /** The class of a metric whose kind shapes told. */
  private lateClass(i: number): string | null {
    const metric = this.metrics[i];
    return isLateName(this.kinds[i]) && metric !== null ? metric.constructor.name : null;
  }

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

  private lossOf(x: Tensor, y: Tensor): ReturnType<Loss["measured"]> & { yPred: Tensor } {
    const yPred = this.model.forward(x);
    if (!(yPred instanceof Tensor)) {
      throw new TypeError("expected a model whose forward returns one tensor");
    }
    const measured = this.loss.measured(y, yPred, null);
    const penalties = this.model.losses;
    if (penalties.length === 0) return { ...measured, yPred };
    const { dtype } = measured.loss;
    const loss = penalties.reduce(
      (total, each) => add(total, cast(sum(each), dtype)),
      measured.loss,
    );
    return { loss, losses: null, yPred };
  }

  /** @param losses what was averaged to the loss; null if it was no plain mean */
  private measure(loss: Tensor, losses: Tensor | null, y: Tensor, yPred: Tensor): void {
    const values = losses ?? loss;
    // A loss that is one number counts for all samples of the batch.
    const weighted = values.rank === 0 ? mul(values, ones([yPred.shape[0]], values.dtype)) : values;
    this.meanLoss.update(weighted);
    const targets = targetsFor(y, yPred);
    this.metrics.forEach((metric, i) => {
      const known = metric ?? outsideRecording(() => lateMetric(this.kinds[i], targets, yPred));
      this.metrics[i] = known;
      known.update(targets, yPred);
    });
  }
}

/** The states of metrics as plain values. */
export interface MetricStates {
  readonly loss: Record<string, TensorJSON>;
  readonly metrics: readonly {
    /** The class of a metric whose kind shapes told; null for others. */
    readonly late: string | null;
    /** Null for metrics that are no objects of the library's base class. */
    readonly state: Record<string, TensorJSON> | null;
  }[];
}

function stateOf(metric: Pick<Mean, "state">): Record<string, TensorJSON> {
  return Object.fromEntries(
    Object.entries(metric.state()).map(([name, variable]) => [name, variable.toJSON()]),
  );
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
