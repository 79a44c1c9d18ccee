/**
 * Focal losses (Lin et al. 2017, arXiv:1708.02002), cross-entropies that weigh a sample by how far
 * off it is; and the generalised cross-entropy, between cross-entropy and mean absolute error.
 */

import { resolveAxis } from "../../ops/arguments";
import { add, clipByValue, div, mul, neg, pow, sigmoid, sub } from "../../ops/arithmetic";
import { oneHot } from "../../ops/indexing";
import { mean } from "../../ops/reduce";
import { sum } from "../../ops/shape";
import { logClipped } from "../../ops/softmax";
import { checkFlag, checkOptions } from "../../tensor/options";
import type { Tensor } from "../../tensor/tensor";
import { softmax } from "../activations/distributions";
import { checkedNumbers, numbersOf } from "../function-options";
import { EPSILON, aligned, checkLabels } from "./arguments";
import {
  type CrossentropyOptions,
  binaryPair,
  binaryTerms,
  readFlag,
  smoothed,
} from "./crossentropy";
import { noteLabels, wholeLabels } from "./labels";
import { lossClass } from "./loss-class";

/** Options of `categoricalFocalCrossentropy`. */
export interface FocalOptions extends CrossentropyOptions {
  /** Weight of class 1, the others weigh 1 - alpha; of the categorical loss, of all. 0.25 by default. */
  alpha?: number;
  /** The power of how far off a probability is; 2 by default. */
  gamma?: number;
}

/** Options of `binaryFocalCrossentropy`. */
export interface BinaryFocalOptions extends FocalOptions {
  /** Whether to weigh the classes by alpha; false by default. */
  applyClassBalancing?: boolean;
}

const OPTIONS = ["alpha", "gamma", "fromLogits", "labelSmoothing", "axis"];
const DEFAULTS = { alpha: 0.25, gamma: 2 };

/**
 * The mean over an axis of (1 - p)^gamma times the binary cross-entropy, p that of the true class; from
 * logits where `sigmoid` has made the probabilities, as `binaryCrossentropy`.
 * @param yTrue [..., n], of 0 and 1 or between
 * @param yPred float [..., n]
 * @returns [...]
 */
export function binaryFocalCrossentropy(
  yTrue: Tensor,
  yPred: Tensor,
  options: BinaryFocalOptions = {},
): Tensor {
  const loss = "binaryFocalCrossentropy";
  checkOptions(options, ["applyClassBalancing", ...OPTIONS], loss);
  const { applyClassBalancing = false } = options;
  checkFlag(applyClassBalancing, loss, "applyClassBalancing");
  const { alpha, gamma } = checkedNumbers(options, DEFAULTS, loss);
  const { y, predicted, fromLogits, axis } = binaryPair(yTrue, yPred, options, loss);
  const [p, q] = fromLogits
    ? [sigmoid(predicted), sigmoid(neg(predicted))]
    : [predicted, sub(1, predicted)];
  const miss = add(mul(y, q), mul(sub(1, y), p));
  const terms = mul(power(miss, gamma), binaryTerms(y, predicted, fromLogits));
  if (!applyClassBalancing) return mean(terms, axis);
  return mean(mul(add(mul(y, alpha), mul(sub(1, y), 1 - alpha)), terms), axis);
}

/**
 * The sum over the classes of alpha (1 - p)^gamma times -yTrue ln p. Probabilities are divided by
 * their sum first, and p is kept within [1e-7, 1 - 1e-7].
 * @param yTrue [..., classes]
 * @param yPred float [..., classes]
 * @returns [...]
 */
export function categoricalFocalCrossentropy(
  yTrue: Tensor,
  yPred: Tensor,
  options: FocalOptions = {},
): Tensor {
  const loss = "categoricalFocalCrossentropy";
  checkOptions(options, OPTIONS, loss);
  const { alpha, gamma } = checkedNumbers(options, DEFAULTS, loss);
  const [targets, predicted] = aligned(yTrue, yPred, loss);
  const axis = resolveAxis(options.axis ?? -1, predicted.rank, loss);
  const y = smoothed(targets, options, loss, 1 / (targets.shape.at(-1) ?? 1));
  const p = readFlag(options, loss)
    ? softmax(predicted, { axis })
    : div(predicted, sum(predicted, axis, true));
  const focus = mul(power(sub(1, clipByValue(p, EPSILON, 1 - EPSILON)), gamma), alpha);
  return neg(sum(mul(focus, mul(y, logClipped(p, EPSILON))), axis));
}

/** x^gamma of parts, which has a slope at 0 whatever gamma is. */
function power(x: Tensor, gamma: number): Tensor {
  return pow(clipByValue(x, LEAST_NORMAL, Infinity), gamma);
}

/** Of float32. */
const LEAST_NORMAL = 2 ** -126;

/** Options of `categoricalGeneralizedCrossEntropy`. */
export interface GeneralizedOptions {
  /** Between cross-entropy, near 0, and mean absolute error, at 1; 0.5 by default. */
  q?: number;
}

/**
 * (1 - p^q) / q of the label's probability, which wrong labels disturb less (Zhang and Sabuncu 2018,
 * arXiv:1805.07836).
 * @param yTrue uint8 or int32 [...], each in [0, classes)
 * @param yPred float [..., classes], probabilities
 * @returns [...]
 */
export function categoricalGeneralizedCrossEntropy(
  yTrue: Tensor,
  yPred: Tensor,
  options: GeneralizedOptions = {},
): Tensor {
  const loss = "categoricalGeneralizedCrossEntropy";
  const { q } = numbersOf(options, { q: 0.5 }, loss);
  if (!(q > 0 && q <= 1)) throw new RangeError(`${loss}: expected q in (0, 1] but received ${q}`);
  const labels = wholeLabels(yTrue);
  checkLabels(labels, yPred, loss);
  noteLabels(yTrue, { classes: yPred.shape[yPred.rank - 1], ignored: null });
  const chosen = oneHot(labels, yPred.shape[yPred.rank - 1], yPred.dtype);
  const p = sum(mul(yPred, chosen), -1);
  return div(sub(1, power(p, q)), q);
}

/**
 * {@link binaryFocalCrossentropy} as an object: its options, a reduction, weights of samples. A loss for
 * `compile`.
 */
export const BinaryFocalCrossentropy = lossClass(
  "BinaryFocalCrossentropy",
  binaryFocalCrossentropy,
  { options: ["applyClassBalancing", ...OPTIONS] },
);
/**
 * {@link categoricalFocalCrossentropy} as an object: its options, a reduction, weights of samples. A loss
 * for `compile`.
 */
export const CategoricalFocalCrossentropy = lossClass(
  "CategoricalFocalCrossentropy",
  categoricalFocalCrossentropy,
  { options: OPTIONS },
);
/**
 * {@link categoricalGeneralizedCrossEntropy} as an object: its options, a reduction, weights of samples. A
 * loss for `compile`.
 */
export const CategoricalGeneralizedCrossEntropy = lossClass(
  "CategoricalGeneralizedCrossEntropy",
  categoricalGeneralizedCrossEntropy,
  { options: ["q"], takesLabels: true },
);
