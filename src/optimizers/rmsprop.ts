import { add, mul, rsqrt, square, sub } from "../ops/arithmetic";
import { assign, assignSub } from "../ops/update";
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

/** Options of `RMSprop`, beside those of all optimizers. */
export interface RMSpropOptions extends OptimizerOptions {
  /** Decay of the mean of squared gradients; 0.9 by default. */
  rho?: number;
  /** 0 by default: none. */
  momentum?: number;
  /** Added to the mean of squares; 1e-7 by default. */
  epsilon?: number;
  /** Whether the mean of squares is taken about the mean of gradients; false by default. */
  centered?: boolean;
}

const OPTIONS = {
  rho: fraction(0.9),
  momentum: fraction(0),
  epsilon: epsilon(),
  centered: flag(false),
};

/**
 * RMSprop (Hinton 2012, lecture 6e of "Neural Networks for Machine Learning"):
 *
 *     v = rho v + (1 - rho) g^2
 *     d = rate g / sqrt(v - mean(g)^2 + epsilon), without mean(g)^2 unless centered
 *     w -= d, or with momentum b = momentum b + d and w -= b
 */
export class RMSprop extends Optimizer {
  /** See {@link RMSpropOptions.rho}; may be set between updates. */
  declare rho: number;
  /** See {@link RMSpropOptions.momentum}; may be set between updates. */
  declare momentum: number;
  /** See {@link RMSpropOptions.epsilon}; may be set between updates. */
  declare epsilon: number;
  /** See {@link RMSpropOptions.centered}; may be set between updates. */
  declare centered: boolean;

  constructor(learningRate: Rate = 0.001, options: RMSpropOptions = {}) {
    super(learningRate, options, OPTIONS);
  }

  protected override slotNames(): readonly string[] {
    const names = ["velocity"];
    if (this.momentum > 0) names.push("momentum");
    if (this.centered) names.push("averageGradient");
    return names;
  }

  protected updateOne(weight: Variable, gradient: Tensor, slots: Slots, step: StepScalars): void {
    const { velocity, momentum, averageGradient } = slots;
    const { rho } = this;
    // Products of numbers and what lies in memory, before what they are added to: none of it is
    // stored for them.
    const scaled = mul(gradient, step.rate(weight.dtype));
    const kept = this.momentum > 0 ? mul(momentum, this.momentum) : null;
    assign(velocity, add(mul(velocity, rho), mul(square(gradient), 1 - rho)));
    let squares: Tensor = velocity;
    if (this.centered) {
      assign(averageGradient, add(mul(averageGradient, rho), mul(gradient, 1 - rho)));
      squares = sub(velocity, square(averageGradient));
    }
    const change = mul(scaled, rsqrt(add(squares, this.epsilon)));
    if (kept !== null) {
      assign(momentum, add(kept, change));
      assignSub(weight, momentum);
    } else assignSub(weight, change);
  }
}

register("RMSprop", RMSprop);
