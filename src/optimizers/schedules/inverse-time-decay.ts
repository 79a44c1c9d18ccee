import { register } from "../../nn/registry";
import { add, div, floor, mul } from "../../ops/arithmetic";
import type { ValuesOf } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { DECAY_OPTIONS, type DecayOptions } from "./decay-options";
import { Schedule } from "./schedule";

/** Options of `InverseTimeDecay`. */
export type InverseTimeDecayOptions = DecayOptions;

/** initialLearningRate / (1 + decayRate step / decaySteps) */
export class InverseTimeDecay extends Schedule<ValuesOf<typeof DECAY_OPTIONS>> {
  constructor(options: InverseTimeDecayOptions) {
    super(options, DECAY_OPTIONS);
  }

  call(step: Tensor): Tensor {
    const { initialLearningRate, decaySteps, decayRate, staircase } = this.options;
    const periods = div(step, decaySteps);
    const grown = mul(staircase ? floor(periods) : periods, decayRate);
    return div(initialLearningRate, add(grown, 1));
  }
}

register("InverseTimeDecay", InverseTimeDecay);
