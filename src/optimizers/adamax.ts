import { abs, add, div, maximum, mul, sub } from "../ops/arithmetic";
import { assign, assignAdd, assignSub } from "../ops/update";
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
import { correction } from "./moments";

/** Options of `Adamax`, beside those of all optimizers. */
export interface AdamaxOptions extends OptimizerOptions {
  /** Decay of the mean of gradients; 0.9 by default. */
  beta1?: number;
  /** Decay of the greatest magnitude of gradients; 0.999 by default. */
  beta2?: number;
  /** Added to the latter; 1e-7 by default. */
  epsilon?: number;
}

const OPTIONS = { beta1: fraction(0.9), beta2: fraction(0.999), epsilon: epsilon() };

/**
 * Adamax (Kingma and Ba 2015, arXiv:1412.6980, section 7.1):
 *
 *     m += (1 - beta1) (g - m), u = max(beta2 u, |g|)
 *     w -= rate / (1 - beta1^t) m / (u + epsilon)
 */
export class Adamax extends Optimizer {
  /** See {@link AdamaxOptions.beta1}; may be set between updates. */
  declare beta1: number;
  /** See {@link AdamaxOptions.beta2}; may be set between updates. */
  declare beta2: number;
  /** See {@link AdamaxOptions.epsilon}; may be set between updates. */
  declare epsilon: number;

  constructor(learningRate: Rate = 0.001, options: AdamaxOptions = {}) {
    super(learningRate, options, OPTIONS);
  }

  protected override slotNames(): readonly string[] {
    return ["momentum", "norm"];
  }

  protected updateOne(weight: Variable, gradient: Tensor, slots: Slots, step: StepScalars): void {
    const { momentum: m, norm: u } = slots;
    const { beta1, beta2 } = this;
    const rate = step.scalar(weight.dtype, "unbiased rate", ({ rate, count }) =>
      div(rate, correction(beta1, count)),
    );
    assignAdd(m, mul(sub(gradient, m), 1 - beta1));
    assign(u, maximum(mul(u, beta2), abs(gradient)));
    assignSub(weight, div(mul(m, rate), add(u, this.epsilon)));
  }
}

register("Adamax", Adamax);
