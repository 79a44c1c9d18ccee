import { add, div, maximum, mul, sqrt } from "../ops/arithmetic";
import { adamUpdate, assign, assignSub } from "../ops/update";
import { flag } from "../tensor/option-kinds";
import {
  Optimizer,
  type OptimizerOptions,
  type Rate,
  type Slots,
  type StepScalars,
  type Tensor,
  type Variable,
  epsilon,
  fraction,
  register,
} from "./base";
import { moveMoments, unbiasedRate } from "./moments";

/** Options of `Adam`, beside those of all optimizers. */
export interface AdamOptions extends OptimizerOptions {
  /** Decay of the mean of gradients; 0.9 by default. */
  beta1?: number;
  /** Decay of the mean of squared gradients; 0.999 by default. */
  beta2?: number;
  /** Added to the root of the latter; 1e-7 by default. */
  epsilon?: number;
  /** Whether the greatest mean of squares so far counts (Reddi et al. 2018, arXiv:1904.09237); false. */
  amsgrad?: boolean;
}

const OPTIONS = {
  beta1: fraction(0.9),
  beta2: fraction(0.999),
  epsilon: epsilon(),
  amsgrad: flag(false),
};

/**
 * Adam (Kingma and Ba 2015, arXiv:1412.6980), epsilon outside the bias correction as in Keras:
 *
 *     m += (1 - beta1) (g - m)
 *     v += (1 - beta2) (g^2 - v)
 *     w -= rate sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon)
 */
export class Adam extends Optimizer {
  /** See {@link AdamOptions.beta1}; may be set between updates. */
  declare beta1: number;
  /** See {@link AdamOptions.beta2}; may be set between updates. */
  declare beta2: number;
  /** See {@link AdamOptions.epsilon}; may be set between updates. */
  declare epsilon: number;
  /** See {@link AdamOptions.amsgrad}; may be set between updates. */
  declare amsgrad: boolean;

  constructor(learningRate: Rate = 0.001, options: AdamOptions = {}) {
    super(learningRate, options, OPTIONS);
  }

  protected override slotNames(): readonly string[] {
    return ["momentum", "velocity", ...(this.amsgrad ? ["velocityHat"] : [])];
  }

  protected updateOne(weight: Variable, gradient: Tensor, slots: Slots, step: StepScalars): void {
    const { momentum: m, velocity: v, velocityHat } = slots;
    const { beta1, beta2, epsilon } = this;
    if (!this.amsgrad && this.weightDecay === null) {
      // One step of a kernel, which `fit` runs for many weights at once. What decays takes the ops
      // below, which are one chain with the decay.
      const { rateVariable, iterations } = step;
      adamUpdate(weight, m, v, gradient, rateVariable, iterations, { beta1, beta2, epsilon });
      return;
    }
    moveMoments(m, v, gradient, beta1, beta2);
    if (this.amsgrad) assign(velocityHat, maximum(velocityHat, v));
    const squares = this.amsgrad ? velocityHat : v;
    const rate = unbiasedRate(step, weight.dtype, beta1, beta2);
    assignSub(weight, div(mul(m, rate), add(sqrt(squares), epsilon)));
  }
}

register("Adam", Adam);
