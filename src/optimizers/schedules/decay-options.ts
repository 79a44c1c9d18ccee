/** What the schedules share that fall by a rate in so many steps. */

import { flag, number } from "../../tensor/option-kinds";

export interface DecayOptions {
  /** The rate at step 0. */
  initialLearningRate: number;
  /** Steps after which the rate has decayed by `decayRate` once. */
  decaySteps: number;
  /** How much it decays in `decaySteps` steps, as the schedule's formula has it. */
  decayRate: number;
  /** Whether the rate changes after whole `decaySteps` alone; false. */
  staircase?: boolean;
}

export const DECAY_OPTIONS = {
  initialLearningRate: number(undefined, { least: 0 }),
  decaySteps: number(undefined, { above: 0 }),
  decayRate: number(undefined, { least: 0 }),
  staircase: flag(false),
};
