import { add, mul, rsqrt, square } from "../ops/arithmetic";
import { fill } from "../ops/shape";
import { assignAdd, assignSub } from "../ops/update";
import { number } from "../tensor/option-kinds";
import {
  Optimizer,
  type OptimizerOptions,
  type Rate,
  type Slots,
  type StepScalars,
  type Tensor,
  type Variable,
  epsilon,
  register,
} from "./base";

/** Options of `Adagrad`, beside those of all optimizers. */
export interface AdagradOptions extends OptimizerOptions {
  /** What the sums of squared gradients start with; 0.1 by default. */
  initialAccumulatorValue?: number;
  /** Added to the sums; 1e-7 by default. */
  epsilon?: number;
}

const OPTIONS = { initialAccumulatorValue: number(0.1, { least: 0 }), epsilon: epsilon() };

/** Adagrad (Duchi et al. 2011, JMLR 12): s += g^2, w -= rate g / sqrt(s + epsilon). */
export class Adagrad extends Optimizer {
  /** See {@link AdagradOptions.initialAccumulatorValue}; may be set between updates. */
  declare initialAccumulatorValue: number;
  /** See {@link AdagradOptions.epsilon}; may be set between updates. */
  declare epsilon: number;

  constructor(learningRate: Rate = 0.001, options: AdagradOptions = {}) {
    super(learningRate, options, OPTIONS);
  }

  protected override slotNames(): readonly string[] {
    return ["accumulator"];
  }

  protected override initialSlot(_name: string, { shape, dtype }: Variable): Tensor {
    return fill(shape, this.initialAccumulatorValue, dtype);
  }

  protected updateOne(weight: Variable, gradient: Tensor, slots: Slots, step: StepScalars): void {
    const { accumulator } = slots;
    assignAdd(accumulator, square(gradient));
    const scaled = mul(gradient, step.rate(weight.dtype));
    assignSub(weight, mul(scaled, rsqrt(add(accumulator, this.epsilon))));
  }
}

register("Adagrad", Adagrad);
