/** Intersection over union of classes, as of segmented pixels. */

import { greaterEqual } from "../../ops/arithmetic";
import {
  type ValuesOf,
  flag,
  integer,
  integers,
  number,
  optional,
  positiveInteger,
} from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { EPSILON, alike } from "../losses/arguments";
import { register } from "../registry";
import { ConfusionMetric, classesOf } from "./confusion";
import type { MetricOptions } from "./metric";

/** Options of `OneHotIoU` and `OneHotMeanIoU`. */
export interface OneHotIoUOptions extends MetricOptions {
  /** Samples of this label do not count; none by default. */
  ignoreClass?: number | null;
  /** Whether predictions are labels rather than scores of the classes. */
  sparseYPred?: boolean;
  /** Of the classes, where there are scores or one-hot rows; the last by default. */
  axis?: number;
}

/** Options of `IoU` and `MeanIoU`. */
export interface IoUOptions extends OneHotIoUOptions {
  /** Whether targets are labels rather than one-hot rows; true by default. */
  sparseYTrue?: boolean;
}

const ONE_HOT = {
  numClasses: positiveInteger(),
  ignoreClass: optional(integer()),
  axis: integer(-1),
  sparseYPred: flag(false),
};

const OPTIONS = { ...ONE_HOT, sparseYTrue: flag(true), sparseYPred: flag(true) };

const targets = { targetClassIds: integers(undefined, { least: 0 }) };

type Values = ValuesOf<typeof ONE_HOT> & { sparseYTrue?: boolean; targetClassIds?: number[] };

/** Means over classes of those in both over those in either. */
abstract class MeanOfClasses extends ConfusionMetric<number, Values> {
  override readonly direction = "max";

  protected accumulate(yTrue: Tensor, yPred: Tensor, sampleWeight: Tensor | null): void {
    const { sparseYTrue = false, sparseYPred, axis, ignoreClass } = this.options;
    const labels = classesOf(yTrue, !sparseYTrue, axis);
    const predicted = classesOf(yPred, !sparseYPred, axis);
    this.count(labels, predicted, sampleWeight, ignoreClass);
  }

  result(): number {
    const rows = this.rows();
    return meanOver(rows, this.options.targetClassIds ?? rows.map((_, i) => i));
  }
}

/** Intersection over union: the mean of some classes, of those in both over those in either. */
export class IoU extends MeanOfClasses {
  static override readonly positional = ["numClasses", "targetClassIds"];

  /** @param targetClassIds the classes whose mean is taken */
  constructor(numClasses: number, targetClassIds: readonly number[], options: IoUOptions = {}) {
    super(numClasses, options, { ...OPTIONS, ...targets }, { numClasses, targetClassIds });
    checkTargets(targetClassIds, numClasses, "IoU");
  }
}

register("IoU", IoU);

/** Intersection over union: the mean of all classes that occur. */
export class MeanIoU extends MeanOfClasses {
  static override readonly positional = ["numClasses"];

  constructor(numClasses: number, options: IoUOptions = {}) {
    super(numClasses, options, OPTIONS, { numClasses });
  }
}

register("MeanIoU", MeanIoU);

/** The same as `IoU` of one-hot targets, and scores unless `sparseYPred` is true. */
export class OneHotIoU extends MeanOfClasses {
  static override readonly positional = ["numClasses", "targetClassIds"];

  constructor(
    numClasses: number,
    targetClassIds: readonly number[],
    options: OneHotIoUOptions = {},
  ) {
    super(numClasses, options, { ...ONE_HOT, ...targets }, { numClasses, targetClassIds });
    checkTargets(targetClassIds, numClasses, "OneHotIoU");
  }
}

register("OneHotIoU", OneHotIoU);

/** The same as `MeanIoU` of one-hot targets, and scores unless `sparseYPred` is true. */
export class OneHotMeanIoU extends MeanOfClasses {
  static override readonly positional = ["numClasses"];

  constructor(numClasses: number, options: OneHotIoUOptions = {}) {
    super(numClasses, options, ONE_HOT, { numClasses });
  }
}

register("OneHotMeanIoU", OneHotMeanIoU);

/** Options of `BinaryIoU`. */
export interface BinaryIoUOptions extends MetricOptions {
  /** Of 0 and 1, whose mean is taken; both by default. */
  targetClassIds?: readonly number[];
  /** From what on a probability counts as 1; 0.5 by default. */
  threshold?: number;
}

const BINARY = {
  targetClassIds: integers([0, 1], { least: 0, most: 1 }),
  threshold: number(0.5, { least: 0, most: 1 }),
};

/** Of probabilities: those at least as great as a threshold are of class 1. */
export class BinaryIoU extends ConfusionMetric<number, ValuesOf<typeof BINARY>> {
  override readonly direction = "max";

  constructor(options: BinaryIoUOptions = {}) {
    super(2, options, BINARY);
  }

  protected accumulate(yTrue: Tensor, yPred: Tensor, sampleWeight: Tensor | null): void {
    const [labels, probabilities] = alike(yTrue, yPred, "BinaryIoU");
    const predicted = greaterEqual(probabilities, this.options.threshold);
    this.count(classesOf(labels, false), predicted, sampleWeight);
  }

  result(): number {
    return meanOver(this.rows(), this.options.targetClassIds);
  }
}

register("BinaryIoU", BinaryIoU);

/** The mean over those of the classes that occur. */
function meanOver(rows: readonly (readonly number[])[], classes: readonly number[]): number {
  const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const shares = classes.map((i) => {
    const either = total(rows[i]) + total(rows.map((row) => row[i])) - rows[i][i];
    return either > 1e-9 ? rows[i][i] / (either + EPSILON) : null;
  });
  const present = shares.filter((share) => share !== null);
  return total(present) / (present.length + EPSILON);
}

function checkTargets(classes: readonly number[], numClasses: number, metric: string): void {
  if (classes.every((target) => target < numClasses)) return;
  throw new RangeError(
    `${metric}: expected targetClassIds in [0, ${numClasses}) but received [${classes.join(", ")}]`,
  );
}
