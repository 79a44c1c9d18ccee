/** Losses of distributions, counts and directions. */

import { resolveAxis } from "../../ops/arguments";
import { add, clipByValue, div, log, mul, neg, rsqrt, square, sub } from "../../ops/arithmetic";
import { mean } from "../../ops/reduce";
import { sum } from "../../ops/shape";
import type { Tensor } from "../../tensor/tensor";
import { checkOptions } from "../../tensor/options";
import type { AxisOptions } from "../function-options";
import { EPSILON, aligned } from "./arguments";
import { lossClass } from "./loss-class";

/**
 * Kullback-Leibler divergence: sum(yTrue ln(yTrue / yPred)) over the last axis, both kept within
 * [1e-7, 1]. [..., n] -> [...]
 */
export function klDivergence(yTrue: Tensor, yPred: Tensor): Tensor {
  const [y, p] = aligned(yTrue, yPred, "klDivergence").map((x) => clipByValue(x, EPSILON, 1));
  return sum(mul(y, log(div(y, p))), -1);
}

/** Of counts: the mean over the last axis of yPred - yTrue ln(yPred + 1e-7). [..., n] -> [...] */
export function poisson(yTrue: Tensor, yPred: Tensor): Tensor {
  const [y, p] = aligned(yTrue, yPred, "poisson");
  return mean(sub(p, mul(y, log(add(p, EPSILON)))), -1);
}

/**
 * The cosine of the angle between yTrue and yPred along an axis, negated: -1 for the same direction,
 * 0 for orthogonal ones or a vector of zeros. [..., n] -> [...]
 */
export function cosineSimilarity(yTrue: Tensor, yPred: Tensor, options: AxisOptions = {}): Tensor {
  checkOptions(options, ["axis"], "cosineSimilarity");
  const [y, p] = aligned(yTrue, yPred, "cosineSimilarity");
  const axis = resolveAxis(options.axis ?? -1, p.rank, "cosineSimilarity");
  return neg(sum(mul(direction(y, axis), direction(p, axis)), axis));
}

/** Of length 1 along an axis; zeros stay. */
function direction(x: Tensor, axis: number): Tensor {
  const squares = clipByValue(sum(square(x), axis, true), EPSILON ** 2, Infinity);
  return mul(x, rsqrt(squares));
}

/**
 * {@link klDivergence} as an object: its options, a reduction, weights of samples. A loss for `compile`.
 */
export const KLDivergence = lossClass("KLDivergence", klDivergence, {
  aliases: ["kld", "kullbackLeiblerDivergence"],
});
/** {@link poisson} as an object: its options, a reduction, weights of samples. A loss for `compile`. */
export const Poisson = lossClass("Poisson", poisson);
/**
 * {@link cosineSimilarity} as an object: its options, a reduction, weights of samples. A loss for
 * `compile`.
 */
export const CosineSimilarity = lossClass("CosineSimilarity", cosineSimilarity, {
  options: ["axis"],
});
