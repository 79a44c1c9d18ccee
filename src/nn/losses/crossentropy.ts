/**
 * Cross-entropies. Probabilities are kept within [1e-7, 1 - 1e-7], Keras' epsilon; from logits no
 * digit is lost, however sure they are.
 */

import { checkInteger, checkTensor, resolveAxis } from "../../ops/arguments";
import {
  add,
  clipByValue,
  div,
  equal,
  log,
  mul,
  neg,
  notEqual,
  softplus,
  sub,
  where,
} from "../../ops/arithmetic";
import { logitsOf } from "../../ops/logits";
import { mean } from "../../ops/reduce";
import { expandDims, reshape, sum, transpose } from "../../ops/shape";
import { logClipped, sparseCrossentropy, sparseCrossentropyLogits } from "../../ops/softmax";
import { checkFlag, checkOptions } from "../../tensor/options";
import type { Tensor } from "../../tensor/tensor";
import { logSoftmax } from "../activations/distributions";
import { EPSILON, aligned, checkPart, finite, withoutColumn } from "./arguments";
import { noteLabels, wholeLabels } from "./labels";
import { lossClass } from "./loss-class";

/** Options of the cross-entropies. */
export interface CrossentropyOptions {
  /** True if `yPred` are logits rather than probabilities; false by default. */
  fromLogits?: boolean;
  /** What of each target is spread evenly over all classes; 0 by default. */
  labelSmoothing?: number;
  /** Of the classes, which are summed (of `binaryCrossentropy`: averaged) over; the last by default. */
  axis?: number;
}

const OPTIONS = ["fromLogits", "labelSmoothing", "axis"];

/** Options of `sparseCategoricalCrossentropy`. */
export interface SparseCrossentropyOptions {
  /** True if `yPred` are logits rather than probabilities; false by default. */
  fromLogits?: boolean;
  /** Samples of this label count as a loss of 0; none by default. */
  ignoreClass?: number | null;
  /** Of the classes in `yPred`; the last by default. */
  axis?: number;
}

const SPARSE_OPTIONS = ["fromLogits", "ignoreClass", "axis"];

/**
 * Cross-entropy of labels: -ln p[label]. Of probabilities that `softmax` has made over the same, last
 * axis it is computed from what they were made of, as Keras on TensorFlow does: see binaryCrossentropy.
 * @param yTrue whole numbers [...], each in [0, classes) or `ignoreClass`; also [..., 1]
 * @param yPred float [..., classes]
 * @returns [...]
 */
export function sparseCategoricalCrossentropy(
  yTrue: Tensor,
  yPred: Tensor,
  options: SparseCrossentropyOptions = {},
): Tensor {
  const loss = "sparseCategoricalCrossentropy";
  checkOptions(options, SPARSE_OPTIONS, loss);
  const { ignoreClass = null, axis = -1 } = options;
  const flag = readFlag(options, loss);
  checkTensor(yTrue, loss, "yTrue");
  checkTensor(yPred, loss, "yPred");
  const logits = flag ? yPred : logitsOfClasses(yPred, axis);
  const given = logits ?? yPred;
  const predicted = axis === -1 ? given : withClassesLast(given, axis, loss);
  const labels = withoutColumn(wholeLabels(yTrue), predicted);
  noteLabels(yTrue, { classes: predicted.shape.at(-1) ?? 0, ignored: ignoreClass });
  const losses = (y: Tensor, p: Tensor): Tensor =>
    logits ? sparseCrossentropyLogits(p, y) : sparseCrossentropy(p, y, EPSILON);
  if (ignoreClass === null) return losses(labels, predicted);
  checkInteger(ignoreClass, loss, "ignoreClass");
  const ignored = equal(labels, ignoreClass);
  const kept = where(expandDims(ignored, -1), 0, predicted);
  return where(ignored, 0, losses(where(ignored, 0, labels), kept));
}

/** What softmax made probabilities of, if it was over the axis of the classes. */
function logitsOfClasses(probabilities: Tensor, axis: number): Tensor | null {
  const isLast = axis === -1 || axis === probabilities.rank - 1;
  return isLast ? logitsOf(probabilities, "softmax") : null;
}

function withClassesLast(x: Tensor, axis: number, loss: string): Tensor {
  const from = resolveAxis(axis, x.rank, loss);
  if (from === x.rank - 1) return x;
  const others = Array.from({ length: x.rank }, (_, i) => i).filter((i) => i !== from);
  return transpose(x, [...others, from]);
}

/**
 * Cross-entropy of distributions: -sum(yTrue ln p) over the classes. Probabilities are divided by
 * their sum first; if `softmax` made them over the same, last axis, what they were made of is taken
 * instead, as by `sparseCategoricalCrossentropy`.
 * @param yTrue [..., classes]
 * @param yPred float [..., classes]
 * @returns [...]
 */
