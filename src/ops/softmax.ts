/** Softmax and cross-entropy. */

import type { Tensor } from "../tensor/tensor";
import { alongAxis } from "./along-axis";
import { type TensorLike, operand } from "./arguments";
import { clipByValue, div, exp, greaterEqual, lessEqual, mul, neg, sub, where } from "./arithmetic";
import { oneHot } from "./indexing";
import { rememberLogits } from "./logits";
import { run } from "./op";
import type { OpRecords } from "./op-definition";
import { expandDims, sum } from "./shape";

/** The gradient rules. */
export const softmaxRecords = {
  softmax: { vjp: (dy, _x, y) => [run("softmaxGrad", [dy, y])] },
  softmaxGrad: {
    // dx = y (dy - s), s = sum(dy y): for dy it is the same rule; for y it is d (dy - s) - dy (d . y).
    vjp: (d, [dy, y]) => [
      run("softmaxGrad", [d, y]),
      sub(mul(d, sub(dy, sum(mul(dy, y), -1, true))), mul(dy, sum(mul(d, y), -1, true))),
    ],
  },
  logSoftmax: { vjp: (dy, _x, y) => [run("logSoftmaxGrad", [dy, y])] },
  logSoftmaxGrad: {
    // dx = dy - e^y sum(dy)
    vjp: (d, [dy, y]) => {
      const weighted = mul(d, exp(y));
      return [sub(d, sum(weighted, -1, true)), neg(mul(weighted, sum(dy, -1, true)))];
    },
  },
  sparseCrossentropy: {
    vjp: (dy, [p, labels], _y, { epsilon }) => [
      run("sparseCrossentropyGrad", [dy, p, labels], { epsilon }),
      null,
    ],
  },
  sparseCrossentropyGrad: {
    // Of what is not clipped, dp = dy (1 / s - onehot / c), s = sum(c): by dy the sum of
    // d (1 / s - onehot / c), by p: dy (d onehot / c^2 - sum(d) / s^2).
    vjp: (given, [dy, p, labels], _y, { epsilon }, needs) => {
      const d = unlessClipped(given, p, epsilon);
      const clipped = clipByValue(p, epsilon, 1 - epsilon);
      const chosen = div(oneHot(labels, lastDim(p), p.dtype), clipped);
      const even = div(1, sum(clipped, -1, true));
      const slope = (): Tensor =>
        sub(mul(d, mul(chosen, chosen)), mul(sum(d, -1, true), mul(even, even)));
      return [
        sum(mul(d, sub(even, chosen)), -1),
        needs[1] ? mul(expandDims(dy, -1), unlessClipped(slope(), p, epsilon)) : null,
        null,
      ];
    },
  },
  sparseCrossentropyLogits: {
    vjp: (dy, [z, labels]) => [run("sparseCrossentropyLogitsGrad", [dy, z, labels]), null],
  },
  sparseCrossentropyLogitsGrad: {
    // dz = dy (softmax(z) - onehot): by dy the sum of d (p - onehot), by z softmax's rule on d dy.
    vjp: (d, [dy, z, labels], _y, _attributes, needs) => {
      const p = softmax(z);
      return [
        sum(mul(d, sub(p, oneHot(labels, lastDim(z), z.dtype))), -1),
        needs[1] ? run("softmaxGrad", [mul(d, expandDims(dy, -1)), p]) : null,
        null,
      ];
    },
  },
  logClipped: {
    vjp: (dy, [x], _y, { epsilon }) => [
      div(unlessClipped(dy, x, epsilon), clipByValue(x, epsilon, 1 - epsilon)),
    ],
  },
} satisfies OpRecords;

/** d where x is within [epsilon, 1 - epsilon], elsewhere 0. */
function unlessClipped(d: Tensor, x: Tensor, epsilon: number): Tensor {
  return where(greaterEqual(x, epsilon), where(lessEqual(x, 1 - epsilon), d, 0), 0);
}

function lastDim(x: Tensor): number {
  return x.shape[x.rank - 1];
}

/**
 * e^x / sum(e^x) along an axis, by default the last; no overflow for any finite x. Never below the least
 * normal number.
 */
export function softmax(x: TensorLike, axis = -1): Tensor {
  return alongAxis(operand(x, "softmax", "x"), axis, "softmax", (t) =>
    rememberLogits(run("softmax", [t]), t, "softmax"),
  );
}

/** ln softmax(x) along an axis, by default the last, exact also where softmax would underflow. */
export function logSoftmax(x: TensorLike, axis = -1): Tensor {
  return alongAxis(operand(x, "logSoftmax", "x"), axis, "logSoftmax", (t) =>
    run("logSoftmax", [t]),
  );
}

/**
 * -ln of the probability of each label: its share of the row's sum, after all are kept within
 * [epsilon, 1 - epsilon]. The gradient is 0 where they were outside.
 *
 * @param probabilities float [..., classes]
 * @param labels uint8 or int32 [...], each in [0, classes)
 * @returns [...]
 */
export function sparseCrossentropy(probabilities: Tensor, labels: Tensor, epsilon: number): Tensor {
  return run("sparseCrossentropy", [probabilities, labels], { epsilon });
}

/** ln(sum e^z) - z[label] for each label: the cross-entropy of softmax(z), stable for any finite z. */
export function sparseCrossentropyLogits(logits: Tensor, labels: Tensor): Tensor {
  return run("sparseCrossentropyLogits", [logits, labels]);
}

/** ln of x kept within [epsilon, 1 - epsilon]; the gradient is 0 outside, as in `sparseCrossentropy`. */
export function logClipped(x: TensorLike, epsilon: number): Tensor {
  return run("logClipped", [operand(x, "logClipped", "x")], { epsilon });
}
