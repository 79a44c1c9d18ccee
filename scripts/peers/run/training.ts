/** Optimizers, schedules and metrics. */

import { type Tensor, Variable, tensor } from "nabla";
import { type Case, type Recorded, given } from "../case";
import { type Comparison, TOLERANCES, compare, largest } from "../compare";
import { argumentsOf, make } from "../library";

interface ScheduleCase extends Case {
  steps: number[];
  rates: number[];
}

/** `new optimizers.schedules.Name(options).at(step)` */
export function runSchedule(item: Case): Comparison[] {
  const { className, steps, rates } = item as ScheduleCase;
  const { options } = argumentsOf(item);
  const schedule = make("optimizers.schedules", className, [], options) as {
    at(step: number): number;
  };
  return steps.map((step, i) => {
    const expected: Recorded = { shape: [], dtype: "float64", data: [rates[i]] };
    return compare(`step ${step}`, schedule.at(step), expected, TOLERANCES.float32);
  });
}

interface OptimizerCase extends Case {
  weights: Recorded[];
  /** The gradients of each step. */
  steps: Recorded[][];
  /** The weights after some of the steps. */
  after: Record<string, Recorded[]>;
}

interface AnyOptimizer {
  applyGradients(gradients: Tensor[], weights: Variable[]): void;
}

/**
 * `new optimizers.Name(rate, options)`, step by step. Also in float64 no closer than in float32: Keras
 * rounds betas and the like to float32 on their way to float64.
 */
export function runOptimizer(item: Case): Comparison[] {
  const { className, dtype, weights, steps, after } = item as OptimizerCase;
  const { args, options } = argumentsOf(item);
  const optimizer = make("optimizers", className, args, options) as AnyOptimizer;
  const variables = weights.map(
    ({ data, shape }, i) => new Variable(tensor(data, shape, dtype), { name: `weight${i}` }),
  );
  return steps.flatMap((gradients, i) => {
    optimizer.applyGradients(
      gradients.map((gradient) => given(gradient, dtype)),
      variables,
    );
    const expected = after[String(i + 1)] as Recorded[] | undefined;
    if (expected === undefined) return [];
    return expected.map((value, w) => {
      const scale = changeScale(weights[w].data, value.data);
      const what = `weight ${w} after ${i + 1}`;
      return compare(what, variables[w], value, TOLERANCES.float32, scale);
    });
  });
}

/** The largest change of a weight since the start, so that small steps are not lost in it. */
function changeScale(before: number[], after: number[]): number {
  const change = after.map((value, i) => value - before[i]);
  return Math.max(largest(change), 0.01 * largest(after));
}

interface MetricCase extends Case {
  batches: { inputs: Recorded[]; sampleWeight?: Recorded }[];
  /** After each batch. */
  results: Recorded[];
}

interface AnyMetric {
  update(...inputs: Tensor[]): void;
  result(): Tensor | number | number[];
}

/** `new metrics.Name(...args, options)`, batch by batch: `update(yTrue, yPred, sampleWeight)`. */
export function runMetric(item: Case): Comparison[] {
  const { className, batches, results, dtype } = item as MetricCase;
  const { args, options } = argumentsOf(item);
  const metric = make("metrics", className, args, options) as AnyMetric;
  return batches.flatMap(({ inputs, sampleWeight }, i) => {
    const list = sampleWeight ? [...inputs, sampleWeight] : inputs;
    metric.update(...list.map((input) => given(input, dtype)));
    // Keras keeps metrics in float32, whatever the dtype of the model.
    return compare(`result ${i}`, metric.result(), results[i], TOLERANCES.float32);
  });
}
