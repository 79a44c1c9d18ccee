/** Gates: activations that multiply x by a part of itself, between 0 and 1. */

import {
  add,
  clipByValue,
  div,
  greater,
  greaterEqual,
  lessEqual,
  mul,
  sigmoid,
  softplus,
  square,
  tanh,
  where,
} from "../../ops/arithmetic";
import { erf } from "../../ops/functions";
import { slice } from "../../ops/shape";
import { flag, readOptions } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { type AxisOptions, axisOf } from "../function-options";

/**
 * x gate(x), for gates that are 0 or 1 to all digits beyond +-1000: there the product is left out,
 * since an infinity times 0 is NaN.
 */
function gated(x: Tensor, gate: (x: Tensor) => Tensor): Tensor {
  const near = clipByValue(x, -1000, 1000);
  return where(greater(x, 1000), x, mul(near, gate(near)));
}

/** x sigmoid(x), also called swish (arXiv:1702.03118) */
export function silu(x: Tensor): Tensor {
  return gated(x, sigmoid);
}

/** Options of `gelu`. */
export interface GeluOptions {
  /** Whether the distribution is approximated by tanh; false. */
  approximate?: boolean;
}

/**
 * x times the probability of a standard normal number below x (Hendrycks and Gimpel 2016,
 * arXiv:1606.08415)
 */
export function gelu(x: Tensor, options: GeluOptions = {}): Tensor {
  const { approximate } = readOptions({ approximate: flag(false) }, options, "gelu");
  return gated(x, approximate ? nearlyNormal : normal);
}

/** The distribution function of the standard normal distribution. */
function normal(x: Tensor): Tensor {
  return mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5);
}

function nearlyNormal(x: Tensor): Tensor {
  const inner = mul(mul(x, add(mul(square(x), 0.044715), 1)), Math.sqrt(2 / Math.PI));
  return mul(add(tanh(inner), 1), 0.5);
}

/** x tanh(softplus(x)) (Misra 2019, arXiv:1908.08681) */
export function mish(x: Tensor): Tensor {
  return gated(x, (near) => tanh(softplus(near)));
}

/** 0 for x <= -3, x for x >= 3, x (x + 3) / 6 between (Howard et al. 2019, arXiv:1905.02244) */
export function hardSilu(x: Tensor): Tensor {
  const between = clipByValue(x, -3, 3);
  const curve = div(mul(between, add(between, 3)), 6);
  return where(lessEqual(x, -3), 0, where(greaterEqual(x, 3), x, curve));
}

/** The first half along an axis, times the sigmoid of the second (Dauphin et al. 2017, arXiv:1612.08083) */
export function glu(x: Tensor, options: AxisOptions = {}): Tensor {
  const axis = axisOf(x, options, "glu");
  const half = x.shape[axis] / 2;
  if (!Number.isInteger(half)) {
    throw new RangeError(
      `glu: expected an even number of elements on axis ${axis} but received ${x.describe()}`,
    );
  }
  const shape = x.shape.map((dim, i) => (i === axis ? half : dim));
  const begin = (at: number): number[] => x.shape.map((_, i) => (i === axis ? at : 0));
  return mul(slice(x, begin(0), shape), sigmoid(slice(x, begin(half), shape)));
}
