/** The two kinds of visible units: what the formulas of a machine need to know of them. */

import { add, mul, neg, sigmoid, softplus, square, sub } from "../ops/arithmetic";
import { matMul } from "../ops/linear";
import type { Generator } from "../ops/random";
import { reshape, sum } from "../ops/shape";
import type { Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";

/** Visible units that are 0 or 1, or numbers about a mean with a spread of 1. */
export type VisibleKind = "bernoulli" | "gaussian";

/**
 * A kind of units v with biases a, [visible]. Given the hidden units h their total input is
 * x = a + h W^T, [batch, visible].
 */
export interface VisibleUnits {
  readonly kind: VisibleKind;
  /** The part of the energy that is theirs alone: v [batch, visible] -> [batch]. */
  energy(v: Tensor, bias: Tensor): Tensor;
  /** E[v | h] of the total input. */
  mean(input: Tensor): Tensor;
  /** A draw of v given its mean. */
  sample(mean: Tensor, generator: Generator): Tensor;
  /** ln of the sum, or integral, of e^-E(v, h) over all v, without h's own term: [batch]. */
  logSum(input: Tensor, bias: Tensor): Tensor;
  /** The range of data, for errors. */
  readonly range: readonly [number, number];
}

/** Energy -a v; P(v = 1 | h) = sigmoid(x). */
const bernoulli: VisibleUnits = {
  kind: "bernoulli",
  energy: (v, bias) => neg(timesVector(v, bias)),
  mean: (input) => sigmoid(input),
  sample: (mean, generator) => generator.bernoulli(mean),
  logSum: (input) => sum(softplus(input), 1),
  range: [0, 1],
};

/** Energy |v - a|^2 / 2, that is, unit variance; v | h is normal of mean x. */
const gaussian: VisibleUnits = {
  kind: "gaussian",
  energy: (v, bias) => mul(sum(square(sub(v, bias)), 1), 0.5),
  mean: (input) => input,
  sample: (mean, generator) => add(mean, generator.normal(mean.shape, 0, 1, mean.dtype)),
  // The integral of exp(-|v - a|^2 / 2 + v (x - a)), by completing the square.
  logSum: (input, bias) =>
    add(
      mul(sub(sum(square(input), 1), sum(square(bias))), 0.5),
      (input.shape[1] / 2) * Math.log(2 * Math.PI),
    ),
  range: [-Number.MAX_VALUE, Number.MAX_VALUE],
};

/** x [batch, n] times a vector [n]: [batch]. */
function timesVector(x: Tensor, vector: Tensor): Tensor {
  return reshape(matMul(x, reshape(vector, [-1, 1])), [-1]);
}

/** The units of a kind; throws on an unknown one. */
export function visibleUnitsOf(kind: VisibleKind): VisibleUnits {
  if (kind === "bernoulli") return bernoulli;
  if (kind === "gaussian") return gaussian;
  throw new TypeError(
    `expected "bernoulli" or "gaussian" for visibleUnits but received ${describeValue(kind)}`,
  );
}
