/** What losses share: targets brought in line with predictions, and checks of options. */

import { checkFloat, checkNumber, checkSameDType, checkTensor } from "../../ops/arguments";
import { clipByValue } from "../../ops/arithmetic";
import { cast, reshape } from "../../ops/shape";
import { isFloat } from "../../tensor/dtype";
import { type Tensor, sameShape } from "../../tensor/tensor";
import { describeValue } from "../../tensor/values";

/** Keras' epsilon: probabilities are kept within [EPSILON, 1 - EPSILON]. */
export const EPSILON = 1e-7;

/** A function of targets and predictions that gives one loss a sample. */
export type LossFunction = (yTrue: Tensor, yPred: Tensor) => Tensor;

/**
 * Targets and predictions of one shape. As in Keras a last axis of 1 may be there on one side alone;
 * any other difference throws, since broadcasting would compare each target with each prediction.
 * @param name of the loss or metric, for errors
 */
export function alike(yTrue: Tensor, yPred: Tensor, name: string): [Tensor, Tensor] {
  checkTensor(yTrue, name, "yTrue");
  checkTensor(yPred, name, "yPred");
  const [truth, predicted] = withColumn(yTrue, yPred);
  if (sameShape(truth.shape, predicted.shape)) return [truth, predicted];
  throw mismatch(yTrue, yPred, name, "yTrue and yPred of one shape [..., n]");
}

/**
 * The arguments of a loss function: of one shape, with one axis at least, and of one float dtype, which
 * integer targets take. `fit`, `evaluate` and loss objects bring a column in line before (`targetsFor`);
 * a function that is called by itself refuses it, since one of [n] and [n, 1] is most likely a mistake.
 */
export function aligned(yTrue: Tensor, yPred: Tensor, name: string): [Tensor, Tensor] {
  checkTensor(yTrue, name, "yTrue");
  checkFloat(yPred, name, "yPred");
  if (yPred.rank === 0 || !sameShape(yTrue.shape, yPred.shape)) {
    throw mismatch(yTrue, yPred, name, "yTrue and yPred of one shape [..., n]");
  }
  if (!isFloat(yTrue.dtype)) return [cast(yTrue, yPred.dtype), yPred];
  checkSameDType(yTrue, yPred, name);
  return [yTrue, yPred];
}

/** The error for targets and predictions that do not belong together. */
export function mismatch(yTrue: Tensor, yPred: Tensor, name: string, expected: string): Error {
  return new RangeError(
    `${name}: expected ${expected} but received ${yTrue.describe()} and ${yPred.describe()}` +
      hintFor(yTrue, yPred, name),
  );
}

/**
 * Targets as a function of anyone's takes them: a last axis of 1 is there if predictions have it, and
 * integers of their shape are numbers of their dtype.
 */
export function targetsFor(yTrue: Tensor, yPred: Tensor): Tensor {
  const targets = inLine(yTrue, yPred);
  const areNumbers = !isFloat(targets.dtype) && sameShape(targets.shape, yPred.shape);
  return areNumbers && isFloat(yPred.dtype) ? cast(targets, yPred.dtype) : targets;
}

/** Targets with a last axis of 1 if predictions have it alone, and without it if they lack it alone. */
export function inLine(yTrue: Tensor, yPred: Tensor): Tensor {
  return isColumn(yTrue, yPred) ? reshape(yTrue, yPred.shape) : yTrue;
}

/** True if one of them has a last axis of 1 that the other one lacks. */
function isColumn(a: Tensor, b: Tensor): boolean {
  return sameShape(a.shape, [...b.shape, 1]) || sameShape([...a.shape, 1], b.shape);
}

/** [n] beside [n, 1] becomes [n, 1]; of more axes the last one of 1 is left out. */
function withColumn(yTrue: Tensor, yPred: Tensor): [Tensor, Tensor] {
  const isColumnOf = (column: Tensor, other: Tensor): boolean =>
    sameShape(column.shape, [...other.shape, 1]) && other.rank > 0;
  if (isColumnOf(yTrue, yPred)) {
    return yPred.rank === 1
      ? [yTrue, reshape(yPred, yTrue.shape)]
      : [reshape(yTrue, yPred.shape), yPred];
  }
  if (isColumnOf(yPred, yTrue)) {
    return yTrue.rank === 1
      ? [reshape(yTrue, yPred.shape), yPred]
      : [yTrue, reshape(yPred, yTrue.shape)];
  }
  return [yTrue, yPred];
}

/** Labels [..., 1] beside predictions [..., classes] become [...]. */
export function withoutColumn(labels: Tensor, predicted: Tensor): Tensor {
  const hasColumn = labels.rank > 0 && labels.rank === predicted.rank && labels.shape.at(-1) === 1;
  return hasColumn ? reshape(labels, labels.shape.slice(0, -1)) : labels;
}

/** The way out: for a column, and for labels where a loss of distributions is asked for. */
function hintFor(yTrue: Tensor, yPred: Tensor, name: string): string {
  if (isColumn(yTrue, yPred)) return "; use yTrue.reshape(yPred.shape)";
  const areLabels = yTrue.rank === yPred.rank - 1;
  if (!areLabels || !/^categorical/i.test(name)) return "";
  const sparse = name.endsWith("Accuracy")
    ? "SparseCategoricalAccuracy"
    : "sparseCategoricalCrossentropy";
  return `; for labels use ${sparse}, or oneHot(yTrue, ${yPred.shape.at(-1)})`;
}

/** Throws unless `yTrue` are labels [...] for predictions [..., classes]. */
export function checkLabels(yTrue: Tensor, yPred: Tensor, loss: string): void {
  checkTensor(yTrue, loss, "yTrue");
  checkTensor(yPred, loss, "yPred");
  checkFloat(yPred, loss, "yPred");
  if (!isFloat(yTrue.dtype) && sameShape([...yTrue.shape, yPred.shape.at(-1) ?? 0], yPred.shape))
    return;
  throw new TypeError(
    `${loss}: expected uint8 or int32 labels [...] and predictions [..., classes] but received ` +
      `${yTrue.describe()} and ${yPred.describe()}`,
  );
}

/** A number in [0, 1]. */
export function checkPart(value: unknown, loss: string, name: string): asserts value is number {
  checkNumber(value, loss, name);
  if (value >= 0 && value <= 1) return;
  throw new RangeError(
    `${loss}: expected a number in [0, 1] for ${name} but received ${describeValue(value)}`,
  );
}

/** `x` with its infinities brought to the greatest finite numbers, so that 0 times them is 0. */
export function finite(x: Tensor): Tensor {
  const greatest = x.dtype === "float32" ? 3.4028234663852886e38 : Number.MAX_VALUE;
  return clipByValue(x, -greatest, greatest);
}
