/** Streaming metrics: `update` in every step (captured or not), `result` at the end, `reset`. */

import { BY_IDENTITY } from "../tensor/by-identity";
import { isFloat } from "../tensor/dtype";
import { checkFloat, checkTensor } from "../ops/arguments";
import { checkOptions } from "../tensor/options";
import { equal, greater } from "../ops/arithmetic";
import { argMax } from "../ops/reduce";
import { cast } from "../ops/shape";
import { accumulate, assign, assignAdd } from "../ops/update";
import { type Tensor, sameShape } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import { Variable } from "../tensor/variable";
import { outsideRecording } from "../tensor/recorder";

/** A mean over all the values that `add` was given, kept in float64. */
abstract class Averaged {
  /** @internal */
  get [BY_IDENTITY](): true {
    return true;
  }

  private readonly total = state("total");
  private readonly count = state("count");

  /** The mean of all values since the start or the last `reset`; 0 if there were none. */
  result(): number {
    const count = this.count.item();
    return count === 0 ? 0 : this.total.item() / count;
  }

  /** Starts anew. */
  reset(): void {
    assign(this.total, 0);
    assign(this.count, 0);
  }

  /** The persistent state, by name. */
  state(): Record<string, Variable> {
    return { total: this.total, count: this.count };
  }

  protected add(values: Tensor): void {
    accumulate(this.total, values);
    assignAdd(this.count, values.size);
  }
}

function state(name: string): Variable {
  return outsideRecording(() => new Variable(0, { name, dtype: "float64", trainable: false }));
}

/** The mean of values, such as one loss a sample: batches count by their number of samples. */
export class Mean extends Averaged {
  /** @param values any dtype and shape */
  update(values: Tensor): void {
    checkTensor(values, "Mean", "values");
    this.add(values);
  }
}

/** How often the most probable class is the label. */
export class SparseCategoricalAccuracy extends Averaged {
  /**
   * @param yTrue uint8 or int32 labels [...]
   * @param yPred float [..., classes], probabilities or logits
   */
  update(yTrue: Tensor, yPred: Tensor): void {
    checkPair("SparseCategoricalAccuracy", yTrue, yPred);
    checkLabels(yTrue, "SparseCategoricalAccuracy");
    const predicted = argMax(yPred, -1);
    if (!sameShape(yTrue.shape, predicted.shape))
      throw mismatch("SparseCategoricalAccuracy", yTrue, yPred);
    this.add(equal(cast(yTrue, "int32"), predicted));
  }
}

/** How often the most probable class is that of the one-hot target. */
export class CategoricalAccuracy extends Averaged {
  /**
   * @param yTrue [..., classes]
   * @param yPred float [..., classes], probabilities or logits
   */
  update(yTrue: Tensor, yPred: Tensor): void {
    checkPair("CategoricalAccuracy", yTrue, yPred);
    if (!sameShape(yTrue.shape, yPred.shape)) throw mismatch("CategoricalAccuracy", yTrue, yPred);
    this.add(equal(argMax(yTrue, -1), argMax(yPred, -1)));
  }
}

/** How often a probability is on the right side of a threshold. */
export class BinaryAccuracy extends Averaged {
  private readonly threshold: number;

  /** @param options.threshold what a probability must exceed to count as 1; 0.5 by default */
  constructor(options: { threshold?: number } = {}) {
    super();
    checkOptions(options, ["threshold"], "BinaryAccuracy");
    this.threshold = options.threshold ?? 0.5;
    if (!(typeof this.threshold === "number" && this.threshold >= 0 && this.threshold <= 1)) {
      throw new RangeError(
        `BinaryAccuracy: expected a threshold in [0, 1] but received ${describeValue(this.threshold)}`,
      );
    }
  }

  /**
   * @param yTrue 0 or 1, of yPred's shape
   * @param yPred float, of any shape
   */
  update(yTrue: Tensor, yPred: Tensor): void {
    checkPair("BinaryAccuracy", yTrue, yPred);
    if (!sameShape(yTrue.shape, yPred.shape)) throw mismatch("BinaryAccuracy", yTrue, yPred);
    const predicted = cast(greater(yPred, this.threshold), yPred.dtype);
    this.add(equal(cast(yTrue, yPred.dtype), predicted));
  }
}

function checkPair(metric: string, yTrue: unknown, yPred: unknown): void {
  checkTensor(yTrue, metric, "yTrue");
  checkTensor(yPred, metric, "yPred");
  checkFloat(yPred, metric, "yPred");
}

function checkLabels(yTrue: Tensor, metric: string): void {
  if (!isFloat(yTrue.dtype)) return;
  throw new TypeError(
    `${metric}: expected uint8 or int32 labels for yTrue but received ${yTrue.describe()}; use cast`,
  );
}

function mismatch(metric: string, yTrue: Tensor, yPred: Tensor): Error {
  return new RangeError(
    `${metric}: expected yTrue and yPred that belong together but received ${yTrue.describe()} and ${yPred.describe()}`,
  );
}
