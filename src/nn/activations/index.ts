/** The activations, with Keras 3's names, defaults and slopes. NaN stays NaN. */

import type { Tensor } from "../../tensor/tensor";
import { exp } from "../../ops/arithmetic";

export type { AxisOptions } from "../function-options";
export { logSoftmax, softmax, sparsemax } from "./distributions";
export {
  gelu,
  type GeluOptions,
  glu,
  hardSilu,
  hardSilu as hardSwish,
  mish,
  silu,
  silu as swish,
} from "./gates";
export {
  type AlphaOptions,
  celu,
  elu,
  leakyRelu,
  type LeakyReluOptions,
  relu,
  relu6,
  type ReluOptions,
  selu,
  softplus,
  sparsePlus,
  squareplus,
  type SquareplusOptions,
  threshold,
} from "./rectifiers";
export { hardShrink, type ShrinkOptions, softShrink, tanhShrink } from "./shrinkers";
export {
  hardSigmoid,
  hardTanh,
  logSigmoid,
  sigmoid,
  softsign,
  sparseSigmoid,
  tanh,
} from "./squashers";

/** x */
export function linear(x: Tensor): Tensor {
  return x;
}

/** e^x */
export function exponential(x: Tensor): Tensor {
  return exp(x);
}