export function categoricalCrossentropy(
  yTrue: Tensor,
  yPred: Tensor,
  options: CrossentropyOptions = {},
): Tensor {
  const loss = "categoricalCrossentropy";
  checkOptions(options, OPTIONS, loss);
  const logits = readFlag(options, loss) ? yPred : logitsOfClasses(yPred, options.axis ?? -1);
  const [targets, predicted] = aligned(yTrue, logits ?? yPred, loss);
  const axis = resolveAxis(options.axis ?? -1, predicted.rank, loss);
  const y = smoothed(targets, options, loss, 1 / (targets.shape.at(-1) ?? 1));
  const logs = logits
    ? finite(logSoftmax(predicted, { axis }))
    : logClipped(div(predicted, sum(predicted, axis, true)), EPSILON);
  return neg(sum(mul(y, logs), axis));
}

/**
 * Cross-entropy of independent probabilities: the mean over an axis of
 * -(yTrue ln p + (1 - yTrue) ln(1 - p)). Of probabilities that `sigmoid` has made it is computed from
 * what they were made of, as Keras on TensorFlow does: value and gradient lose nothing where they round
 * to 0 or 1.
 * @param yTrue [..., n], of 0 and 1 or between
 * @param yPred float [..., n]
 * @returns [...]
 */
export function binaryCrossentropy(
  yTrue: Tensor,
  yPred: Tensor,
  options: CrossentropyOptions = {},
): Tensor {
  checkOptions(options, OPTIONS, "binaryCrossentropy");
  const { y, predicted, fromLogits, axis } = binaryPair(
    yTrue,
    yPred,
    options,
    "binaryCrossentropy",
  );
  return mean(binaryTerms(y, predicted, fromLogits), axis);
}

/** Targets and predictions of a binary cross-entropy; logits wherever they are known. */
interface BinaryPair {
  y: Tensor;
  predicted: Tensor;
  fromLogits: boolean;
  axis: number;
}

export function binaryPair(
  yTrue: Tensor,
  yPred: Tensor,
  options: CrossentropyOptions,
  loss: string,
): BinaryPair {
  const logits = readFlag(options, loss) ? yPred : logitsOf(yPred, "sigmoid");
  const [targets, predicted] = aligned(yTrue, logits ?? yPred, loss);
  const axis = resolveAxis(options.axis ?? -1, predicted.rank, loss);
  const y = smoothed(targets, options, loss, 0.5);
  return { y, predicted, fromLogits: logits !== null, axis };
}

/** -(y ln p + (1 - y) ln(1 - p)), element by element. */
export function binaryTerms(y: Tensor, predicted: Tensor, fromLogits: boolean): Tensor {
  if (fromLogits) {
    // Both terms are positive, so that neither is lost beside the other.
    const z = finite(predicted);
    return add(mul(y, softplus(neg(z))), mul(sub(1, y), softplus(z)));
  }
  const p = clipByValue(predicted, EPSILON, 1 - EPSILON);
  return neg(add(mul(y, log(p)), mul(sub(1, y), log(sub(1, p)))));
}

/** Targets of which a part, the label smoothing, is spread evenly: `even` for each class. */
export function smoothed(
  y: Tensor,
  { labelSmoothing = 0 }: CrossentropyOptions,
  loss: string,
  even: number,
): Tensor {
  checkPart(labelSmoothing, loss, "labelSmoothing");
  return labelSmoothing === 0 ? y : add(mul(y, 1 - labelSmoothing), labelSmoothing * even);
}

/** Whether predictions are logits. */
export function readFlag({ fromLogits = false }: { fromLogits?: boolean }, loss: string): boolean {
  checkFlag(fromLogits, loss, "fromLogits");
  return fromLogits;
}

/**
 * {@link sparseCategoricalCrossentropy} as an object: its options, a reduction, weights of samples. A loss
 * for `compile`.
 */
export const SparseCategoricalCrossentropy = lossClass(
  "SparseCategoricalCrossentropy",
  sparseCategoricalCrossentropy,
  { options: SPARSE_OPTIONS, takesLabels: true, mask: maskOf },
);
/**
 * {@link categoricalCrossentropy} as an object: its options, a reduction, weights of samples. A loss for
 * `compile`.
 */
export const CategoricalCrossentropy = lossClass(
  "CategoricalCrossentropy",
  categoricalCrossentropy,
  { options: OPTIONS },
);
/**
 * {@link binaryCrossentropy} as an object: its options, a reduction, weights of samples. A loss for
 * `compile`.
 */
export const BinaryCrossentropy = lossClass("BinaryCrossentropy", binaryCrossentropy, {
  options: OPTIONS,
  aliases: ["bce"],
});

/** Samples of `ignoreClass` do not count in a mean. */
function maskOf(
  losses: Tensor,
  yTrue: Tensor,
  { ignoreClass }: SparseCrossentropyOptions,
): Tensor | null {
  if (ignoreClass === undefined || ignoreClass === null) return null;
  return reshape(notEqual(wholeLabels(yTrue), ignoreClass), losses.shape);
}
