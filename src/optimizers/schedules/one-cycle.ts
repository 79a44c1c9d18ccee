import { register } from "../../nn/registry";
import { add, less, minimum, mul, sub, div, where } from "../../ops/arithmetic";
import { type ValuesOf, choice, flag, number, optional } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { halfCosine } from "./half-cosine";
import { Schedule } from "./schedule";

/** Options of `OneCycle`. */
export interface OneCycleOptions {
  /** The greatest rate, at the end of the rise. */
  maxLearningRate: number;
  /** Steps of the whole cycle. */
  totalSteps: number;
  /** By default the greatest rate divided by 25. */
  initialLearningRate?: number | null;
  /** By default the initial rate divided by 10,000. */
  endLearningRate?: number | null;
  /** The part of the steps in which the rate rises; 0.3 by default. */
  warmupFraction?: number;
  /** The form of each phase; "cosine" by default. */
  anneal?: "cosine" | "linear";
  /** Whether the rate first falls to the initial one, as fast as it rose; false. */
  threePhase?: boolean;
}

const OPTIONS = {
  maxLearningRate: number(undefined, { least: 0 }),
  totalSteps: number(undefined, { above: 1 }),
  initialLearningRate: optional(number(undefined, { least: 0 })),
  endLearningRate: optional(number(undefined, { least: 0 })),
  warmupFraction: number(0.3, { above: 0, below: 1 }),
  anneal: choice(["cosine", "linear"], "cosine"),
  threePhase: flag(false),
};

/** A phase: from the end of the one before to `end`, where the rate is `to`. */
interface Phase {
  end: number;
  from: number;
  to: number;
}

/**
 * One rise to the greatest rate and one fall far below the initial one (Smith and Topin 2018,
 * arXiv:1708.07120; phases and defaults of PyTorch's OneCycleLR). The last rate is that of step
 * totalSteps - 1, and stays.
 */
export class OneCycle extends Schedule<ValuesOf<typeof OPTIONS>> {
  constructor(options: OneCycleOptions) {
    super(options, OPTIONS);
    const { warmupFraction, threePhase } = this.options;
    if (!threePhase || warmupFraction < 0.5) return;
    throw new RangeError(
      `OneCycle: expected a warmupFraction < 0.5 with threePhase but received ${warmupFraction}`,
    );
  }

  call(step: Tensor): Tensor {
    const [last, ...earlier] = this.phases().reverse();
    return earlier.reduce(
      (rate, phase) => where(less(step, phase.end), this.within(phase, step), rate),
      this.within(last, step),
    );
  }

  private phases(): (Phase & { start: number })[] {
    const { totalSteps, warmupFraction, threePhase } = this.options;
    const { maxLearningRate: top, initialLearningRate, endLearningRate } = this.options;
    const low = initialLearningRate ?? top / 25;
    const last = endLearningRate ?? low / 1e4;
    const risen = warmupFraction * totalSteps - 1;
    const fallen = 2 * warmupFraction * totalSteps - 2;
    const phases: Phase[] = [{ end: risen, from: low, to: top }];
    if (threePhase) phases.push({ end: fallen, from: top, to: low });
    phases.push({ end: totalSteps - 1, from: threePhase ? low : top, to: last });
    return phases.map((phase, i) => ({ ...phase, start: i === 0 ? 0 : phases[i - 1].end }));
  }

  private within({ start, end, from, to }: Phase & { start: number }, step: Tensor): Tensor {
    const progress = minimum(div(sub(step, start), end - start), 1);
    const left = this.options.anneal === "cosine" ? halfCosine(progress) : sub(1, progress);
    return add(mul(left, from - to), to);
  }
}

register("OneCycle", OneCycle);
