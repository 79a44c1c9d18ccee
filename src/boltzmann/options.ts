/** Options of training and their checks. */

import { checkFlag, checkOptions } from "../tensor/options";
import { describeValue } from "../tensor/values";

/**
 * A number, or a function of the epoch's number from 0, for what changes as training goes on. Its
 * values of the first 10,000 epochs are asked for before training.
 */
export type Schedule = number | ((epoch: number) => number);

/** Options of the `fit` of a machine, and of the layers of a belief network. */
export interface BoltzmannFitOptions {
  /** Times through the data; 10. */
  epochs?: number;
  /** Samples an update; 100. */
  batchSize?: number;
  /** Times the mean gradient of a batch; 0.1, for Gaussian units 0.001. */
  learningRate?: Schedule;
  /** The k of CD-k: Gibbs steps an update, at most 10,000; 1. */
  steps?: number;
  /** Persistent contrastive divergence: chains go on from update to update; false. */
  persistent?: boolean;
  /** Number of persistent chains; that of `batchSize`. */
  chains?: number;
  /** Share of the last update that is added to the next; 0. */
  momentum?: Schedule;
  /** Factor of the penalty |W|^2 / 2; 0. Biases do not decay. */
  weightDecay?: number;
  /** How often each hidden unit is to be on; undefined for no such target. */
  sparsityTarget?: number;
  /** Weight of that target against the likelihood; 0.01. */
  sparsityCost?: number;
  /** Share of the past in the running mean of a hidden unit's probability; 0.9. */
  sparsityDecay?: number;
  /** Whether each epoch takes the samples in an order of its own; true. */
  shuffle?: boolean;
  /**
   * Ends training after the update that runs; `fit` rejects with the signal's reason, the weights stay
   * as they are then.
   */
  signal?: AbortSignal;
  /** Called after each epoch; a promise that it returns is awaited. */
  onEpochEnd?: (logs: BoltzmannEpoch) => unknown;
}

/** What is known of an epoch. */
export interface BoltzmannEpoch {
  /** From 0. */
  readonly epoch: number;
  /** Mean squared difference of data and their reconstructions, of at most 1,000 rows. */
  readonly reconstructionError: number;
  /** Of the updates alone. */
  readonly seconds: number;
}

type Optional = "signal" | "onEpochEnd" | "sparsityTarget";

/** All options, checked and completed; schedules as functions of the epoch. */
export interface CheckedOptions
  extends
    Required<Omit<BoltzmannFitOptions, Optional | "learningRate" | "momentum">>,
    Pick<BoltzmannFitOptions, Optional> {
  readonly learningRateAt: (epoch: number) => number;
  readonly momentumAt: (epoch: number) => number;
}

const NAMES: readonly (keyof BoltzmannFitOptions)[] = [
  ...(["epochs", "batchSize", "learningRate", "steps", "persistent", "chains"] as const),
  ...(["momentum", "weightDecay", "sparsityTarget", "sparsityCost", "sparsityDecay"] as const),
  ...(["shuffle", "signal", "onEpochEnd"] as const),
];

/** The options completed by their defaults; throws on a wrong one. */
export function checkFitOptions(
  options: BoltzmannFitOptions,
  defaultRate: number,
  method: string,
): CheckedOptions {
  checkOptions(options, NAMES, method);
  const batchSize = count(options.batchSize ?? 100, "batchSize", method);
  const { sparsityTarget, signal, onEpochEnd } = options;
  if (sparsityTarget !== undefined) {
    inRange(sparsityTarget, "sparsityTarget", method, "a number in (0, 1)", (x) => x > 0 && x < 1);
  }
  if (signal !== undefined && typeof (signal as AbortSignal | null)?.aborted !== "boolean") {
    throw wrong("an AbortSignal", "signal", signal, method);
  }
  if (onEpochEnd !== undefined && typeof onEpochEnd !== "function") {
    throw wrong("a function", "onEpochEnd", onEpochEnd, method);
  }
  const epochs = count(options.epochs ?? 10, "epochs", method);
  return {
    epochs,
    batchSize,
    learningRateAt: scheduleOf(options.learningRate ?? defaultRate, epochs, (rate) =>
      notNegative(rate, "learningRate", method),
    ),
    momentumAt: scheduleOf(options.momentum ?? 0, epochs, (momentum) =>
      fraction(momentum, "momentum", method),
    ),
    steps: stepCount(options.steps ?? 1, method),
    persistent: flag(options.persistent ?? false, "persistent", method),
    chains: count(options.chains ?? batchSize, "chains", method),
    weightDecay: notNegative(options.weightDecay ?? 0, "weightDecay", method),
    sparsityTarget,
    sparsityCost: notNegative(options.sparsityCost ?? 0.01, "sparsityCost", method),
    sparsityDecay: fraction(options.sparsityDecay ?? 0.9, "sparsityDecay", method),
    shuffle: flag(options.shuffle ?? true, "shuffle", method),
    signal,
    onEpochEnd,
  };
}

/** Epochs whose values of a schedule are asked for, and checked, before the first one. */
const FORESEEN = 10_000;

/** The schedule's checked values. Those of far epochs are asked for when they come. */
function scheduleOf(
  value: Schedule,
  epochs: number,
  check: (value: number) => number,
): (epoch: number) => number {
  if (typeof value !== "function") {
    const fixed = check(value);
    return () => fixed;
  }
  const length = Math.min(epochs, FORESEEN);
  const foreseen = Array.from({ length }, (_, epoch) => check(value(epoch)));
  return (epoch) => (epoch < length ? foreseen[epoch] : check(value(epoch)));
}

/** The most Gibbs steps of an update: all are captured, one after the other. */
const MAX_STEPS = 10_000;

/** Throws unless `value` can be the k of CD-k. */
export function stepCount(value: number, method: string): number {
  if (count(value, "steps", method) <= MAX_STEPS) return value;
  throw wrong(`at most ${MAX_STEPS}`, "steps", value, method);
}

/** Throws unless `value` is a positive integer. */
export function count(value: number, argument: string, method: string): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw wrong("a positive integer", argument, value, method);
}

export function flag(value: boolean, argument: string, method: string): boolean {
  checkFlag(value, method, argument);
  return value;
}

function notNegative(value: number, argument: string, method: string): number {
  const accepts = (x: number): boolean => x >= 0 && x < Infinity;
  return inRange(value, argument, method, "a non-negative number", accepts);
}

function fraction(value: number, argument: string, method: string): number {
  return inRange(value, argument, method, "a number in [0, 1)", (x) => x >= 0 && x < 1);
}

function inRange(
  value: number,
  argument: string,
  method: string,
  expected: string,
  accepts: (x: number) => boolean,
): number {
  if (typeof value === "number" && accepts(value)) return value;
  throw wrong(expected, argument, value, method);
}

function wrong(expected: string, argument: string, value: unknown, method: string): Error {
  return new RangeError(
    `${method}: expected ${expected} for ${argument} but received ${describeValue(value)}`,
  );
}
