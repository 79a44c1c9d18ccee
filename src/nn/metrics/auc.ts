/** Areas under curves of rates, over all thresholds. */

import { sigmoid } from "../../ops/arithmetic";
import {
  type ValuesOf,
  choice,
  flag,
  integer,
  numbers,
  optional,
  positiveInteger,
} from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { mismatch } from "../losses/arguments";
import { register } from "../registry";
import { evenThresholds } from "./even-thresholds";
import type { MetricOptions } from "./metric";
import { type Counts, ThresholdMetric, type Thresholds, ratio } from "./thresholds";

/** Options of `AUC`. */
export interface AUCOptions extends MetricOptions {
  /** How many thresholds are tried; 200 by default. */
  numThresholds?: number;
  /**
   * "ROC", the default: recall over the part of the negatives that is taken for positive; "PR":
   * precision over recall; "PRGAIN": their gains over chance.
   */
  curve?: "ROC" | "PR" | "PRGAIN";
  /** How heights lie between two thresholds: in a straight line, at the lesser, at the greater end. */
  summationMethod?: "interpolation" | "minoring" | "majoring";
  /** Between 0 and 1, in place of `numThresholds`. */
  thresholds?: readonly number[] | null;
  /** Whether each index of the last axis is a label of its own, over whose areas the mean is taken. */
  multiLabel?: boolean;
  /** How many labels there are; by default what the first batch has. */
  numLabels?: number | null;
  /** A weight for each label. */
  labelWeights?: readonly number[] | null;
  /** Whether predictions are logits; false by default. */
  fromLogits?: boolean;
}

const OPTIONS = {
  numThresholds: integer(200, { least: 2 }),
  curve: choice(["ROC", "PR", "PRGAIN"], "ROC"),
  summationMethod: choice(["interpolation", "minoring", "majoring"], "interpolation"),
  thresholds: optional(numbers({ least: 0, most: 1 })),
  multiLabel: flag(false),
  numLabels: optional(positiveInteger()),
  labelWeights: optional(numbers({ least: 0 })),
  fromLogits: flag(false),
};

/** The first lies below and the last above all predictions, as in Keras. */
function thresholdsOf({ thresholds, numThresholds = 200 }: AUCOptions): Thresholds {
  if (!Array.isArray(thresholds)) {
    return { ...evenThresholds(Math.max(numThresholds, 2)), hasFloor: true };
  }
  const sorted = [...(thresholds as number[])].sort((a, b) => a - b);
  const between = [0, ...sorted, 1];
  const isEven =
    between.length > 2 &&
    between.every((value, i) => Math.abs(value - i / (between.length - 1)) < 1e-7 + 1e-5 * value);
  return isEven
    ? { values: between, isEven, hasFloor: true }
    : { values: [-1e-7, ...sorted, 1 + 1e-7], isEven };
}

/** The area under a curve of two rates, each at many thresholds. */
export class AUC extends ThresholdMetric<number, ValuesOf<typeof OPTIONS>> {
  override readonly direction = "max";

  constructor(options: AUCOptions = {}) {
    super(thresholdsOf(Object(options) as AUCOptions), options, OPTIONS);
    const { multiLabel, numLabels } = this.options;
    if (!multiLabel && numLabels !== null) {
      throw new Error("AUC: expected multiLabel with numLabels, which counts labels apart");
    }
    if (!multiLabel) this.makeState(1);
    else if (numLabels !== null) this.makeState(numLabels);
  }

  protected accumulate(yTrue: Tensor, yPred: Tensor, sampleWeight: Tensor | null): void {
    const { multiLabel, labelWeights, fromLogits } = this.options;
    const given = fromLogits ? sigmoid(yPred) : yPred;
    if (multiLabel && given.rank !== 2)
      throw mismatch(yTrue, yPred, "AUC", "yTrue and yPred [samples, labels] with multiLabel");
    if (multiLabel && labelWeights !== null && labelWeights.length !== given.shape[1]) {
      throw new RangeError(
        `AUC: expected a weight for each of ${given.shape[1]} labels for labelWeights but received ` +
          `${labelWeights.length}`,
      );
    }
    const weights = multiLabel ? null : labelWeights;
    this.count(yTrue, given, sampleWeight, { labelWeights: weights }, multiLabel);
  }

  /** The area, or the mean of those of the labels by their weights. */
  result(): number {
    const { multiLabel, labelWeights } = this.options;
    const areas = Array.from({ length: this.labels }, (_, label) => this.#area(this.counts(label)));
    const weights = multiLabel && labelWeights !== null ? labelWeights : areas.map(() => 1);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return ratio(
      areas.reduce((sum, area, i) => sum + area * weights[i], 0),
      total,
    );
  }

  #area(counts: readonly Counts[]): number {
    const { curve, summationMethod } = this.options;
    if (curve === "PR" && summationMethod === "interpolation") return interpolatedPR(counts);
    const points = counts.map(POINTS[curve]);
    return points.slice(1).reduce((sum, [x, y], i) => {
      const [lastX, lastY] = points[i];
      return sum + (lastX - x) * HEIGHTS[summationMethod](lastY, y);
    }, 0);
  }
}

register("AUC", AUC);

const HEIGHTS = {
  interpolation: (a: number, b: number): number => (a + b) / 2,
  minoring: Math.min,
  majoring: Math.max,
};

const recallOf = ({ truePositives, falseNegatives }: Counts): number =>
  ratio(truePositives, truePositives + falseNegatives);

/** Where a curve is at a threshold. */
const POINTS: Record<"ROC" | "PR" | "PRGAIN", (counts: Counts) => readonly [number, number]> = {
  ROC: (counts) => {
    const { falsePositives, trueNegatives } = counts;
    return [ratio(falsePositives, falsePositives + trueNegatives), recallOf(counts)];
  },
  PR: (counts) => {
    const { truePositives, falsePositives } = counts;
    return [recallOf(counts), ratio(truePositives, truePositives + falsePositives)];
  },
  PRGAIN: ({ truePositives, falsePositives, trueNegatives, falseNegatives }) => {
    if (truePositives === 0) return [0, 1];
    const scale = ratio(truePositives + falseNegatives, trueNegatives + falsePositives);
    const recallGain = 1 - (scale * falseNegatives) / truePositives;
    return [Math.max(recallGain, 0), 1 - (scale * falsePositives) / truePositives];
  },
};

/**
 * The area under precision over recall, where true and false positives, not precision, lie on straight
 * lines between thresholds (Davis and Goadrich 2006, "The Relationship Between Precision-Recall and
 * ROC Curves").
 */
function interpolatedPR(counts: readonly Counts[]): number {
  return counts.slice(1).reduce((area, { truePositives, falsePositives, falseNegatives }, i) => {
    const last = counts[i];
    const found = last.truePositives - truePositives;
    const [before, after] = [
      last.truePositives + last.falsePositives,
      truePositives + falsePositives,
    ];
    const slope = ratio(found, Math.max(before - after, 0));
    const intercept = truePositives - slope * after;
    const growth = before > 0 && after > 0 ? Math.log(before / after) : 0;
    const positives = truePositives + falseNegatives;
    return area + ratio(slope * (found + intercept * growth), positives);
  }, 0);
}
