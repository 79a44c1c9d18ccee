/** Activation functions by name. */

import {
  exp,
  greater,
  maximum,
  minimum,
  mul,
  relu,
  sigmoid,
  softplus,
  tanh,
  where,
  expm1,
  div,
  add,
  abs,
} from "../ops/arithmetic";
import { logSoftmax, softmax } from "../ops/softmax";
import type { Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";

/** A function of a tensor that keeps its shape. */
export type ActivationFunction = (x: Tensor) => Tensor;

const ACTIVATIONS = {
  /** x */
  linear: (x: Tensor) => x,
  /** max(x, 0) */
  relu: (x: Tensor) => relu(x),
  /** 1 / (1 + e^-x) */
  sigmoid: (x: Tensor) => sigmoid(x),
  /** tanh x */
  tanh: (x: Tensor) => tanh(x),
  /** e^x / sum(e^x) over the last axis */
  softmax: (x: Tensor) => softmax(x),
  /** ln softmax(x) */
  logSoftmax: (x: Tensor) => logSoftmax(x),
  /** ln(1 + e^x) */
  softplus: (x: Tensor) => softplus(x),
  /** x / (1 + |x|) */
  softsign: (x: Tensor) => div(x, add(abs(x), 1)),
  /** e^x */
  exponential: (x: Tensor) => exp(x),
  /** x for x > 0, else e^x - 1 (Clevert et al. 2016, arXiv:1511.07289) */
  elu: (x: Tensor) => where(greater(x, 0), x, expm1(minimum(x, 0))),
  /** x for x > 0, else 0.2 x, Keras' slope */
  leakyRelu: (x: Tensor) => maximum(x, mul(x, 0.2)),
  /** x sigmoid(x), also called swish (arXiv:1702.03118) */
  silu: (x: Tensor) => mul(x, sigmoid(x)),
} satisfies Record<string, ActivationFunction>;

export type ActivationName = keyof typeof ACTIVATIONS;

/** A name, a function of your own, or undefined for none. */
export type ActivationLike = ActivationName | ActivationFunction | undefined;

/** The function behind a name; throws on an unknown one, listing those there are. */
export function activationOf(activation: ActivationLike): ActivationFunction {
  if (activation === undefined) return ACTIVATIONS.linear;
  if (typeof activation === "function") return activation;
  if (typeof activation === "string" && Object.hasOwn(ACTIVATIONS, activation))
    return ACTIVATIONS[activation];
  throw new TypeError(
    `expected a function or one of ${Object.keys(ACTIVATIONS).join(", ")} for activation but received ` +
      describeValue(activation),
  );
}
