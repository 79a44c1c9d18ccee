/** What names in `compile` stand for. Keras' spelling with underscores is understood as well. */

import * as losses from "../nn/losses";
import type { Loss } from "../nn/losses";
import * as metrics from "../nn/metrics";
import { create, namesOf } from "../nn/registry";
import { Optimizer } from "../optimizers";
import type * as optimizers from "../optimizers";
import type { Tensor } from "../tensor/tensor";
import { type Underscored, camelCase } from "../tensor/spelling";
import { describeValue } from "../tensor/values";

/** What `fit` and `evaluate` measure. Those of `metrics` are, but for `Mean`. */
export interface Metric {
  update(yTrue: Tensor, yPred: Tensor): void;
  result(): number;
  reset(): void;
}

/** "adam", "rmsprop", ...: an optimizer of `optimizers` with its defaults. */
export type OptimizerName = Lowercase<Exclude<keyof typeof optimizers, "Optimizer" | "schedules">>;

export type OptimizerLike = Optimizer | OptimizerName;
export type LossLike = Loss | LossName;
export type MetricLike = Metric | Loss | LossName | MetricName | "accuracy";

const LOSSES = { ...losses } satisfies Record<string, Loss>;

const METRICS = {
  sparseCategoricalAccuracy: () => new metrics.SparseCategoricalAccuracy(),
  categoricalAccuracy: () => new metrics.CategoricalAccuracy(),
  binaryAccuracy: () => new metrics.BinaryAccuracy(),
};

export type LossName = keyof typeof LOSSES | Underscored<keyof typeof LOSSES>;
export type MetricName = keyof typeof METRICS | Underscored<keyof typeof METRICS>;

function lookUp<T>(table: Record<string, T>, name: string): T | undefined {
  const key = camelCase(name);
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

export function optimizerOf(optimizer: unknown): Optimizer {
  if (optimizer instanceof Optimizer) return optimizer;
  const made = typeof optimizer === "string" ? create("optimizer", optimizer) : undefined;
  if (made instanceof Optimizer) return made;
  const names = namesOf("optimizer").map((name) => name.toLowerCase());
  throw new TypeError(
    `compile: expected an optimizer or one of ${names.join(", ")} for optimizer but received ` +
      describeValue(optimizer),
  );
}

export function lossOf(loss: unknown, where = "compile"): Loss {
  const named = typeof loss === "string" ? lookUp<Loss>(LOSSES, loss) : loss;
  if (typeof named === "function") return named as Loss;
  throw new TypeError(
    `${where}: expected a function or one of ${Object.keys(LOSSES).join(", ")} for loss ` +
      `but received ${describeValue(loss)}`,
  );
}

/** A metric under the name that logs and the history give it. */
export interface NamedMetric {
  readonly name: string;
  /** Null for "accuracy", whose kind shapes tell. */
  readonly metric: Metric | null;
}

export function metricOf(metric: unknown): NamedMetric {
  if (typeof metric === "string") return metricOfName(metric);
  if (typeof metric === "function" && !isClass(metric)) {
    const loss = metric as Loss;
    return { name: loss.name || "metric", metric: new MeanOf(loss) };
  }
  if (isMetric(metric)) {
    const { name } = metric.constructor;
    return { name: name.charAt(0).toLowerCase() + name.slice(1) || "metric", metric };
  }
  throw unknownMetric(metric);
}

function metricOfName(metric: string): NamedMetric {
  const name = camelCase(metric);
  if (name === "accuracy" || name === "acc") return { name, metric: null };
  const create = lookUp<() => Metric>(METRICS, name);
  if (create !== undefined) return { name, metric: create() };
  const loss = lookUp<Loss>(LOSSES, name);
  if (loss !== undefined) return { name, metric: new MeanOf(loss) };
  throw unknownMetric(metric);
}

function unknownMetric(metric: unknown): Error {
  const names = ["accuracy", ...Object.keys(METRICS), ...Object.keys(LOSSES)];
  return new TypeError(
    "compile: expected metrics with update(yTrue, yPred), result() and reset(), functions, or names " +
      `among ${names.join(", ")} for metrics but received ${describeValue(metric)}`,
  );
}

function isClass(value: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}

function isMetric(value: unknown): value is Metric {
  if (typeof value !== "object" || value === null || value instanceof metrics.Mean) return false;
  return ["update", "result", "reset"].every(
    (method) => typeof (value as Record<string, unknown>)[method] === "function",
  );
}

/** The mean over samples of a function such as a loss. */
class MeanOf implements Metric {
  private readonly mean = new metrics.Mean();

  constructor(private readonly loss: Loss) {}

  update(yTrue: Tensor, yPred: Tensor): void {
    this.mean.update(this.loss(yTrue, yPred));
  }

  result(): number {
    return this.mean.result();
  }

  reset(): void {
    this.mean.reset();
  }
}

/** Keras' choice of an accuracy, by the shapes [..., classes] of predictions and those of targets. */
export function accuracyFor(yTrue: Tensor, yPred: Tensor): Metric {
  const classes = yPred.shape.at(-1);
  if (yTrue.rank < yPred.rank) return new metrics.SparseCategoricalAccuracy();
  return classes === 1 ? new metrics.BinaryAccuracy() : new metrics.CategoricalAccuracy();
}
