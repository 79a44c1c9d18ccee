import { add, mul, sign } from "../ops/arithmetic";
import { assign, assignSub } from "../ops/update";
import { number } from "../tensor/option-kinds";
import {
  Optimizer,
  type OptimizerOptions,
  type Rate,
  type Slots,
  type StepScalars,
  type Tensor,
  type Variable,
  fraction,
  register,
} from "./base";

/** Options of `Lion`, beside those of all optimizers. */
export interface LionOptions extends OptimizerOptions {
  /** The part of the momentum in the direction; 0.9 by default. */
  beta1?: number;
  /** Decay of the momentum; 0.99 by default. */
  beta2?: number;
}

const OPTIONS = { beta1: number(0.9, { above: 0, most: 1 }), beta2: fraction(0.99) };

/**
 * Lion (Chen et al. 2023, arXiv:2302.06675):
 * w -= rate sign(beta1 m + (1 - beta1) g), m = beta2 m + (1 - beta2) g.
 */
export class Lion extends Optimizer {
  /** See {@link LionOptions.beta1}; may be set between updates. */
  declare beta1: number;
  /** See {@link LionOptions.beta2}; may be set between updates. */
  declare beta2: number;

  constructor(learningRate: Rate = 0.001, options: LionOptions = {}) {
    super(learningRate, options, OPTIONS);
  }

  protected override slotNames(): readonly string[] {
    return ["momentum"];
  }

  protected updateOne(weight: Variable, gradient: Tensor, slots: Slots, step: StepScalars): void {
    const { momentum } = slots;
    const { beta1, beta2 } = this;
    const direction = sign(add(mul(momentum, beta1), mul(gradient, 1 - beta1)));
    assignSub(weight, mul(direction, step.rate(weight.dtype)));
    assign(momentum, add(mul(momentum, beta2), mul(gradient, 1 - beta2)));
  }
}

register("Lion", Lion);
