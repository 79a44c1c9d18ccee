/** Counts of right and wrong predictions at thresholds, from which many metrics follow. */

import {
  add,
  clipByValue,
  floor,
  greater,
  maximum,
  mul,
  neg,
  notEqual,
  where,
} from "../../ops/arithmetic";
import { range } from "../../ops/creation";
import { oneHot, scatterAdd } from "../../ops/indexing";
import { argMax } from "../../ops/reduce";
import { broadcastTo, cast, expandDims, fill, reshape, slice, sum } from "../../ops/shape";
import { assignAdd } from "../../ops/update";
import type { OptionKinds } from "../../tensor/option-kinds";
import { Tensor, tensor } from "../../tensor/tensor";
import { alike } from "../losses/arguments";
import { alignedWeights } from "../sample-weights";
import { Metric, type MetricResult } from "./metric";

/** Numbers of samples at one threshold, by weight. */
export interface Counts {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly trueNegatives: number;
  readonly falseNegatives: number;
}

export interface Thresholds {
  /** In ascending order, or a single one. */
  readonly values: readonly number[];
  /**
   * Whether they are i / (n - 1): then places among them are computed, and predictions are kept within
   * [0, 1] first, as in Keras.
   */
  readonly isEven: boolean;
  /** Whether the first lies below all predictions. */
  readonly hasFloor?: boolean;
}

/** What becomes of targets and predictions before they are counted. */
export interface Selection {
  /** The k greatest predictions of a sample alone count as positive. */
  readonly topK?: number | null;
  /** The class, on the last axis, that alone counts. */
  readonly classId?: number | null;
  /** A weight for each index of the last axis. */
  readonly labelWeights?: readonly number[] | null;
}

/**
 * Keeps, for targets that are 0 and for the others, how many predictions exceed so many of the
 * thresholds. A prediction is positive if it exceeds a threshold.
 */
export abstract class ThresholdMetric<R extends MetricResult, O extends object> extends Metric<
  R,
  O
