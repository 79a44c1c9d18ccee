/** Losses of numbers: means over the last axis of what they are off by. [..., n] -> [...] */

import {
  abs,
  add,
  clipByValue,
  div,
  expm1,
  less,
  log1p,
  mul,
  softplus,
  square,
  sub,
  where,
} from "../../ops/arithmetic";
import { mean } from "../../ops/reduce";
import type { Tensor } from "../../tensor/tensor";
import { numbersOf } from "../function-options";
import { EPSILON, aligned } from "./arguments";
import { lossClass } from "./loss-class";

/** The mean over the last axis of (yPred - yTrue)^2. */
export function meanSquaredError(yTrue: Tensor, yPred: Tensor): Tensor {
  return mean(square(errors(yTrue, yPred, "meanSquaredError")), -1);
}

/** The mean over the last axis of |yPred - yTrue|. */
export function meanAbsoluteError(yTrue: Tensor, yPred: Tensor): Tensor {
  return mean(abs(errors(yTrue, yPred, "meanAbsoluteError")), -1);
}

/** 100 times the mean over the last axis of |(yPred - yTrue) / yTrue|, |yTrue| being 1e-7 at least. */
export function meanAbsolutePercentageError(yTrue: Tensor, yPred: Tensor): Tensor {
  const [y, p] = aligned(yTrue, yPred, "meanAbsolutePercentageError");
  const size = clipByValue(abs(y), EPSILON, Infinity);
  return mul(mean(abs(div(sub(y, p), size)), -1), 100);
}

/** The mean over the last axis of (ln(1 + yPred) - ln(1 + yTrue))^2, both being 1e-7 at least. */
export function meanSquaredLogarithmicError(yTrue: Tensor, yPred: Tensor): Tensor {
  const [y, p] = aligned(yTrue, yPred, "meanSquaredLogarithmicError");
  const logarithm = (x: Tensor): Tensor => log1p(clipByValue(x, EPSILON, Infinity));
  return mean(square(sub(logarithm(p), logarithm(y))), -1);
}

/** Options of `huber`. */
export interface HuberOptions {
  /** Where the parabola goes over into straight lines; 1 by default. */
  delta?: number;
}

/** The mean over the last axis of e^2 / 2 for |e| <= delta, else delta |e| - delta^2 / 2. */
export function huber(yTrue: Tensor, yPred: Tensor, options: HuberOptions = {}): Tensor {
  const { delta } = numbersOf(options, { delta: 1 }, "huber");
  if (delta < 0) throw new RangeError(`huber: expected delta >= 0 but received ${delta}`);
  const error = errors(yTrue, yPred, "huber");
  const near = clipByValue(error, -delta, delta);
  return mean(mul(near, sub(error, mul(near, 0.5))), -1);
}

/** The mean over the last axis of ln cosh(yPred - yTrue): a parabola at 0, |e| - ln 2 far off. */
export function logCosh(yTrue: Tensor, yPred: Tensor): Tensor {
  const size = abs(errors(yTrue, yPred, "logCosh"));
  // cosh x - 1 = (e^x - 1)^2 / (2 e^x), which does not cancel near 0.
  const grown = expm1(clipByValue(size, 0, 1));
  const near = log1p(div(square(grown), mul(add(grown, 1), 2)));
  const far = add(size, sub(softplus(mul(size, -2)), Math.LN2));
  return mean(where(less(size, 1), near, far), -1);
}

function errors(yTrue: Tensor, yPred: Tensor, loss: string): Tensor {
  const [y, p] = aligned(yTrue, yPred, loss);
  return sub(p, y);
}

/**
 * {@link meanSquaredError} as an object: its options, a reduction, weights of samples. A loss for
 * `compile`.
 */
export const MeanSquaredError = lossClass("MeanSquaredError", meanSquaredError, {
  aliases: ["mse"],
});
/**
 * {@link meanAbsoluteError} as an object: its options, a reduction, weights of samples. A loss for
 * `compile`.
 */
export const MeanAbsoluteError = lossClass("MeanAbsoluteError", meanAbsoluteError, {
  aliases: ["mae"],
});
/**
 * {@link meanAbsolutePercentageError} as an object: its options, a reduction, weights of samples. A loss
 * for `compile`.
 */
export const MeanAbsolutePercentageError = lossClass(
  "MeanAbsolutePercentageError",
  meanAbsolutePercentageError,
  { aliases: ["mape"] },
);
/**
 * {@link meanSquaredLogarithmicError} as an object: its options, a reduction, weights of samples. A loss
 * for `compile`.
 */
export const MeanSquaredLogarithmicError = lossClass(
  "MeanSquaredLogarithmicError",
  meanSquaredLogarithmicError,
  { aliases: ["msle"] },
);
/** {@link huber} as an object: its options, a reduction, weights of samples. A loss for `compile`. */
export const Huber = lossClass("Huber", huber, { options: ["delta"] });
/** {@link logCosh} as an object: its options, a reduction, weights of samples. A loss for `compile`. */
export const LogCosh = lossClass("LogCosh", logCosh);
