import { add, div, mul, pow, sqrt, square, sub } from "../ops/arithmetic";
import { cast } from "../ops/shape";
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
import { correction, moveMoment } from "./moments";

/** Options of `Nadam`, beside those of all optimizers. */
export interface NadamOptions extends OptimizerOptions {
  /** Decay of the mean of gradients; 0.9 by default. */
  beta1?: number;
  /** Decay of the mean of squared gradients; 0.999 by default. */
  beta2?: number;
  /** Added to the root of the latter; 1e-7 by default. */
  epsilon?: number;
}

const OPTIONS = { beta1: fraction(0.9), beta2: fraction(0.999), epsilon: epsilon() };

/**
 * Adam with Nesterov's momentum (Dozat 2016, "Incorporating Nesterov Momentum into Adam"):
 *
 *     u(t) = beta1 (1 - 0.96^t / 2), p(t) = u(1) ... u(t)
 *     m += (1 - beta1) (g - m), v += (1 - beta2) (g^2 - v)
 *     w -= rate (u(t + 1) m / (1 - p(t + 1)) + (1 - u(t)) g / (1 - p(t))) /
 *          (sqrt(v / (1 - beta2^t)) + epsilon)
 */
export class Nadam extends Optimizer {
  /** See {@link NadamOptions.beta1}; may be set between updates. */
  declare beta1: number;
  /** See {@link NadamOptions.beta2}; may be set between updates. */
  declare beta2: number;
  /** See {@link NadamOptions.epsilon}; may be set between updates. */
  declare epsilon: number;
  /** p(t) */
  readonly #product = this.addVariable("momentumProduct", 1);

  constructor(learningRate: Rate = 0.001, options: NadamOptions = {}) {
    super(learningRate, options, OPTIONS);
  }

  protected override slotNames(): readonly string[] {
    return ["momentum", "velocity"];
  }

  protected override beforeUpdates(): void {
    const count = cast(this.iterations, "float64");
    assign(this.#product, mul(this.#product, this.#momentumAt(count)));
  }

  /** u(t) */
  #momentumAt(count: Tensor): Tensor {
    return mul(sub(1, mul(pow(0.96, count), 0.5)), this.beta1);
  }

  protected updateOne(weight: Variable, gradient: Tensor, slots: Slots, step: StepScalars): void {
    const { momentum: m, velocity: v } = slots;
    const { beta1, beta2 } = this;
    const { dtype } = weight;
    moveMoment(v, square(gradient), beta2);
    // Numerator and denominator are times sqrt(1 - beta2^t), which spares a product for each element.
    const root = (count: Tensor): Tensor => sqrt(correction(beta2, count));
    const floor = step.scalar(dtype, "floor", ({ count }) => mul(root(count), this.epsilon));
    const ofMean = step.scalar(dtype, "rate of m", ({ rate, count }) => {
      const next = this.#momentumAt(add(count, 1));
      return mul(div(mul(rate, next), sub(1, mul(this.#product, next))), root(count));
    });
    const ofGradient = step.scalar(dtype, "rate of g", ({ rate, count }) => {
      const share = div(mul(rate, sub(1, this.#momentumAt(count))), sub(1, this.#product));
      return mul(share, root(count));
    });
    const denominator = add(sqrt(v), floor);
    // In this order m need not be read again.
    const nesterov = mul(gradient, ofGradient);
    moveMoment(m, gradient, beta1);
    assignSub(weight, div(add(mul(m, ofMean), nesterov), denominator));
  }
}

register("Nadam", Nadam);
