/**
 * Losses: one value a sample, as in TensorFlow. `yTrue` comes first, as in Keras. Probabilities are
 * kept within [1e-7, 1 - 1e-7], Keras' epsilon.
 */

import { checkFlag, checkOptions } from "../tensor/options";
import { checkFloat, checkSameDType, checkTensor } from "../ops/arguments";
import { abs, add, div, mul, neg, softplus, square, sub } from "../ops/arithmetic";
import { mean } from "../ops/reduce";
import { sum } from "../ops/shape";
import {
  logClipped,
  logSoftmax,
  sparseCrossentropy,
  sparseCrossentropyLogits,
} from "../ops/softmax";
import { type Tensor, sameShape } from "../tensor/tensor";

const EPSILON = 1e-7;

export interface CrossentropyOptions {
  /** True if `yPred` are logits rather than probabilities; false by default. */
  fromLogits?: boolean;
}

/** A loss of one value a sample. */
export type Loss = (yTrue: Tensor, yPred: Tensor) => Tensor;

/**
 * Cross-entropy of labels: -ln p[label].
 * @param yTrue uint8 or int32 [...], each in [0, classes)
 * @param yPred float [..., classes]
 * @returns [...]
 */
export function sparseCategoricalCrossentropy(
  yTrue: Tensor,
  yPred: Tensor,
  options: CrossentropyOptions = {},
): Tensor {
  return readsLogits(options, "sparseCategoricalCrossentropy")
    ? sparseCrossentropyLogits(yPred, yTrue)
    : sparseCrossentropy(yPred, yTrue, EPSILON);
}

/**
 * Cross-entropy of distributions: -sum(yTrue ln p) over the last axis. Probabilities are divided by
 * their sum first.
 * @param yTrue float [..., classes]
 * @param yPred float [..., classes]
 * @returns [...]
 */
export function categoricalCrossentropy(
  yTrue: Tensor,
  yPred: Tensor,
  options: CrossentropyOptions = {},
): Tensor {
  checkAlike(yTrue, yPred, "categoricalCrossentropy");
  const logs = readsLogits(options, "categoricalCrossentropy")
    ? logSoftmax(yPred)
    : logClipped(div(yPred, sum(yPred, -1, true)), EPSILON);
  return neg(sum(mul(yTrue, logs), -1));
}

/**
 * Cross-entropy of independent probabilities: the mean over the last axis of
 * -(yTrue ln p + (1 - yTrue) ln(1 - p)).
 * @param yTrue float [..., n], of 0 and 1 or between
 * @param yPred float [..., n]
 * @returns [...]
 */
export function binaryCrossentropy(
  yTrue: Tensor,
  yPred: Tensor,
  options: CrossentropyOptions = {},
): Tensor {
  checkAlike(yTrue, yPred, "binaryCrossentropy");
  // From logits z: ln(1 + e^z) - y z, which overflows for no finite z.
  if (readsLogits(options, "binaryCrossentropy"))
    return mean(sub(softplus(yPred), mul(yTrue, yPred)), -1);
  const positive = mul(yTrue, logClipped(yPred, EPSILON));
  const negative = mul(sub(1, yTrue), logClipped(sub(1, yPred), EPSILON));
  return neg(mean(add(positive, negative), -1));
}

/** The mean over the last axis of (yPred - yTrue)^2. Float [..., n] -> [...] */
export function meanSquaredError(yTrue: Tensor, yPred: Tensor): Tensor {
  checkAlike(yTrue, yPred, "meanSquaredError");
  return mean(square(sub(yPred, yTrue)), -1);
}

/** The mean over the last axis of |yPred - yTrue|. Float [..., n] -> [...] */
export function meanAbsoluteError(yTrue: Tensor, yPred: Tensor): Tensor {
  checkAlike(yTrue, yPred, "meanAbsoluteError");
  return mean(abs(sub(yPred, yTrue)), -1);
}

function readsLogits(options: CrossentropyOptions, loss: string): boolean {
  checkOptions(options, ["fromLogits"], loss);
  const { fromLogits = false } = options;
  checkFlag(fromLogits, loss, "fromLogits");
  return fromLogits;
}

function checkAlike(yTrue: Tensor, yPred: Tensor, loss: string): void {
  checkTensor(yTrue, loss, "yTrue");
  checkTensor(yPred, loss, "yPred");
  checkFloat(yPred, loss, "yPred");
  checkSameDType(yTrue, yPred, loss);
  if (sameShape(yTrue.shape, yPred.shape) && yPred.rank > 0) return;
  throw new RangeError(
    `${loss}: expected yTrue and yPred of one shape [..., n] but received ${yTrue.describe()} and ${yPred.describe()}`,
  );
}
