/** Updates of Variables in place: assignment, optimizer steps, accumulation. */

import { Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import type { Variable } from "../tensor/variable";
import { type TensorLike, operand } from "./arguments";
import { run } from "./op";
import type { OpRecords } from "./op-definition";
import { sum } from "./shape";

/** Updates have no results to differentiate. */
export const updateRecords = {
  assign: { vjp: null },
  assignAdd: { vjp: null },
  assignSub: { vjp: null },
  accumulate: { vjp: null },
  sgdUpdate: { vjp: null },
  momentumUpdate: { vjp: null },
  adamUpdate: { vjp: null },
  adafactorMeans: { vjp: null },
  adafactorUpdate: { vjp: null },
  lambMoments: { vjp: null },
} satisfies OpRecords;

/** What is assigned, in the target's dtype where it comes as numbers. */
function valueFor(target: Variable, value: TensorLike, op: string): Tensor {
  return operand(value, op, "value", (target as Variable | undefined)?.dtype);
}

/** target = value, of the same shape and dtype */
export function assign(target: Variable, value: TensorLike): void {
  run("assign", [target, valueFor(target, value, "assign")]);
}

/** target += value, of the same shape and dtype (float or int32) */
export function assignAdd(target: Variable, value: TensorLike): void {
  run("assignAdd", [target, valueFor(target, value, "assignAdd")]);
}

/** target -= value, of the same shape and dtype (float or int32) */
export function assignSub(target: Variable, value: TensorLike): void {
  run("assignSub", [target, valueFor(target, value, "assignSub")]);
}

/** weight -= rate * gradient */
export function sgdUpdate(weight: Variable, gradient: Tensor, rate: Tensor): void {
  run("sgdUpdate", [weight, gradient, rate]);
}

/**
 * Keras' momentum: v = momentum * v - rate * gradient; then weight += v, or with Nesterov's look-ahead
 * weight += momentum * v - rate * gradient.
 */
export function momentumUpdate(
  weight: Variable,
  velocity: Variable,
  gradient: Tensor,
  rate: Tensor,
  momentum: number,
  nesterov: boolean,
): void {
  run("momentumUpdate", [weight, velocity, gradient, rate], { momentum, nesterov });
}

interface AdamDecay {
  beta1: number;
  beta2: number;
  epsilon: number;
}

/**
 * One step of Adam (Kingma and Ba 2015, arXiv:1412.6980, in the order of the end of section 2, with
 * epsilon outside the bias correction as in Keras).
 * @param step int32 scalar, 1 at the first update
 */
export function adamUpdate(
  weight: Variable,
  m: Variable,
  v: Variable,
  gradient: Tensor,
  rate: Tensor,
  step: Tensor,
  options: AdamDecay,
): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `adamUpdate: expected an object for options but received ${describeValue(options)}`,
    );
  }
  const { beta1, beta2, epsilon } = options;
  run("adamUpdate", [weight, m, v, gradient, rate, step], { beta1, beta2, epsilon });
}

/** What `adafactorMeans` finds of matrices x [..., m, n]. */
export interface AdafactorMeans {
  /** [..., m]: old (1 - moved) + (the mean of x^2 over columns + epsilon) moved */
  mean: Tensor;
  /** [..., n]: the sums of x^2 over rows. */
  plain: Tensor;
  /** [..., n]: the sums of x^2 / mean. */
  weighed: Tensor;
  /** The sum of weight^2, a scalar. */
  ofWeight: Tensor;
}

/** Shares that are enough for many threads. */
const MANY_SHARES = 8;

/**
 * Into how many equal shares so many elements are cut, of some size at least where there are more: parts
 * of a step write equal slices.
 */
function equalShares(elements: number, least: number): number {
  const wanted = Math.max(1, Math.min(MANY_SHARES, Math.floor(elements / least)));
  for (let shares = wanted; shares <= 4 * wanted; shares++) {
    if (elements % shares === 0) return shares;
  }
  return 1;
}

/** Rows of a matrix that are worth a share of their own. */
const ROWS_OF_SHARE = 128;

/** All that Adafactor needs to know of a gradient x and its weight, in one pass over them. */
export function adafactorMeans(
  x: Tensor,
  weight: Tensor,
  old: Tensor,
  moved: Tensor,
  epsilon: number,
): AdafactorMeans {
  const isLarge = x.shape.at(-2)! >= ROWS_OF_SHARE; // each share has sums for all matrices
  const shares = isLarge ? equalShares(old.size, ROWS_OF_SHARE) : 1;
  const given = [x, weight, old, moved];
  const [mean, plain, weighed, ofWeight] = run("adafactorMeans", given, { epsilon, shares });
  return { mean, plain: sum(plain, 0), weighed: sum(weighed, 0), ofWeight: sum(ofWeight) };
}

/** weight -= row * (gradient * column), with a factor for each row and for each column of matrices. */
export function adafactorUpdate(
  weight: Variable,
  gradient: Tensor,
  row: Tensor,
  column: Tensor,
): void {
  run("adafactorUpdate", [weight, gradient, row, column]);
}

/** Numbers of a step that `lambMoments` takes, scalars of the weight's dtype. */
export interface LambScalars {
  ofMean: Tensor;
  floor: Tensor;
}

/** Sums of squares, scalars. */
export interface LambSquares {
  ofWeight: Tensor;
  ofChange: Tensor;
}

/** Elements that are worth a share of their own. */
const ELEMENTS_OF_SHARE = 8192;

/**
 * Moves the moments of a gradient, and adds up the squares of the weight and of its change, mean ofMean
 * / (sqrt(square) + floor), which it does not store.
 */
export function lambMoments(
  mean: Variable,
  square: Variable,
  gradient: Tensor,
  weight: Tensor,
  { ofMean, floor }: LambScalars,
  { beta1, beta2 }: { beta1: number; beta2: number },
): LambSquares {
  const attributes = { beta1, beta2, shares: equalShares(weight.size, ELEMENTS_OF_SHARE) };
  const given = [mean, square, gradient, weight, ofMean, floor];
  const [ofWeight, ofChange] = run("lambMoments", given, attributes);
  return { ofWeight: sum(ofWeight), ofChange: sum(ofChange) };
}

/** total += the sum of `values` (any shape and dtype), in float64. `total` is a float64 scalar. */
export function accumulate(total: Variable, values: Tensor): void {
  run("accumulate", [total, values]);
}
