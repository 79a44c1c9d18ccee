/** How often predictions are right. */

import { checkFloat } from "../../ops/arguments";
import { equal, greater, less, where } from "../../ops/arithmetic";
import { oneHot } from "../../ops/indexing";
import { argMax, max } from "../../ops/reduce";
import { cast, expandDims, reshape, slice, sum } from "../../ops/shape";
import { isFloat } from "../../tensor/dtype";
import {
  type OptionKinds,
  type ValuesOf,
  flag,
  number,
  positiveInteger,
} from "../../tensor/option-kinds";
import { type Tensor, sameShape } from "../../tensor/tensor";
import { alike, mismatch, withoutColumn } from "../losses/arguments";
import { wholeLabels } from "../losses/labels";
import { register } from "../registry";
import type { MetricOptions } from "./metric";
import { MeanMetric } from "./reductions";

/** A mean of right answers: greater is better. */
abstract class MeanAccuracy<
  O extends object = Readonly<Record<string, unknown>>,
> extends MeanMetric<O> {
  override readonly direction = "max";
}

/** How often predictions equal targets. */
export class Accuracy extends MeanAccuracy {
  constructor(options: MetricOptions = {}) {
    super(options);
  }

  /** Of any dtype and one shape. */
  protected measure(yTrue: Tensor, yPred: Tensor): Tensor {
    const [truth, predicted] = alike(yTrue, yPred, "Accuracy");
    return equal(cast(truth, predicted.dtype), predicted);
  }
}

register("Accuracy", Accuracy);

export interface BinaryAccuracyOptions extends MetricOptions {
  /** What a probability must exceed to count as 1; 0.5 by default. */
  threshold?: number;
}

const BINARY = { threshold: number(0.5, { least: 0, most: 1 }) };

/** How often a probability is on the right side of a threshold. */
export class BinaryAccuracy extends MeanAccuracy<ValuesOf<typeof BINARY>> {
  constructor(options: BinaryAccuracyOptions = {}) {
    super(options, BINARY);
  }

  /**
   * 1 for each element that is right.
   * @param yTrue 0 or 1, of yPred's shape
   */
  protected measure(yTrue: Tensor, yPred: Tensor): Tensor {
    checkFloat(yPred, "BinaryAccuracy", "yPred");
    const [truth, predicted] = alike(yTrue, yPred, "BinaryAccuracy");
    const positive = cast(greater(predicted, this.options.threshold), truth.dtype);
    return equal(truth, positive);
  }
}

register("BinaryAccuracy", BinaryAccuracy);

/** How often the most probable class is that of the one-hot target. */
export class CategoricalAccuracy extends MeanAccuracy {
  constructor(options: MetricOptions = {}) {
    super(options);
  }

  /**
   * 1 for each sample that is right.
   * @param yTrue [..., classes]
   * @param yPred float [..., classes], probabilities or logits
   */
  protected measure(yTrue: Tensor, yPred: Tensor): Tensor {
    checkFloat(yPred, "CategoricalAccuracy", "yPred");
    checkSame(yTrue, yPred, "CategoricalAccuracy");
    return equal(argMax(yTrue, -1), argMax(yPred, -1));
  }
}

register("CategoricalAccuracy", CategoricalAccuracy);

/** How often the most probable class is the label. */
export class SparseCategoricalAccuracy extends MeanAccuracy {
  constructor(options: MetricOptions = {}) {
    super(options);
  }

  /**
   * 1 for each sample that is right.
   * @param yTrue labels [...], or [..., 1]
   * @param yPred float [..., classes], probabilities or logits
   */
  protected measure(yTrue: Tensor, yPred: Tensor): Tensor {
    checkFloat(yPred, "SparseCategoricalAccuracy", "yPred");
    const labels = labelsFor(yTrue, yPred, "SparseCategoricalAccuracy");
    return equal(labels, argMax(yPred, -1));
  }
}

register("SparseCategoricalAccuracy", SparseCategoricalAccuracy);

