/** Callbacks: what `fit` calls between its steps, with the names of Keras. */

import type { TypedArray } from "../tensor/dtype";
import { tidy } from "../tensor/memory";
import type { Module } from "../nn/module";
import { checkOptions } from "../tensor/options";
import type { Direction } from "../nn/metrics";
import { assign } from "../ops/update";
import { camelCase } from "../tensor/spelling";
import { tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";

/** Means over the samples of an epoch so far, by name: loss, accuracy, valLoss, ... */
export type Logs = Record<string, number>;

/** The model that is trained, as callbacks see it. */
export interface TrainedModel extends Module {
  /** Set to true to end training after the batch or epoch. */
  stopTraining: boolean;
}

/** The run of `fit` that a callback belongs to. */
export interface FitParams {
  /** Number of epochs that were asked for. */
  epochs: number;
  /** Batches an epoch; NaN if that is not known. */
  steps: number;
  /** 0, 1 or 2, as `fit` understood it. */
  verbose: number;
  /**
   * Whether a greater value of each log is better ("max"), or a lesser one ("min"); null where neither
   * is known. Its names are those that logs will have.
   */
  directions: Readonly<Record<string, Direction>>;
}

/**
 * What is called during `fit`; each may return a promise, which is awaited. Meanwhile the loop is
 * parked, and the model's Variables may be read and assigned. Epochs and batches count from 0. What
 * a callback throws ends training and rejects fit's promise.
 *
 * Batch callbacks stop the native loop after every batch: leave them out where they are not needed.
 */
export interface CallbackLike {
  setModel?(model: TrainedModel): void;
  setParams?(params: FitParams): void;
  onTrainBegin?(): void | Promise<void>;
  /** Not called when training ends by an error or an abort. */
  onTrainEnd?(logs: Logs): void | Promise<void>;
  onEpochBegin?(epoch: number): void | Promise<void>;
  /** After validation. */
  onEpochEnd?(epoch: number, logs: Logs): void | Promise<void>;
  onBatchBegin?(batch: number): void | Promise<void>;
  onBatchEnd?(batch: number, logs: Logs): void | Promise<void>;
}

/** Base of callbacks that refer to the model. A plain object with some of the methods does as well. */
export abstract class Callback implements CallbackLike {
  protected model!: TrainedModel;
  protected params!: FitParams;

  setModel(model: TrainedModel): void {
    this.model = model;
  }

  setParams(params: FitParams): void {
    this.params = params;
  }
}

export interface EarlyStoppingOptions {
  /** What is watched; "valLoss" by default. "val_loss" is understood as well. */
  monitor?: string;
  /** Less of a change is no improvement; 0 by default. */
  minDelta?: number;
  /** Epochs without improvement after which training stops; 0 by default. */
  patience?: number;
  /** Whether less or more is better; by default what the metric says. */
  mode?: "auto" | "min" | "max";
  /** What must be bettered in the first place. */
  baseline?: number;
  /** Whether the weights of the best epoch are put back at the end; false by default. */
  restoreBestWeights?: boolean;
  /** Epochs before this one do not count; 0 by default. */
  startFromEpoch?: number;
}

/** Stops training once what it watches no longer improves. */
export class EarlyStopping extends Callback {
  /** Epoch (from 0) after which training stopped; -1 if it did not. */
  stoppedEpoch = -1;
  bestEpoch = -1;
  /** The best value so far; NaN before there was one. */
  best = NaN;
  private readonly options: Required<Omit<EarlyStoppingOptions, "baseline">>;
  private readonly baseline: number | undefined;
  /** Null while the metric was not asked. */
  private wantsMore: boolean | null;
  private wait = 0;
  private bestWeights: TypedArray[] | undefined;

  constructor(options: EarlyStoppingOptions = {}) {
    super();
    checkOptions(options, [...Object.keys(DEFAULTS), "baseline"], "EarlyStopping");
    checkEarlyStopping(options);
    const { baseline, ...others } = options;
    this.baseline = baseline;
    this.options = { ...DEFAULTS, ...others };
    const { mode } = this.options;
    const monitor = camelCase(this.options.monitor);
    this.options.monitor = monitor;
    const isLoss = monitor === "loss" || monitor === "valLoss";
    this.wantsMore = mode === "auto" && !isLoss ? null : mode === "max";
  }

  /** Throws if nothing that will be logged has the monitor's name, or nobody knows which way it is better. */
  override setParams(params: FitParams): void {
    super.setParams(params);
    const { monitor, mode } = this.options;
    const { directions } = params;
    if (!Object.hasOwn(directions, monitor)) throw unknownMonitor(monitor, directions);
    const direction = mode === "auto" ? directions[monitor] : mode;
    if (direction === null) throw unknownDirection(monitor);
    this.wantsMore = direction === "max";
  }

  onTrainBegin(): void {
    this.stoppedEpoch = this.bestEpoch = -1;
    this.best = NaN;
    this.wait = 0;
    this.bestWeights = undefined;
  }

  onEpochEnd(epoch: number, logs: Logs): void {
    const { restoreBestWeights, patience, startFromEpoch } = this.options;
    const value = this.watched(logs);
    if (epoch < startFromEpoch) return;
    this.wait++;
    if (this.isImprovement(value, this.best)) {
      this.best = value;
      this.bestEpoch = epoch;
      if (restoreBestWeights) this.bestWeights = this.model.weights.map((weight) => weight.data());
      if (this.baseline === undefined || this.isImprovement(value, this.baseline)) this.wait = 0;
      return;
    }
    if (this.wait < Math.max(patience, 1)) return;
    this.stoppedEpoch = epoch;
    this.model.stopTraining = true;
  }

  onTrainEnd(): void {
    const { bestWeights } = this;
    this.bestWeights = undefined;
    if (bestWeights === undefined) return;
    tidy(() =>
      this.model.weights.forEach((weight, i) =>
        assign(weight, tensor(bestWeights[i], weight.shape)),
      ),
    );
  }

  private watched(logs: Logs): number {
    const { monitor } = this.options;
    if (Object.hasOwn(logs, monitor)) return logs[monitor];
    throw unknownMonitor(monitor, logs);
  }

  private isImprovement(value: number, reference: number): boolean {
    if (Number.isNaN(reference)) return !Number.isNaN(value);
    const { minDelta, monitor } = this.options;
    if (this.wantsMore === null) throw unknownDirection(monitor);
    return this.wantsMore ? value - minDelta > reference : value + minDelta < reference;
  }
}

const DEFAULTS = {
  monitor: "valLoss",
  minDelta: 0,
  patience: 0,
  mode: "auto",
  restoreBestWeights: false,
  startFromEpoch: 0,
} as const;

function unknownMonitor(monitor: string, known: object): Error {
  const hint = monitor.startsWith("val") ? ", which needs validationData or validationSplit" : "";
  return new Error(
    `EarlyStopping: expected one of ${Object.keys(known).join(", ")} for monitor but received ` +
      `"${monitor}"${hint}`,
  );
}

function unknownDirection(monitor: string): Error {
  return new Error(
    `EarlyStopping: expected mode "min" or "max" for ${monitor}, since nothing says which way it is better`,
  );
}

function checkEarlyStopping(options: EarlyStoppingOptions): void {
  const { monitor, minDelta = 0, patience = 0, startFromEpoch = 0, mode = "auto" } = options;
  const check = (isRight: boolean, expected: string, value: unknown): void => {
    if (isRight) return;
    throw new RangeError(
      `EarlyStopping: expected ${expected} but received ${describeValue(value)}`,
    );
  };
  check(
    monitor === undefined || typeof monitor === "string",
    "a name of a metric for monitor",
    monitor,
  );
  check(minDelta >= 0 && Number.isFinite(minDelta), "a non-negative number for minDelta", minDelta);
  check(
    Number.isInteger(patience) && patience >= 0,
    "a non-negative integer for patience",
    patience,
  );
  check(
    Number.isInteger(startFromEpoch) && startFromEpoch >= 0,
    "a non-negative integer for startFromEpoch",
    startFromEpoch,
  );
  check(["auto", "min", "max"].includes(mode), '"auto", "min" or "max" for mode', mode);
}
