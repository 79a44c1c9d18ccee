/** What names, objects and functions in `compile` stand for. Keras' spelling is understood as well. */

import { Loss, type LossFunction } from "../nn/losses";
import type * as losses from "../nn/losses";
import { FunctionLoss, lossFrom } from "../nn/losses/loss-class";
import * as metrics from "../nn/metrics";
import { type Spelling, create, namesOf } from "../nn/registry";
import { Optimizer } from "../optimizers";
import type * as optimizers from "../optimizers";
import { camelCase, didYouMean, objectName } from "../tensor/spelling";
import { Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";

/** What `fit` and `evaluate` measure: objects of `metrics`, but for `Mean` and `Sum`, are so. */
export interface Metric {
  /** Counts a batch. @param sampleWeight a weight for each sample, [samples] */
  update(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): void;
  /** What the samples since the last `reset` come to. */
  result(): number;
  /** Forgets all samples. */
  reset(): void;
  /** Whether a greater result is better ("max"), or a lesser one ("min"). */
  readonly direction?: metrics.Direction;
}

/** "adam", "rmsprop", ...: an optimizer of `optimizers` with its defaults. */
export type OptimizerName = Lowercase<Exclude<keyof typeof optimizers, "Optimizer" | "schedules">>;

/** An optimizer, or its name. */
export type OptimizerLike = Optimizer | OptimizerName;

/** "huber", "mean_squared_error", "mse", ...: a loss of `losses` with its defaults. */
export type LossName = Spelling<Exclude<Uncapitalize<keyof typeof losses>, "loss">>;

/** A loss by name or as an object, or a function that gives one loss a sample. */
export type LossLike = Loss<object> | LossFunction | LossName;

type MetricClass = Exclude<
  keyof typeof metrics,
  "Mean" | "Sum" | "Metric" | "MeanMetric" | "MeanMetricWrapper" | "classificationReport"
>;

/** "auc", "binary_accuracy", ...: a metric of `metrics` with its defaults. */
export type MetricName = Spelling<Uncapitalize<MetricClass>> | Lowercase<MetricClass>;

/**
 * A metric by name or as an object, a loss whose mean is taken, or a function that gives one value a
 * sample.
 */
export type MetricLike =
  | Metric
  | metrics.Metric<metrics.MetricResult, object>
  | Loss<object>
  | LossFunction
  | LossName
  | MetricName
  | "accuracy"
  | "acc"
  | "crossentropy"
  | "ce";

export function optimizerOf(optimizer: unknown): Optimizer {
  if (optimizer instanceof Optimizer) return optimizer;
  const made = typeof optimizer === "string" ? create("optimizer", optimizer) : madeOf(optimizer);
  if (made instanceof Optimizer) return made;
  const names = namesOf("optimizer").map((name) => name.toLowerCase());
  throw new TypeError(
    `compile: expected an optimizer or one of ${names.join(", ")} for optimizer but received ` +
      describeValue(optimizer) +
      didYouMean(optimizer, names),
  );
}

/** An optimizer of a class, with its defaults. */
function madeOf(given: unknown): Optimizer | undefined {
  const isOptimizer = typeof given === "function" && given.prototype instanceof Optimizer;
  return isOptimizer ? new (given as new () => Optimizer)() : undefined;
}

export function lossOf(loss: unknown, where = "compile"): Loss {
  const found = lossFrom(loss);
  if (found !== undefined) return found;
  const names = namesIn("loss");
  throw new TypeError(
    `${where}: expected a loss, a function or one of ${names.join(", ")} for loss ` +
      `but received ${describeValue(loss)}${didYouMean(loss, names)}`,
  );
}

/** Classes that names alone do not make. */
const NAMELESS: readonly string[] = ["FunctionLoss", "MeanMetricWrapper"];

/** The names of a kind as `compile` takes them: "meanSquaredError". */
function namesIn(kind: string): string[] {
  const names = namesOf(kind).filter((name) => !NAMELESS.includes(name));
  return names.map(objectName);
}

/** A metric under the name that logs and the history give it. */
export interface NamedMetric {
  readonly name: string;
  readonly direction: metrics.Direction;
  /** Null for "accuracy" and "crossentropy", whose kind shapes tell. */
  readonly metric: Metric | null;
}

/** Names whose kind shapes tell. */
const LATE: Readonly<Record<string, "Accuracy" | "Crossentropy">> = {
  accuracy: "Accuracy",
  acc: "Accuracy",
  crossentropy: "Crossentropy",
  ce: "Crossentropy",
};

/** Whether the kind of a metric of that name follows from shapes. */
export function isLateName(name: string): boolean {
  return Object.hasOwn(LATE, name);
}

export function metricOf(given: unknown): NamedMetric {
  if (typeof given === "string" && Object.hasOwn(LATE, given)) {
    return { name: given, direction: LATE[given] === "Accuracy" ? "max" : "min", metric: null };
  }
  const metric = metricFrom(given);
  if (metric === undefined) throw unknownMetric(given);
  const name = typeof given === "string" ? camelCase(given) : nameOf(metric);
  checkResult(metric, name);
  return { name, direction: metric.direction ?? null, metric };
}

function metricFrom(given: unknown): Metric | undefined {
  if (typeof given === "string") {
    const named = create("metric", given) as Metric | undefined;
    const isMeasured = named !== undefined && isMetric(named);
    return isMeasured ? named : wrapped(create("loss", given), camelCase(given));
  }
  if (typeof given !== "function") return isMetric(given) ? given : wrapped(given);
  if (given.prototype instanceof metrics.Metric) return new (given as new () => Metric)();
  if (/^class\b/.test(Function.prototype.toString.call(given))) return undefined;
  return wrapped(lossFrom(given), given.name || "metric");
}

/** A loss as a metric, its mean over samples. */
function wrapped(loss: unknown, name = ""): Metric | undefined {
  if (!(loss instanceof Loss)) return undefined;
  const direction = loss.isKnown ? "min" : null;
  const fn: LossFunction = (yTrue, yPred) => loss.perSample(yTrue, yPred);
  return new metrics.MeanMetricWrapper(fn, { name: name || nameOf(loss), direction });
}

/**
 * What stands for a metric in the configuration of a model: a name, an object with a configuration, or
 * `{ function }`.
 * @param made of what was given
 */
export function describedMetric(given: MetricLike, made: Metric | null): unknown {
  if (typeof given !== "function") return given;
  if ((given as { prototype?: unknown }).prototype instanceof metrics.Metric) return made;
  const loss = lossFrom(given);
  return loss instanceof FunctionLoss ? { function: given } : loss;
}

function isMetric(value: unknown): value is Metric {
  if (typeof value !== "object" || value === null) return false;
  if (value instanceof metrics.Mean || value instanceof metrics.Sum) return false;
  return ["update", "result", "reset"].every(
    (method) => typeof (value as Record<string, unknown>)[method] === "function",
  );
}

function nameOf(object: object): string {
  const { name } = object as { name?: unknown };
  if (typeof name === "string" && name !== "") return name;
  return objectName(object.constructor.name) || "metric";
}

/** Throws on a metric with several results: logs hold numbers. */
function checkResult(metric: Metric, name: string): void {
  if (!(metric instanceof metrics.Metric)) return;
  const result: unknown = metric.result();
  if (typeof result === "number") return;
  const found = Array.isArray(result)
    ? "several; choose an average, or one threshold, or update it in a callback"
    : `${describeValue(result)}${result instanceof Tensor ? "; read its number by item()" : ""}`;
  throw new TypeError(
    `compile: expected metrics with one number as result but ${name} gives ${found}`,
  );
}

function unknownMetric(metric: unknown): Error {
  const all = ["accuracy", "crossentropy", ...namesIn("metric"), ...namesIn("loss")];
  const names = [...new Set(all)];
  return new TypeError(
    "compile: expected metrics with update(yTrue, yPred), result() and reset(), functions, or names " +
      `among ${names.join(", ")} for metrics but received ${describeValue(metric)}${didYouMean(metric, names)}`,
  );
}

/** Keras' choice of an accuracy or a cross-entropy, by the shapes of targets and of predictions. */
export function lateMetric(name: string, yTrue: Tensor, yPred: Tensor): Metric {
  const kind = LATE[name];
  if (yPred.shape.at(-1) === 1 || yPred.rank < 2) return new metrics[`Binary${kind}`]();
  const areLabels = yTrue.rank < yPred.rank || yTrue.shape.at(-1) === 1;
  return areLabels
    ? new metrics[`SparseCategorical${kind}`]()
    : new metrics[`Categorical${kind}`]();
}
