/** Tables of how often each class was taken for each, and what follows from them for sets of pixels. */

import { add, equal, greaterEqual, less, mul, where } from "../../ops/arithmetic";
import { scatterAdd } from "../../ops/indexing";
import { argMax } from "../../ops/reduce";
import { broadcastTo, cast, fill, reshape } from "../../ops/shape";
import { assignAdd } from "../../ops/update";
import { isFloat } from "../../tensor/dtype";
import type { OptionKinds } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { mismatch } from "../losses/arguments";
import { wholeLabels } from "../losses/labels";
import { alignedWeights } from "../sample-weights";
import { Metric, type MetricResult } from "./metric";

/** Counts by class and predicted class, kept as a matrix [classes, classes] of weights. */
export abstract class ConfusionMetric<R extends MetricResult, O extends object> extends Metric<
  R,
  O
> {
  constructor(
    private readonly classes: number,
    options: object,
    own: OptionKinds,
    positional: object = {},
  ) {
    super(options, own, positional);
    this.addVariable("matrix", [classes, classes]);
  }

  /** Counts pairs of labels; those that are no classes, or `ignored`, do not count. */
  protected count(
    labels: Tensor,
    predicted: Tensor,
    sampleWeight: Tensor | null,
    ignored: number | null = null,
  ): void {
    const { classes } = this;
    if (labels.size !== predicted.size)
      throw mismatch(labels, predicted, this.constructor.name, "as many labels as predictions");
    const [truth, given] = [labels, predicted].map((x) => reshape(cast(x, "int32"), [-1]));
    const known = [truth, given].map((x) => where(greaterEqual(x, 0), less(x, classes), 0));
    const valid = where(known[0], known[1], 0);
    const counted = ignored === null ? valid : where(equal(truth, ignored), 0, valid);
    const weights = where(counted, this.#weights(labels, sampleWeight), 0);
    const place = where(counted, add(mul(truth, classes), given), 0);
    const matrix = this.addVariable("matrix", [classes, classes]);
    assignAdd(matrix, reshape(scatterAdd(weights, place, classes ** 2), [classes, classes]));
  }

  #weights(labels: Tensor, sampleWeight: Tensor | null): Tensor {
    if (sampleWeight === null) return fill([labels.size], 1, "float64");
    const aligned = alignedWeights(labels, sampleWeight, this.constructor.name);
    return reshape(broadcastTo(cast(aligned, "float64"), labels.shape), [-1]);
  }

  /** The matrix, row by row: rows are classes, columns predictions. */
  protected rows(): number[][] {
    const { classes } = this;
    const values = this.valuesOf("matrix");
    return Array.from({ length: classes }, (_, i) => [
      ...values.subarray(i * classes, (i + 1) * classes),
    ]);
  }
}

/** Labels as they stand, or of scores [..., classes] the class of the greatest. */
export function classesOf(x: Tensor, areScores: boolean, axis = -1): Tensor {
  if (areScores) return argMax(x, axis);
  return isFloat(x.dtype) ? wholeLabels(x) : x;
}
