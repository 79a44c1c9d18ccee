import { register } from "../../nn/registry";
import { add, div, floor, maximum, minimum, mul, neg, pow, sub } from "../../ops/arithmetic";
import { type ValuesOf, flag, number } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { Schedule } from "./schedule";

/** Options of `PolynomialDecay`. */
export interface PolynomialDecayOptions {
  /** The rate at step 0. */
  initialLearningRate: number;
  /** Steps after which the rate has fallen to `endLearningRate`. */
  decaySteps: number;
  /** Reached after `decaySteps`; 0.0001 by default. */
  endLearningRate?: number;
  /** 1 by default: a straight line. */
  power?: number;
  /** Whether the rate rises again after the end, each time over one more `decaySteps`; false. */
  cycle?: boolean;
}

const OPTIONS = {
  initialLearningRate: number(undefined, { least: 0 }),
  decaySteps: number(undefined, { above: 0 }),
  endLearningRate: number(0.0001, { least: 0 }),
  power: number(1, { above: 0 }),
  cycle: flag(false),
};

/** end + (initial - end) (1 - step / decaySteps)^power, then end. */
export class PolynomialDecay extends Schedule<ValuesOf<typeof OPTIONS>> {
  constructor(options: PolynomialDecayOptions) {
    super(options, OPTIONS);
  }

  call(step: Tensor): Tensor {
    const { initialLearningRate: initial, endLearningRate: end, power } = this.options;
    const left = sub(1, this.progress(step));
    return add(mul(power === 1 ? left : pow(left, power), initial - end), end);
  }

  /** From 0 to 1. */
  private progress(step: Tensor): Tensor {
    const { decaySteps, cycle } = this.options;
    const periods = div(step, decaySteps);
    if (!cycle) return minimum(periods, 1);
    // The least number of whole periods that step fits in.
    const begun = maximum(neg(floor(neg(periods))), 1);
    return div(periods, begun);
  }
}

register("PolynomialDecay", PolynomialDecay);
