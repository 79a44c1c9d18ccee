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
import { assign, assignAdd, assignSub } from "../ops/update";
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
    const { linear } = slots;
    const { l1RegularizationStrength: l1 } = this;
    const { dtype } = weight;
    const inverse = step.scalar(dtype, "inverse rate", ({ rate }) => reciprocal(rate));
    const moved = this.#move(slots.accumulator, gradient, step);
    assignAdd(linear, this.#shrunk(gradient, weight));
    assignSub(linear, moved.timesGrowth(mul(weight, inverse)));
    const surplus = l1 === 0 ? linear : sub(linear, clipByValue(linear, -l1, l1));
    const negativeRate = step.scalar(dtype, "negative rate", ({ rate }) => neg(rate));
    assign(weight, mul(surplus, moved.divide(negativeRate)));
  }

  /** Adds the squares to their sums. */
  #move(accumulator: Variable, gradient: Tensor, step: StepScalars): MovedSums {
    const power = -this.learningRatePower;
    if (power === 0.5 && !this.#isPenalized) return moveRoots(accumulator, gradient);
    const before = raised(accumulator, power);
    assignAdd(accumulator, square(gradient));
    const after = raised(accumulator, power);
    return {
      timesGrowth: (x) => mul(sub(after, before), x),
      divide: (x) => div(x, this.#penalized(after, accumulator.dtype, step)),
    };
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

/** What moved sums of squares, s to s', do to the weight. */
interface MovedSums {
  /** x (s'^p - s^p) */
  readonly timesGrowth: (x: Tensor) => Tensor;
  /** x / (s'^p + 2 l2 rate + beta) */
  readonly divide: (x: Tensor) => Tensor;
}

/**
 * With p = 1/2 and no penalty. The growth is g^2 / (sqrt(s') + sqrt(s)), which loses no digits to a
 * difference of roots that are alike; reciprocal roots take the time of a few products.
 */
function moveRoots(accumulator: Variable, gradient: Tensor): MovedSums {
  const squares = square(gradient);
  const before = sqrt(accumulator);
  assignAdd(accumulator, squares);
  const inverse = rsqrt(accumulator);
  const roots = add(mul(accumulator, inverse), before);
  return {
    timesGrowth: (x) => div(mul(x, squares), roots),
    divide: (x) => mul(inverse, x),
  };
}

/** x^power; roots, which are the default, are cheap. */
function raised(x: Tensor, power: number): Tensor {
  return power === 0.5 ? sqrt(x) : pow(x, power);
}

register("Ftrl", Ftrl);
