import { register } from "../../nn/registry";
import { add, div, less, maximum, minimum, mul, sub, where } from "../../ops/arithmetic";
import { type ValuesOf, number, optional } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { halfCosine } from "./half-cosine";
import { Schedule } from "./schedule";

export interface CosineDecayOptions {
  /** Where the warm-up begins, or without one the decay. */
  initialLearningRate: number;
  /** Steps of the decay, those of the warm-up not counted. */
  decaySteps: number;
  /** The part of the rate that is left at the end; 0 by default. */
  alpha?: number;
  /** The rate at the end of the warm-up; none by default. */
  warmupTarget?: number | null;
  /** Steps over which the rate rises to `warmupTarget` in a straight line; 0 by default. */
  warmupSteps?: number;
}

const OPTIONS = {
  initialLearningRate: number(undefined, { least: 0 }),
  decaySteps: number(undefined, { above: 0 }),
  alpha: number(0, { least: 0 }),
  warmupTarget: optional(number(undefined, { least: 0 })),
  warmupSteps: number(0, { least: 0 }),
};

/**
 * Half a cosine from the rate down to its part `alpha`, after a warm-up if there is a `warmupTarget`
 * (Loshchilov and Hutter 2017, arXiv:1608.03983).
 */
export class CosineDecay extends Schedule<ValuesOf<typeof OPTIONS>> {
  constructor(options: CosineDecayOptions) {
    super(options, OPTIONS);
  }

  call(step: Tensor): Tensor {
    const { initialLearningRate, decaySteps, alpha, warmupTarget, warmupSteps } = this.options;
    const start = warmupTarget === null ? 0 : warmupSteps;
    const top = warmupTarget ?? initialLearningRate;
    const progress = minimum(div(maximum(sub(step, start), 0), decaySteps), 1);
    const decayed = mul(add(mul(halfCosine(progress), 1 - alpha), alpha), top);
    if (start === 0) return decayed;
    const rising = add(mul(div(step, start), top - initialLearningRate), initialLearningRate);
    return where(less(step, start), rising, decayed);
  }
}

register("CosineDecay", CosineDecay);
