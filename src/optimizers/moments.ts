/** Means of gradients and of their squares, as Adam and its kin keep them. */

import { div, mul, pow, sqrt, square, sub } from "../ops/arithmetic";
import { assignAdd } from "../ops/update";
import type { DType } from "../tensor/dtype";
import type { Tensor } from "../tensor/tensor";
import type { Variable } from "../tensor/variable";
import type { StepScalars } from "./step-scalars";

/** m += (1 - beta1) (g - m); v += (1 - beta2) (g^2 - v) */
export function moveMoments(
  m: Variable,
  v: Variable,
  gradient: Tensor,
  beta1: number,
  beta2: number,
): void {
  moveMoment(m, gradient, beta1);
  moveMoment(v, square(gradient), beta2);
}

/** mean += (1 - beta) (x - mean) */
export function moveMoment(mean: Variable, x: Tensor, beta: number): void {
  assignAdd(mean, mul(sub(x, mean), 1 - beta));
}

/** 1 - beta^t: what a mean that starts at 0 falls short of, after t updates. */
export function correction(beta: number, count: Tensor): Tensor {
  return sub(1, pow(beta, count));
}

/** rate sqrt(1 - beta2^t) / (1 - beta1^t), the rate `factor` times that of the step */
export function unbiasedRate(
  step: StepScalars,
  dtype: DType,
  beta1: number,
  beta2: number,
  factor = 1,
): Tensor {
  return step.scalar(dtype, "unbiased rate", ({ rate, count }) => {
    const unbiased = div(sqrt(correction(beta2, count)), correction(beta1, count));
    return mul(factor === 1 ? rate : mul(rate, factor), unbiased);
  });
}
