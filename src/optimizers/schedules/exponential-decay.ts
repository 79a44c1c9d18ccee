import { register } from "../../nn/registry";
import { div, floor, mul, pow } from "../../ops/arithmetic";
import { type ValuesOf, flag, number } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { Schedule } from "./schedule";

/** Options of `ExponentialDecay`. */
export interface ExponentialDecayOptions {
  /** The rate at step 0. */
  initialLearningRate: number;
  /** Steps after which the rate has been multiplied by `decayRate` once. */
  decaySteps: number;
  /** The factor of the rate in `decaySteps` steps. */
  decayRate: number;
  /** Whether the rate changes after whole `decaySteps` alone; false. */
  staircase?: boolean;
}

const OPTIONS = {
  initialLearningRate: number(undefined, { least: 0 }),
  decaySteps: number(undefined, { above: 0 }),
  decayRate: number(undefined, { least: 0 }),
  staircase: flag(false),
};

/** initialLearningRate decayRate^(step / decaySteps) */
export class ExponentialDecay extends Schedule<ValuesOf<typeof OPTIONS>> {
  constructor(options: ExponentialDecayOptions) {
    super(options, OPTIONS);
  }

  call(step: Tensor): Tensor {
    const { initialLearningRate, decaySteps, decayRate, staircase } = this.options;
    const periods = div(step, decaySteps);
    return mul(pow(decayRate, staircase ? floor(periods) : periods), initialLearningRate);
  }
}

register("ExponentialDecay", ExponentialDecay);
