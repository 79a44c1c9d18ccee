import {
  add,
  clipByValue,
  div,
  mul,
  neg,
  pow,
  reciprocal,
  rsqrt,
  sqrt,
  square,
  sub,
} from "../ops/arithmetic";
import { fill } from "../ops/shape";
import { assign, assignAdd } from "../ops/update";
import type { DType } from "../tensor/dtype";
import { number } from "../tensor/option-kinds";
import {
  Optimizer,
  type OptimizerOptions,
  type Rate,
  type Slots,
  type StepScalars,
  type Tensor,
  type Variable,
  register,
} from "./base";

/** Options of `Ftrl`, beside those of all optimizers. */
export interface FtrlOptions extends OptimizerOptions {
  /** How the rate falls with the sums of squared gradients; -0.5 by default. */
  learningRatePower?: number;
  /** What the sums of squared gradients start with; 0.1 by default. */
  initialAccumulatorValue?: number;
  /** 0 by default. */
  l1RegularizationStrength?: number;
  /** 0 by default. */
  l2RegularizationStrength?: number;
  /** Of a penalty that the sums of squares do not see; 0 by default. */
  l2ShrinkageRegularizationStrength?: number;
  /** Beta of the paper; 0 by default. */
  beta?: number;
}

const strength = number(0, { least: 0 });

const OPTIONS = {
  learningRatePower: number(-0.5, { most: 0 }),
  initialAccumulatorValue: number(0.1, { least: 0 }),
  l1RegularizationStrength: strength,
  l2RegularizationStrength: strength,
  l2ShrinkageRegularizationStrength: strength,
  beta: strength,
};

/**
 * "Follow the regularized leader" (McMahan et al. 2013, "Ad Click Prediction: a View from the
 * Trenches"), with p = -learningRatePower:
 *
 *     s' = s + g^2
 *     z += g + 2 shrinkage w - (s'^p - s^p) w / rate
 *     w = (clip(z, -l1, l1) - z) rate / (s'^p + 2 l2 rate + beta)
 *
 * As in Keras, weights are not finite after a rate of 0, nor where s' is 0, as of squares that round to 0,
 * with neither l2 nor beta.
 */
export class Ftrl extends Optimizer {
  /** See {@link FtrlOptions.learningRatePower}; may be set between updates. */
  declare learningRatePower: number;
  /** See {@link FtrlOptions.initialAccumulatorValue}; may be set between updates. */
  declare initialAccumulatorValue: number;
  /** See {@link FtrlOptions.l1RegularizationStrength}; may be set between updates. */
  declare l1RegularizationStrength: number;
  /** See {@link FtrlOptions.l2RegularizationStrength}; may be set between updates. */
  declare l2RegularizationStrength: number;
  /** See {@link FtrlOptions.l2ShrinkageRegularizationStrength}; may be set between updates. */
  declare l2ShrinkageRegularizationStrength: number;
  /** See {@link FtrlOptions.beta}; may be set between updates. */
  declare beta: number;

  constructor(learningRate: Rate = 0.001, options: FtrlOptions = {}) {
    super(learningRate, options, OPTIONS);
  }

  protected override slotNames(): readonly string[] {
    return ["accumulator", "linear"];
  }

  protected override initialSlot(name: string, { shape, dtype }: Variable): Tensor {
    return fill(shape, name === "accumulator" ? this.initialAccumulatorValue : 0, dtype);
  }

  protected updateOne(weight: Variable, gradient: Tensor, slots: Slots, step: StepScalars): void {
    const { accumulator, linear } = slots;
    const { l1RegularizationStrength: l1 } = this;
    const { dtype } = weight;
    const power = -this.learningRatePower;
    const inverse = step.scalar(dtype, "inverse rate", ({ rate }) => reciprocal(rate));
    const before = raised(accumulator, power);
    assignAdd(accumulator, square(gradient));
    const after = raised(accumulator, power);
    // One change of z: a second one would round away what is small beside it.
    const grown = mul(sub(after, before), mul(weight, inverse));
    assignAdd(linear, sub(this.#shrunk(gradient, weight), grown));
    const surplus = l1 === 0 ? linear : sub(linear, clipByValue(linear, -l1, l1));
    const negativeRate = step.scalar(dtype, "negative rate", ({ rate }) => neg(rate));
    // Roots take long, and reciprocal roots the time of a few products.
    const isRoot = power === 0.5 && !this.#isPenalized;
    const scale = isRoot
      ? mul(rsqrt(accumulator), negativeRate)
      : div(negativeRate, this.#penalized(after, dtype, step));
    assign(weight, mul(surplus, scale));
  }

  get #isPenalized(): boolean {
    return this.beta !== 0 || this.l2RegularizationStrength !== 0;
  }

  /** The gradient with that of the penalty which the sums of squares do not see. */
  #shrunk(gradient: Tensor, weight: Variable): Tensor {
    const strength = this.l2ShrinkageRegularizationStrength;
    return strength === 0 ? gradient : add(gradient, mul(weight, 2 * strength));
  }

  /** s'^p + 2 l2 rate + beta */
  #penalized(power: Tensor, dtype: DType, step: StepScalars): Tensor {
    if (!this.#isPenalized) return power;
    const { beta, l2RegularizationStrength: l2 } = this;
    const penalty = step.scalar(dtype, "penalty", ({ rate }) => add(mul(rate, 2 * l2), beta));
    return add(power, penalty);
  }
}

/** x^power; roots, which are the default, are cheap. */
function raised(x: Tensor, power: number): Tensor {
  return power === 0.5 ? sqrt(x) : pow(x, power);
}

register("Ftrl", Ftrl);
