import { momentumUpdate, sgdUpdate } from "../ops/update";
import { flag } from "../tensor/option-kinds";
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

/** Options of `SGD`, beside those of all optimizers. */
export interface SGDOptions extends OptimizerOptions {
  /** 0 by default: plain gradient descent. */
  momentum?: number;
  /** Looks ahead along the momentum (Nesterov 1983); false by default. */
  nesterov?: boolean;
}

const OPTIONS = { momentum: fraction(0), nesterov: flag(false) };

/**
 * Gradient descent: w -= rate * g. With momentum v = momentum * v - rate * g and w += v, or with
 * Nesterov's look-ahead w += momentum * v - rate * g.
 */
export class SGD extends Optimizer {
  /** See {@link SGDOptions.momentum}; may be set between updates. */
  declare momentum: number;
  /** See {@link SGDOptions.nesterov}; may be set between updates. */
  declare nesterov: boolean;

  constructor(learningRate: Rate = 0.01, options: SGDOptions = {}) {
    super(learningRate, options, OPTIONS);
    if (this.nesterov && this.momentum === 0) {
      throw new RangeError("SGD: expected a momentum > 0 for nesterov but received 0");
    }
  }

  protected override slotNames(): readonly string[] {
    return this.momentum === 0 ? [] : ["momentum"];
  }

  protected updateOne(weight: Variable, gradient: Tensor, slots: Slots, step: StepScalars): void {
    const { momentum } = this;
    const { rateVariable: rate } = step;
    if (momentum === 0) sgdUpdate(weight, gradient, rate);
    else momentumUpdate(weight, slots.momentum, gradient, rate, momentum, this.nesterov);
  }
}

register("SGD", SGD);
