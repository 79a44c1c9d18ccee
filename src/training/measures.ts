/** The metrics of a model, those of its outputs. */

import { targetsFor } from "../nn/losses/arguments";
import * as metrics from "../nn/metrics";
import type { Direction } from "../nn/metrics";
import { create } from "../nn/registry";
import { expandDims } from "../ops";
import { isPlainObject } from "../tensor/nest";
import { outsideRecording } from "../tensor/recorder";
import { Tensor, sameShape } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import type { Batch } from "./element";
import { type SavedState, savedState } from "./metric-state";
import {
  type Metric,
  type MetricLike,
  describedMetric,
  isLateName,
  lateMetric,
  metricOf,
} from "./names";
import { type Output, type OutputNames, byOutput, mapOptions } from "./outputs";

/** Metrics of a single output, or of each, in their order or by name. */
export type MetricsOption =
  | readonly MetricLike[]
  | readonly (readonly MetricLike[])[]
  | Readonly<Record<string, MetricLike | readonly MetricLike[]>>;

interface Measure {
  readonly output: Output;
  readonly name: string;
  /** As it was asked for: "accuracy". */
  readonly kind: string;
  readonly direction: Direction;
  readonly isWeighted: boolean;
  /** Null until shapes tell. */
  metric: Metric | null;
}

/** The state of a metric. */
export interface MeasureState {
  /** The class of a metric whose kind shapes told; null for others. */
  readonly late: string | null;
  /** Null for metrics that are no objects of the library's base class. */
  readonly state: SavedState | null;
}

export class Measures {
  private readonly all: readonly Measure[];

  /** @param taken names of logs that are taken */
  constructor(
    private readonly unweighted: unknown,
    private readonly weighted: unknown,
    outputs: OutputNames,
    taken: readonly string[],
  ) {
    const counts = new Map(taken.map((name) => [name, 1]));
    const made = [
      ...listOf(unweighted, outputs, "metrics").map((item) => ({ ...item, isWeighted: false })),
      ...listOf(weighted, outputs, "weightedMetrics").map((item) => ({
        ...item,
        isWeighted: true,
      })),
    ];
    this.all = made.map(({ output, given, isWeighted }) => {
      const { name, ...named } = metricOf(given);
      const plain = output.log(name);
      // As Keras calls a weighted metric beside the same one without weights.
      const isBeside = isWeighted && counts.has(plain);
      const log = isBeside ? output.log(`weighted${capitalized(name)}`) : plain;
      return { output, ...named, kind: name, isWeighted, name: distinct(log, counts) };
    });
  }

  /** The options of `compile`, in a form that has a configuration. */
  get described(): object {
    const described = (option: unknown, isWeighted: boolean): unknown => {
      if (option === undefined) return undefined;
      const list = this.all.filter((measure) => measure.isWeighted === isWeighted);
      let next = 0;
      return mapOptions(option, (given) =>
        describedMetric(given as MetricLike, list[next++].metric),
      );
    };
    const metrics = described(this.unweighted, false);
    const weightedMetrics = described(this.weighted, true);
    return weightedMetrics === undefined ? { metrics } : { metrics, weightedMetrics };
  }

  /** The metrics that are known so far. */
  get metrics(): Metric[] {
    return this.all.flatMap(({ metric }) => (metric === null ? [] : [metric]));
  }

  get directions(): [string, Direction][] {
    return this.all.map(({ name, direction }) => [name, direction]);
  }

  update({ y, sampleWeight }: Batch, outputs: unknown): void {
    for (const measure of this.all) {
      const { output, kind, isWeighted } = measure;
      const yPred = output.of(outputs, "what forward returns");
      const targets = targetsFor(output.of(y, "y"), yPred);
      const weights =
        sampleWeight instanceof Tensor || sampleWeight === null
          ? sampleWeight
          : output.of(sampleWeight, "sampleWeight");
      measure.metric ??= outsideRecording(() => lateMetric(kind, targets, yPred));
      const { metric } = measure;
      const pair = columns(metric, targets, yPred);
      if (isWeighted && weights !== null) metric.update(...pair, weights);
      else metric.update(...pair);
    }
  }

  /** What the results rest on. */
  states(): MeasureState[] {
    return this.all.map(({ kind, metric }) => {
      if (!(metric instanceof metrics.Metric)) return { late: null, state: null };
      return {
        late: isLateName(kind) ? metric.constructor.name : null,
        state: savedState(metric as metrics.Metric),
      };
    });
  }

  loadStates(states: readonly MeasureState[]): void {
    if (states.length !== this.all.length) {
      throw new Error(
        `expected ${states.length} metrics, as in the run that is resumed, but received ${this.all.length}`,
      );
    }
    states.forEach(({ late, state }, i) => {
      const measure = this.all[i];
      if (late !== null) measure.metric ??= create("metric", late) as Metric;
      const { metric } = measure;
      if (state === null || !(metric instanceof metrics.Metric)) return;
      metric.loadState(state);
    });
  }

  results(): [string, number][] {
    return this.all.map(({ name, metric }) => [name, metric?.result() ?? 0]);
  }

  reset(): void {
    for (const { metric } of this.all) metric?.reset();
  }
}

/** Predictions [n] of the library's metrics are a column, so that each is one of a sample. */
function columns(metric: Metric, yTrue: Tensor, yPred: Tensor): [Tensor, Tensor] {
  const isKnown =
    metric instanceof metrics.Metric && !(metric instanceof metrics.MeanMetricWrapper);
  const isFlat = isKnown && yPred.rank === 1 && sameShape(yTrue.shape, yPred.shape);
  return isFlat ? [expandDims(yTrue, -1), expandDims(yPred, -1)] : [yTrue, yPred];
}

function listOf(
  option: unknown,
  outputs: OutputNames,
  name: string,
): { output: Output; given: unknown }[] {
  const isForOne = (given: unknown): boolean => Array.isArray(given) && !given.some(Array.isArray);
  if (option === undefined || (isForOne(option) && (option as unknown[]).length === 0)) return [];
  if (!Array.isArray(option) && !isPlainObject(option)) {
    const found = describeValue(option);
    const hint = typeof option === "string" ? `; put it into brackets, [${found}]` : "";
    throw new TypeError(`compile: expected an array for ${name} but received ${found}${hint}`);
  }
  if (outputs !== null && isForOne(option)) {
    throw new TypeError(
      `compile: expected ${name} by output name for a model of several outputs, such as ` +
        `{ ${outputs[0]}: [...] }, but received an array`,
    );
  }
  const where = `compile: expected ${name}`;
  return byOutput(option, outputs, where, isForOne).flatMap(([output, given]) =>
    [given].flat().map((item: unknown) => ({ output, given: item })),
  );
}

function capitalized(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** Names of which the second "mse" becomes "mse2". */
function distinct(name: string, counts: Map<string, number>): string {
  const count = (counts.get(name) ?? 0) + 1;
  counts.set(name, count);
  return count === 1 ? name : `${name}${count}`;
}
