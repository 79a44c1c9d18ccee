import { register } from "../../nn/registry";
import { add, div, floor, log, mul, pow, sub } from "../../ops/arithmetic";
import { type ValuesOf, number } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { halfCosine } from "./half-cosine";
import { Schedule } from "./schedule";

/** Options of `CosineDecayRestarts`. */
export interface CosineDecayRestartsOptions {
  /** The rate at step 0. */
  initialLearningRate: number;
  /** Steps of the first period. */
  firstDecaySteps: number;
  /** Each period has so many times the steps of the one before; 2 by default. */
  tMul?: number;
  /** Each period starts with so many times the rate of the one before; 1 by default. */
  mMul?: number;
  /** The part of the initial rate that is left at the end of a period; 0 by default. */
  alpha?: number;
}

const OPTIONS = {
  initialLearningRate: number(undefined, { least: 0 }),
  firstDecaySteps: number(undefined, { above: 0 }),
  tMul: number(2, { least: 1 }),
  mMul: number(1, { least: 0 }),
  alpha: number(0, { least: 0 }),
};

/** Against logarithms that fall short of a whole number by rounding. */
const ROUNDING = 1e-9;

/** Half cosines, one period after the other (Loshchilov and Hutter 2017, arXiv:1608.03983). */
export class CosineDecayRestarts extends Schedule<ValuesOf<typeof OPTIONS>> {
  constructor(options: CosineDecayRestartsOptions) {
    super(options, OPTIONS);
  }

  call(step: Tensor): Tensor {
    const { initialLearningRate, firstDecaySteps, mMul, alpha } = this.options;
    const { restarts, progress } = this.period(div(step, firstDecaySteps));
    const part = mul(halfCosine(progress), pow(mMul, restarts));
    return mul(add(mul(part, 1 - alpha), alpha), initialLearningRate);
  }

  /** @param elapsed in first periods */
  private period(elapsed: Tensor): { restarts: Tensor; progress: Tensor } {
    const { tMul } = this.options;
    if (tMul === 1) {
      const restarts = floor(elapsed);
      return { restarts, progress: sub(elapsed, restarts) };
    }
    // n periods take (tMul^n - 1) / (tMul - 1) first ones.
    const grown = add(mul(elapsed, tMul - 1), 1);
    const restarts = floor(add(div(log(grown), Math.log(tMul)), ROUNDING));
    const length = pow(tMul, restarts);
    const before = div(sub(length, 1), tMul - 1);
    return { restarts, progress: div(sub(elapsed, before), length) };
  }
}

register("CosineDecayRestarts", CosineDecayRestarts);
