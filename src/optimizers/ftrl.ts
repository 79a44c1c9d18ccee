import { add, clipByValue, div, mul, pow, reciprocal, sqrt, square, sub } from "../ops/arithmetic";
import { fill } from "../ops/shape";
import { assign, assignAdd } from "../ops/update";
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
 *     z += g + 2 shrinkage w - (s'^p - s^p) / rate w
 *     w = (clip(z, -l1, l1) - z) / (s'^p / rate + 2 l2 + beta / rate)
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
    const { learningRatePower, l1RegularizationStrength: l1, beta } = this;
    const inverse = step.scalar(weight.dtype, "inverse rate", ({ rate }) => reciprocal(rate));
    const sums = add(accumulator, square(gradient));
    const power = raised(sums, -learningRatePower);
    const grown = mul(sub(power, raised(accumulator, -learningRatePower)), inverse);
    const shrinkage = mul(weight, 2 * this.l2ShrinkageRegularizationStrength);
    assignAdd(linear, sub(add(gradient, shrinkage), mul(grown, weight)));
    const penalty = add(mul(inverse, beta), 2 * this.l2RegularizationStrength);
    const quadratic = add(mul(power, inverse), penalty);
    assign(weight, div(sub(clipByValue(linear, -l1, l1), linear), quadratic));
    assign(accumulator, sums);
  }
}

/** x^power; roots, which are the default, are cheap. */
function raised(x: Tensor, power: number): Tensor {
  return power === 0.5 ? sqrt(x) : pow(x, power);
}

register("Ftrl", Ftrl);
