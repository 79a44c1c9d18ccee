/** Squashers: activations that bring any x into an interval. */

import {
  abs,
  add,
  clipByValue,
  div,
  greater,
  greaterEqual,
  lessEqual,
  mul,
  neg,
  reciprocal,
  sigmoid as sigmoidOp,
  sign,
  softplus,
  sub,
  tanh as tanhOp,
  where,
} from "../../ops/arithmetic";
import type { Tensor } from "../../tensor/tensor";

/** 1 / (1 + e^-x) */
export function sigmoid(x: Tensor): Tensor {
  return sigmoidOp(x);
}

/** ln sigmoid(x), exact also where sigmoid underflows */
export function logSigmoid(x: Tensor): Tensor {
  return neg(softplus(neg(x)));
}

/** x / 6 + 0.5 between -3 and 3, 0 before, 1 after; of slope 0 at both ends */
export function hardSigmoid(x: Tensor): Tensor {
  return ramp(x, 3);
}

/** (x + 1) / 2 between -1 and 1, 0 before, 1 after; of slope 0 at both ends */
export function sparseSigmoid(x: Tensor): Tensor {
  return ramp(x, 1);
}

/** From 0 at -end to 1 at end. */
function ramp(x: Tensor, end: number): Tensor {
  const line = div(add(x, end), 2 * end);
  return where(lessEqual(x, -end), 0, where(greaterEqual(x, end), 1, line));
}

/** Hyperbolic tangent */
export function tanh(x: Tensor): Tensor {
  return tanhOp(x);
}

/** x kept within [-1, 1]; of slope 1 at both ends */
export function hardTanh(x: Tensor): Tensor {
  return clipByValue(x, -1, 1);
}

/** x / (1 + |x|) */
export function softsign(x: Tensor): Tensor {
  const inner = clipByValue(x, -1, 1);
  const near = div(inner, add(abs(inner), 1));
  // The same, but of an exact slope for large x, and 1 at infinity.
  const far = mul(sign(x), sub(1, reciprocal(add(abs(x), 1))));
  return where(greater(abs(x), 1), far, near);
}
