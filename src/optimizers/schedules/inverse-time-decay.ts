import { register } from "../../nn/registry";
import { add, div, floor, mul } from "../../ops/arithmetic";
import { type ValuesOf, flag, number } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { Schedule } from "./schedule";

/** Options of `InverseTimeDecay`. */
export interface InverseTimeDecayOptions {
  /** The rate at step 0. */
  initialLearningRate: number;
  /** Steps after which the divisor has grown by `decayRate` once. */
  decaySteps: number;
  /** How fast the rate falls: rate / (1 + decayRate step / decaySteps). */
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

/** initialLearningRate / (1 + decayRate step / decaySteps) */
export class InverseTimeDecay extends Schedule<ValuesOf<typeof OPTIONS>> {
  constructor(options: InverseTimeDecayOptions) {
    super(options, OPTIONS);
  }

  call(step: Tensor): Tensor {
    const { initialLearningRate, decaySteps, decayRate, staircase } = this.options;
    const periods = div(step, decaySteps);
    const grown = mul(staircase ? floor(periods) : periods, decayRate);
    return div(initialLearningRate, add(grown, 1));
  }
}

register("InverseTimeDecay", InverseTimeDecay);
