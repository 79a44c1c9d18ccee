import { add, div, greater, mul, sqrt, where } from "../ops/arithmetic";
import { assignSub, lambMoments } from "../ops/update";
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

/** Options of `Lamb`, beside those of all optimizers. */
export interface LambOptions extends OptimizerOptions {
  /** Decay of the mean of gradients; 0.9 by default. */
  beta1?: number;
  /** Decay of the mean of squared gradients; 0.999 by default. */
  beta2?: number;
  /** Added to the root of the latter; 1e-7 by default. */
  epsilon?: number;
}

const OPTIONS = { beta1: fraction(0.9), beta2: fraction(0.999), epsilon: epsilon() };

/**
 * LAMB (You et al. 2020, arXiv:1904.00962): Adam's change d = m / (1 - beta1^t) /
 * (sqrt(v / (1 - beta2^t)) + epsilon), scaled for each weight, w -= rate |w| / |d| d. Where a norm is
 * 0 the scale is 1.
 */
export class Lamb extends Optimizer {
  /** See {@link LambOptions.beta1}; may be set between updates. */
  declare beta1: number;
  /** See {@link LambOptions.beta2}; may be set between updates. */
  declare beta2: number;
  /** See {@link LambOptions.epsilon}; may be set between updates. */
  declare epsilon: number;

  constructor(learningRate: Rate = 0.001, options: LambOptions = {}) {
    super(learningRate, options, OPTIONS);
  }

  protected override slotNames(): readonly string[] {
    return ["momentum", "velocity"];
  }

  protected updateOne(weight: Variable, gradient: Tensor, slots: Slots, step: StepScalars): void {
    const { momentum: m, velocity: v } = slots;
    const { beta1, beta2 } = this;
    const { dtype } = weight;
    // Numerator and denominator are times sqrt(1 - beta2^t), which spares a product for each element.
    const root = (count: Tensor): Tensor => sqrt(correction(beta2, count));
    const floor = step.scalar(dtype, "floor", ({ count }) => mul(root(count), this.epsilon));
    const ofMean = step.scalar(dtype, "m", ({ count }) =>
      div(root(count), correction(beta1, count)),
    );
    const squares = lambMoments(m, v, gradient, weight, { ofMean, floor }, { beta1, beta2 });
    const [ofWeight, ofChange] = [sqrt(squares.ofWeight), sqrt(squares.ofChange)];
    const ratio = where(greater(ofChange, 0), div(ofWeight, ofChange), 1);
    const trust = where(greater(ofWeight, 0), ratio, 1);
    const scale = mul(mul(trust, step.rate(dtype)), ofMean);
    assignSub(weight, div(mul(m, scale), add(sqrt(v), floor)));
  }
}

register("Lamb", Lamb);
