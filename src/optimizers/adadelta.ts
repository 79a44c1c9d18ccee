import { add, mul, rsqrt, sqrt, square } from "../ops/arithmetic";
import { assign, assignSub } from "../ops/update";
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

export interface AdadeltaOptions extends OptimizerOptions {
  /** Decay of the means; 0.95 by default. */
  rho?: number;
  /** Added to the means; 1e-7 by default. */
  epsilon?: number;
}

const OPTIONS = { rho: fraction(0.95), epsilon: epsilon() };

/**
 * Adadelta (Zeiler 2012, arXiv:1212.5701), with a rate as in Keras:
 *
 *     s = rho s + (1 - rho) g^2
 *     d = sqrt(c + epsilon) / sqrt(s + epsilon) g
 *     c = rho c + (1 - rho) d^2
 *     w -= rate d
 */
export class Adadelta extends Optimizer {
  /** See {@link AdadeltaOptions.rho}; may be set between updates. */
  declare rho: number;
  /** See {@link AdadeltaOptions.epsilon}; may be set between updates. */
  declare epsilon: number;

  constructor(learningRate: Rate = 0.001, options: AdadeltaOptions = {}) {
    super(learningRate, options, OPTIONS);
  }

  protected override slotNames(): readonly string[] {
    return ["accumulatedGradient", "accumulatedChange"];
  }

  protected updateOne(weight: Variable, gradient: Tensor, slots: Slots, step: StepScalars): void {
    const { accumulatedGradient: squares, accumulatedChange: changes } = slots;
    const { rho, epsilon } = this;
    const scaled = mul(gradient, sqrt(add(changes, epsilon)));
    assign(squares, add(mul(squares, rho), mul(square(gradient), 1 - rho)));
    const change = mul(scaled, rsqrt(add(squares, epsilon)));
    assignSub(weight, mul(change, step.rate(weight.dtype)));
    assign(changes, add(mul(changes, rho), mul(square(change), 1 - rho)));
  }
}

register("Adadelta", Adadelta);