> {
  /** @param thresholds what predictions are compared with, least first */
  constructor(
    protected readonly thresholds: Thresholds,
    options: object,
    own: OptionKinds,
    positional: object = {},
  ) {
    super(options, own, positional);
  }

  protected override lateVariables(): readonly string[] {
    return ["positives", "negatives"];
  }

  /** Makes the state for so many labels that are counted apart. */
  protected makeState(labels: number): void {
    const shape = [this.thresholds.values.length + 1, labels];
    this.addVariable("positives", shape);
    this.addVariable("negatives", shape);
  }

  /**
   * Counts a batch.
   * @param apart whether each index of the last of two axes is counted apart
   */
  protected count(
    yTrue: Tensor,
    yPred: Tensor,
    sampleWeight: Tensor | null,
    selection: Selection = {},
    apart = false,
  ): void {
    const [truth, given] = this.#selected(yTrue, yPred, selection);
    const labels = apart ? given.shape.at(-1)! : 1;
    this.makeState(labels);
    const size = this.thresholds.values.length + 1;
    const weights = this.#weights(given, sampleWeight, selection.labelWeights ?? null);
    const places = this.#places(given);
    const at = labels === 1 ? places : add(mul(places, labels), this.#labelsOf(given, labels));
    const isPositive = reshape(notEqual(truth, 0), [-1]);
    for (const [name, of] of [
      ["positives", where(isPositive, weights, 0)],
      ["negatives", where(isPositive, 0, weights)],
    ] as const) {
      const counted = scatterAdd(of, at, size * labels);
      assignAdd(this.addVariable(name, [size, labels]), reshape(counted, [size, labels]));
    }
  }

  #selected(yTrue: Tensor, yPred: Tensor, { topK, classId }: Selection): [Tensor, Tensor] {
    const metric = this.constructor.name;
    let [truth, given] = alike(yTrue, yPred, metric);
    if (topK) given = onlyGreatest(given, topK, metric);
    if (classId === null || classId === undefined) return [truth, given];
    if (given.rank < 2 || classId >= given.shape.at(-1)!) {
      throw new RangeError(
        `${metric}: expected predictions [samples, classes] with the class ${classId} but received ${yPred.describe()}`,
      );
    }
    const begin = given.shape.map((_, axis) => (axis === given.rank - 1 ? classId : 0));
    const size = given.shape.map((dim, axis) => (axis === given.rank - 1 ? 1 : dim));
    truth = slice(truth, begin, size);
    given = slice(given, begin, size);
    return [truth, given];
  }

  /** A float64 weight for each prediction, in one axis. */
  #weights(
    given: Tensor,
    sampleWeight: Tensor | null,
    labelWeights: readonly number[] | null,
  ): Tensor {
    const ones = fill(given.shape, 1, "float64");
    const bySample =
      sampleWeight === null
        ? ones
        : broadcastTo(
            cast(alignedWeights(given, sampleWeight, this.constructor.name), "float64"),
            given.shape,
          );
    const byLabel =
      labelWeights === null ? bySample : mul(bySample, tensor(labelWeights, undefined, "float64"));
    return reshape(byLabel, [-1]);
  }

  /** How many of the thresholds each prediction exceeds, as int32 in one axis. */
  #places(given: Tensor): Tensor {
    const { values, isEven, hasFloor = false } = this.thresholds;
    const flat = reshape(given, [-1]);
    if (!isEven) {
      const exceeds = greater(expandDims(flat, -1), tensor(values, undefined, given.dtype));
      return sum(cast(exceeds, "int32"), -1);
    }
    const scaled = mul(clipByValue(flat, 0, 1), values.length - 1);
    const places = cast(neg(floor(neg(scaled))), "int32");
    return hasFloor ? maximum(places, 1) : places;
  }

  /** The index on the last axis of each prediction, in one axis. */
  #labelsOf(given: Tensor, labels: number): Tensor {
    return reshape(broadcastTo(range(0, labels, 1, "int32"), given.shape), [-1]);
  }

  /** Counts at each threshold; all are 0 before the first batch. */
  protected counts(label = 0): Counts[] {
    const { length } = this.thresholds.values;
    const [positives, negatives] = ["positives", "negatives"].map((name) =>
      exceeding(this.valuesOf(name), length, this.labels, label),
    );
    return positives.slice(1).map((truePositives, i) => ({
      truePositives,
      falsePositives: negatives[i + 1],
      trueNegatives: negatives[0] - negatives[i + 1],
      falseNegatives: positives[0] - truePositives,
    }));
  }

  /** Number of labels that are counted apart. */
  protected get labels(): number {
    return this.valuesOf("positives").length / (this.thresholds.values.length + 1) || 1;
  }
}

/** Of each threshold the sum of those that exceed it; before them the sum of all. */
function exceeding(values: Float64Array, length: number, labels: number, label: number): number[] {
  const sums = new Array<number>(length + 1).fill(0);
  let total = 0;
  for (let i = length; i >= 0; i--) {
    total += values[i * labels + label] ?? 0;
    sums[i] = total;
  }
  return sums;
}

/** The k greatest of each row, the first of equal ones; -1e10 in place of the others, as in Keras. */
function onlyGreatest(x: Tensor, k: number, metric: string): Tensor {
  const classes = x.shape.at(-1);
  if (classes === undefined || k > classes) {
    throw new RangeError(
      `${metric}: expected at least topK = ${k} classes on the last axis but received ${x.describe()}`,
    );
  }
  let rest = x;
  let chosen = fill(x.shape, 0, "uint8");
  for (let i = 0; i < k; i++) {
    const next = oneHot(argMax(rest, -1), classes, "uint8");
    chosen = where(chosen, 1, next);
    rest = where(next, -Infinity, rest);
  }
  return where(chosen, x, -1e10);
}

/** a / b, or 0 where b is 0. */
export function ratio(a: number, b: number): number {
  return b === 0 ? 0 : a / b;
}
