/** The options that every optimizer takes. */

import {
  type OptionKind,
  flag,
  integer,
  number,
  optional,
  positiveInteger,
} from "../tensor/option-kinds";
import { type RateGroup, rateGroups } from "./rate-groups";
import { type WeightSelection, weightSelection } from "./weight-selection";

/** Options of all optimizers. */
export interface OptimizerOptions {
  /**
   * The part of each weight, times the rate, that is taken off before an update (decoupled, Loshchilov
   * and Hutter 2019, arXiv:1711.05101); none by default.
   */
  weightDecay?: number | null;
  /** Weights that `weightDecay` leaves alone; none by default. */
  excludeFromWeightDecay?: WeightSelection | null;
  /** The greatest norm of the gradient of each weight. One of the three limits at most. */
  clipnorm?: number | null;
  /** The greatest magnitude of an element of the gradients. */
  clipvalue?: number | null;
  /** The greatest norm of all gradients together. */
  globalClipnorm?: number | null;
  /** Whether a moving average of the weights is kept, which they become at the end of `fit`; false. */
  useEma?: boolean;
  /** The part of the average that an update keeps; 0.99 by default. */
  emaMomentum?: number;
  /** Updates after which the weights become their average; never by default. */
  emaOverwriteFrequency?: number | null;
  /** Gradients whose mean makes one update; each by default. */
  gradientAccumulationSteps?: number | null;
  /** Weights with a rate of their own; none by default. */
  groups?: readonly RateGroup[];
}

const limit = (): OptionKind<number | null> => optional(number(undefined, { least: 0 }));

export const COMMON_OPTIONS = {
  weightDecay: limit(),
  excludeFromWeightDecay: optional(weightSelection()),
  clipnorm: limit(),
  clipvalue: limit(),
  globalClipnorm: limit(),
  useEma: flag(false),
  emaMomentum: number(0.99, { least: 0, most: 1 }),
  emaOverwriteFrequency: optional(positiveInteger()),
  gradientAccumulationSteps: optional(integer(undefined, { least: 2 })),
  groups: rateGroups(),
};

/** Such as a decay of averages: in [0, 1). */
export const fraction = (fallback: number): OptionKind<number> =>
  number(fallback, { least: 0, below: 1 });

/** What keeps a divisor from 0. */
export const epsilon = (fallback = 1e-7): OptionKind<number> => number(fallback, { least: 0 });
