import { register } from "../../nn/registry";
import { div, floor, mul, pow } from "../../ops/arithmetic";
import type { ValuesOf } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { DECAY_OPTIONS, type DecayOptions } from "./decay-options";
import { Schedule } from "./schedule";

/** Options of `ExponentialDecay`. */
export type ExponentialDecayOptions = DecayOptions;

/** initialLearningRate decayRate^(step / decaySteps) */
export class ExponentialDecay extends Schedule<ValuesOf<typeof DECAY_OPTIONS>> {
  constructor(options: ExponentialDecayOptions) {
    super(options, DECAY_OPTIONS);
  }

  call(step: Tensor): Tensor {
    const { initialLearningRate, decaySteps, decayRate, staircase } = this.options;
    const periods = div(step, decaySteps);
    return mul(pow(decayRate, staircase ? floor(periods) : periods), initialLearningRate);
  }
}

register("ExponentialDecay", ExponentialDecay);
