/** Rectifiers: activations that let what is positive pass and hold back what is negative. */

import { checkNumber } from "../../ops/arguments";
import {
  add,
  clipByValue,
  div,
  expm1,
  greater,
  greaterEqual,
  less,
  lessEqual,
  mul,
  relu as rectify,
  softplus as softplusOp,
  sqrt,
  square,
  sub,
  where,
} from "../../ops/arithmetic";
import type { Tensor } from "../../tensor/tensor";
import { describeValue } from "../../tensor/values";
import { numbersOf } from "../function-options";

/** Options of `relu`. */
export interface ReluOptions {
  /** Slope below the threshold; 0 by default. */
  negativeSlope?: number;
  /** What the result is at most; without bound by default. */
  maxValue?: number | null;
  /** Where x begins to pass; 0 by default. */
  threshold?: number;
}

/** max(x, 0); with options x between `threshold` and `maxValue`, of slope `negativeSlope` below. */
export function relu(x: Tensor, options?: ReluOptions): Tensor {
  if (options === undefined) return rectify(x);
  const { maxValue = null, ...rest } = options;
  const { negativeSlope, threshold } = numbersOf(rest, RELU, "relu");
  if (maxValue !== null) checkNumber(maxValue, "relu", "maxValue");
  if (negativeSlope !== 0 && maxValue === null && threshold === 0)
    return leakyRelu(x, { negativeSlope });
  const passed = threshold === 0 ? rectify(x) : where(lessEqual(x, threshold), 0, x);
  const bounded = maxValue === null ? passed : atMost(passed, maxValue, threshold);
  if (negativeSlope === 0) return bounded;
  return sub(bounded, mul(rectify(sub(threshold, x)), negativeSlope));
}

const RELU = { negativeSlope: 0, threshold: 0 };

/** Kept within [0, bound], of slope 1 at the bound; but relu6, as everywhere, is of slope 0 there. */
function atMost(x: Tensor, bound: number, threshold: number): Tensor {
  if (bound < 0) {
    throw new RangeError(`relu: expected maxValue >= 0 but received ${describeValue(bound)}`);
  }
  if (bound === 6 && threshold === 0) return where(greaterEqual(x, 6), 6, x);
  return clipByValue(x, 0, bound);
}

/** min(max(x, 0), 6), of slope 0 at both ends */
export function relu6(x: Tensor): Tensor {
  return relu(x, { maxValue: 6 });
}

/** Options of `leakyRelu`. */
export interface LeakyReluOptions {
  /** 0.2 by default. */
  negativeSlope?: number;
}

/** x for x > 0, else `negativeSlope` x */
export function leakyRelu(x: Tensor, options: LeakyReluOptions = {}): Tensor {
  const { negativeSlope } = numbersOf(options, { negativeSlope: 0.2 }, "leakyRelu");
  if (negativeSlope === 0) return rectify(x);
  return where(greater(x, 0), x, mul(x, negativeSlope));
}

/** x where x > threshold, else `defaultValue` */
export function threshold(x: Tensor, threshold: number, defaultValue: number): Tensor {
  checkNumber(threshold, "threshold", "threshold");
  checkNumber(defaultValue, "threshold", "defaultValue");
  return where(lessEqual(x, threshold), defaultValue, x);
}

/** Options of `elu` and `celu`. */
export interface AlphaOptions {
  /** What the result tends to, negated, for small x; 1 by default. */
  alpha?: number;
}

/** x for x > 0, else alpha (e^x - 1) (Clevert et al. 2016, arXiv:1511.07289) */
export function elu(x: Tensor, options: AlphaOptions = {}): Tensor {
  const { alpha } = numbersOf(options, { alpha: 1 }, "elu");
  const passes = greater(x, 0);
  return where(passes, x, mul(expm1(where(passes, 0, x)), alpha));
}

/** As elu, but e^(x / alpha), so that the slope at 0 is 1 (Barron 2017, arXiv:1704.07483) */
export function celu(x: Tensor, options: AlphaOptions = {}): Tensor {
  const { alpha } = numbersOf(options, { alpha: 1 }, "celu");
  if (alpha === 0) throw new RangeError("celu: expected an alpha other than 0 but received 0");
  const passes = greater(x, 0);
  return where(passes, x, mul(expm1(div(where(passes, 0, x), alpha)), alpha));
}

/** Mean 0 and variance 1 are fixed points of layers with these (Klambauer et al. 2017, arXiv:1706.02515). */
const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

/** 1.0507 x for x >= 0, else 1.0507 * 1.6733 (e^x - 1) */
export function selu(x: Tensor): Tensor {
  const holds = less(x, 0);
  const held = mul(expm1(where(holds, x, 0)), SELU_ALPHA);
  return mul(where(holds, held, x), SELU_SCALE);
}

/** ln(1 + e^x) */
export function softplus(x: Tensor): Tensor {
  return softplusOp(x);
}

/** 0 for x <= -1, x for x >= 1, (x + 1)^2 / 4 between */
export function sparsePlus(x: Tensor): Tensor {
  const between = clipByValue(x, -1, 1);
  const curve = mul(square(add(between, 1)), 0.25);
  return where(lessEqual(x, -1), 0, where(greaterEqual(x, 1), x, curve));
}

/** Options of `squareplus`. */
export interface SquareplusOptions {
  /** Smoothness: the result at 0 is half its root; 4 by default. */
  b?: number;
}

/** (x + sqrt(x^2 + b)) / 2 (Barron 2021, arXiv:2112.11687), without cancelling for negative x */
export function squareplus(x: Tensor, options: SquareplusOptions = {}): Tensor {
  const { b } = numbersOf(options, { b: 4 }, "squareplus");
  if (b < 0) throw new RangeError(`squareplus: expected b >= 0 but received ${describeValue(b)}`);
  if (b === 0) return rectify(x);
  // The root is |x| to all digits long before x^2 overflows.
  const [below, above] = [clipByValue(x, -FAR, 0), clipByValue(x, 0, FAR)];
  const large = mul(add(above, sqrt(add(square(above), b))), 0.5);
  const small = div(b / 2, sub(sqrt(add(square(below), b)), below));
  const near = where(greaterEqual(x, 0), large, small);
  return where(greater(x, FAR), x, where(less(x, -FAR), 0, near));
}

/** Beyond it `squareplus` is max(x, 0), to all digits of float64 for b up to 1e14. */
const FAR = 1e15;
