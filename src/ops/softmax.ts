/** Softmax and cross-entropy, over the last axis. */

import { defineOp } from "./op";
import { type Shape, Tensor } from "../tensor/tensor";
import { type TensorLike, checkFloat, checkNumber, checkTensor, operand } from "./arguments";
import { div, exp, maximum, mul, neg, sub } from "./arithmetic";
import { oneHot } from "./indexing";
import { expandDims, sum } from "./shape";

const softmaxOp = defineOp("softmax", {
  infer: ([x]) => x,
  vjp: (dy, _x, y) => [softmaxGrad([dy, y])],
});

const softmaxGrad = defineOp("softmaxGrad", {
  infer: ([dy]) => dy,
  // dx = y (dy - s), s = sum(dy y): for dy it is the same rule; for y it is d (dy - s) - dy (d . y).
  vjp: (d, [dy, y]) => [
    softmaxGrad([d, y]),
    sub(mul(d, sub(dy, sum(mul(dy, y), -1, true))), mul(dy, sum(mul(d, y), -1, true))),
  ],
});

const logSoftmaxOp = defineOp("logSoftmax", {
  infer: ([x]) => x,
  vjp: (dy, _x, y) => [logSoftmaxGrad([dy, y])],
});

const logSoftmaxGrad = defineOp("logSoftmaxGrad", {
  infer: ([dy]) => dy,
  // dx = dy - e^y sum(dy)
  vjp: (d, [dy, y]) => {
    const weighted = mul(d, exp(y));
    return [sub(d, sum(weighted, -1, true)), neg(mul(weighted, sum(dy, -1, true)))];
  },
});

function rowsOf(x: TensorLike, op: string): Tensor {
  const source = operand(x, op, "x");
  checkFloat(source, op);
  if (source.rank === 0 || source.shape[source.rank - 1] === 0) {
    throw new RangeError(
      `${op}: expected at least one class on the last axis but received ${source.describe()}`,
    );
  }
  return source;
}

/** e^x / sum(e^x) over the last axis; no overflow for any finite x. Never below the least normal number. */
export function softmax(x: TensorLike): Tensor {
  return softmaxOp([rowsOf(x, "softmax")]);
}

/** ln softmax(x) over the last axis, exact also where softmax would underflow. */
export function logSoftmax(x: TensorLike): Tensor {
  return logSoftmaxOp([rowsOf(x, "logSoftmax")]);
}

const crossentropyOp = defineOp("sparseCrossentropy", {
  infer: ([p]) => ({ shape: p.shape.slice(0, -1), dtype: p.dtype }),
  vjp: (dy, [p, labels]) => [crossentropyGrad([dy, p, labels]), null],
});

const crossentropyGrad = defineOp("sparseCrossentropyGrad", {
  infer: ([, p]) => p,
  // dp = -dy onehot / p: by dy the sum of -d onehot / p, by p: d dy onehot / p^2.
  vjp: (d, [dy, p, labels], _y, _attrs, needs) => {
    const chosen = div(
      oneHot(labels, lastDim(p), p.dtype),
      maximum(p, LEAST_NORMAL[p.dtype as "float32"]),
    );
    return [
      neg(sum(mul(d, chosen), -1)),
      needs[1] ? mul(mul(d, expandDims(dy, -1)), mul(chosen, chosen)) : null,
      null,
    ];
  },
});

/** The least normal numbers, below which probabilities are taken as these. */
const LEAST_NORMAL = { float32: 2 ** -126, float64: 2 ** -1022 };

const crossentropyLogitsOp = defineOp("sparseCrossentropyLogits", {
  infer: ([z]) => ({ shape: z.shape.slice(0, -1), dtype: z.dtype }),
  vjp: (dy, [z, labels]) => [crossentropyLogitsGrad([dy, z, labels]), null],
});

const crossentropyLogitsGrad = defineOp("sparseCrossentropyLogitsGrad", {
  infer: ([, z]) => z,
  // dz = dy (softmax(z) - onehot): by dy the sum of d (p - onehot), by z softmax's rule on d dy.
  vjp: (d, [dy, z, labels], _y, _attrs, needs) => {
    const p = softmax(z);
    return [
      sum(mul(d, sub(p, oneHot(labels, lastDim(z), z.dtype))), -1),
      needs[1] ? softmaxGrad([mul(d, expandDims(dy, -1)), p]) : null,
      null,
    ];
  },
});

function lastDim(x: Tensor): number {
  return x.shape[x.rank - 1];
}

function checkLabels(predicted: Tensor, labels: Tensor, op: string): void {
  checkTensor(predicted, op, "predicted");
  checkTensor(labels, op, "labels");
  checkFloat(predicted, op, "predicted");
  const expected: Shape = predicted.shape.slice(0, -1);
  const fits =
    predicted.rank > 0 &&
    (labels.dtype === "uint8" || labels.dtype === "int32") &&
    labels.rank === expected.length &&
    expected.every((dim, i) => dim === labels.shape[i]);
  if (fits) return;
  throw new TypeError(
    `${op}: expected uint8 or int32 labels [${expected.join(", ")}] for predictions ` +
      `${predicted.describe()} but received ${labels.describe()}`,
  );
}

/**
 * -ln of the probability of each label, probabilities kept within [epsilon, 1 - epsilon].
 *
 * The gradient is that of the loss without that bound (-1 / p), as in TensorFlow, which
 * differentiates through the logits: a sample that is confidently wrong goes on learning.
 *
 * @param probabilities float [..., classes]
 * @param labels uint8 or int32 [...], each in [0, classes)
 * @returns [...]
 */
export function sparseCrossentropy(probabilities: Tensor, labels: Tensor, epsilon: number): Tensor {
  checkLabels(probabilities, labels, "sparseCrossentropy");
  checkNumber(epsilon, "sparseCrossentropy", "epsilon");
  return crossentropyOp([probabilities, labels], [epsilon]);
}

/** ln(sum e^z) - z[label] for each label: the cross-entropy of softmax(z), stable for any finite z. */
export function sparseCrossentropyLogits(logits: Tensor, labels: Tensor): Tensor {
  checkLabels(logits, labels, "sparseCrossentropyLogits");
  return crossentropyLogitsOp([logits, labels]);
}

const logClippedOp = defineOp("logClipped", {
  infer: ([x]) => x,
  vjp: (dy, [x]) => [div(dy, maximum(x, LEAST_NORMAL[x.dtype as "float32"]))],
});

/** ln of x kept within [epsilon, 1 - epsilon]; the gradient is that of ln x, as in `sparseCrossentropy`. */
export function logClipped(x: TensorLike, epsilon: number): Tensor {
  const source = operand(x, "logClipped", "x");
  checkFloat(source, "logClipped");
  checkNumber(epsilon, "logClipped", "epsilon");
  return logClippedOp([source], [epsilon]);
}