export interface TopKOptions extends MetricOptions {
  /** How many of the most probable classes count as right; 5 by default. */
  k?: number;
}

const TOP_K = { k: positiveInteger(5) };

/** How often the class of the one-hot target is among the k most probable. */
export class TopKCategoricalAccuracy extends MeanAccuracy<ValuesOf<typeof TOP_K>> {
  constructor(options: TopKOptions = {}) {
    super(options, TOP_K);
  }

  /**
   * 1 for each sample that is right.
   * @param yTrue [..., classes]
   * @param yPred float [..., classes], probabilities or logits
   */
  protected measure(yTrue: Tensor, yPred: Tensor): Tensor {
    checkFloat(yPred, "TopKCategoricalAccuracy", "yPred");
    checkSame(yTrue, yPred, "TopKCategoricalAccuracy");
    return isInTopK(argMax(yTrue, -1), yPred, this.options.k);
  }
}

register("TopKCategoricalAccuracy", TopKCategoricalAccuracy);

export interface SparseTopKOptions extends TopKOptions {
  /** Whether predictions are numbers of classes, the most probable first; false by default. */
  fromSortedIds?: boolean;
}

const SPARSE_TOP_K = { ...TOP_K, fromSortedIds: flag(false) } satisfies OptionKinds;

/** How often the label is among the k most probable classes. */
export class SparseTopKCategoricalAccuracy extends MeanAccuracy<ValuesOf<typeof SPARSE_TOP_K>> {
  constructor(options: SparseTopKOptions = {}) {
    super(options, SPARSE_TOP_K);
  }

  /**
   * 1 for each sample that is right.
   * @param yTrue labels [...], or [..., 1]
   * @param yPred float [..., classes], probabilities or logits; or with fromSortedIds [..., ids]
   */
  protected measure(yTrue: Tensor, yPred: Tensor): Tensor {
    const { k, fromSortedIds } = this.options;
    const labels = labelsFor(yTrue, yPred, "SparseTopKCategoricalAccuracy");
    if (!fromSortedIds) {
      checkFloat(yPred, "SparseTopKCategoricalAccuracy", "yPred");
      return isInTopK(labels, yPred, k);
    }
    const ids = cast(yPred, "int32");
    const count = Math.min(k, yPred.shape.at(-1)!);
    const begin = ids.shape.map(() => 0);
    const first = slice(ids, begin, [...ids.shape.slice(0, -1), count]);
    return max(cast(equal(expandDims(labels, -1), first), "int32"), -1);
  }
}

register("SparseTopKCategoricalAccuracy", SparseTopKCategoricalAccuracy);

/** Whether fewer than k classes are more probable than the label: uint8. */
function isInTopK(labels: Tensor, yPred: Tensor, k: number): Tensor {
  const chosen = oneHot(labels, yPred.shape.at(-1)!, "uint8");
  const own = max(where(chosen, yPred, -Infinity), -1, true);
  const better = sum(cast(greater(yPred, own), "int32"), -1);
  const isNumber = reshape(equal(own, own), better.shape);
  return where(isNumber, less(better, k), 0);
}

/** Labels [...] for predictions [..., classes], as int32. */
function labelsFor(yTrue: Tensor, yPred: Tensor, metric: string): Tensor {
  const labels = withoutColumn(yTrue, yPred);
  if (yPred.rank === 0 || !sameShape(labels.shape, yPred.shape.slice(0, -1)))
    throw mismatch(yTrue, yPred, metric, "yTrue [...] and yPred [..., classes]");
  return isFloat(labels.dtype) ? wholeLabels(labels) : cast(labels, "int32");
}

function checkSame(yTrue: Tensor, yPred: Tensor, metric: string): void {
  if (sameShape(yTrue.shape, yPred.shape) && yPred.rank > 0) return;
  throw mismatch(yTrue, yPred, metric, "yTrue and yPred of one shape [..., classes]");
}
