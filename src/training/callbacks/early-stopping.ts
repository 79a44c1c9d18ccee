import { assign } from "../../ops/update";
import type { TypedArray } from "../../tensor/dtype";
import { tidy } from "../../tensor/memory";
import { flag, integer, number, optional } from "../../tensor/option-kinds";
import { tensor } from "../../tensor/tensor";
import type { CallbackState, Logs } from "./callback";
import { MonitorCallback, type MonitorOptions } from "./monitor";

/** Options of `EarlyStopping`. */
export interface EarlyStoppingOptions extends MonitorOptions {
  /** Epochs without improvement after which training stops; 0 by default. */
  patience?: number;
  /** What must be bettered in the first place. */
  baseline?: number | null;
  /** Whether the weights of the best epoch are put back at the end; false by default. */
  restoreBestWeights?: boolean;
  /** Epochs before this one do not count; 0 by default. */
  startFromEpoch?: number;
}

const OPTIONS = {
  patience: integer(0, { least: 0 }),
  baseline: optional(number()),
  restoreBestWeights: flag(false),
  startFromEpoch: integer(0, { least: 0 }),
};

/** Stops training once what it watches no longer improves. `minDelta` is 0 by default. */
export class EarlyStopping extends MonitorCallback<typeof OPTIONS> {
  /** Epoch (from 0) after which training stopped; -1 if it did not. */
  stoppedEpoch = -1;
  /** Epoch (from 0) of the best value; -1 before there was one. */
  bestEpoch = -1;
  private wait = 0;
  private bestWeights: TypedArray[] = [];

  constructor(options: EarlyStoppingOptions = {}) {
    super(options, OPTIONS, 0);
  }

  protected override begin(): void {
    super.begin();
    this.stoppedEpoch = this.bestEpoch = -1;
    this.wait = 0;
    this.bestWeights = [];
  }

  /** Called by `fit`: sees whether the epoch was better, and stops training if none was for long. */
  onEpochEnd(epoch: number, logs: Logs): void {
    const { patience, startFromEpoch, baseline } = this.options;
    const value = this.watched(logs);
    if (value === null || epoch < startFromEpoch) return;
    this.wait++;
    if (this.isImprovement(value, this.best)) {
      this.best = value;
      this.keepBest(epoch);
      if (baseline === null || this.isImprovement(value, baseline)) this.wait = 0;
      return;
    }
    if (this.bestEpoch < 0) this.keepBest(epoch); // the first epoch's weights are better than none
    if (this.wait < Math.max(patience, 1)) return;
    this.stoppedEpoch = epoch;
    this.model.stopTraining = true;
    if (this.params.verbose > 0) {
      console.log(
        `Epoch ${epoch + 1}: training stops early, ${this.monitor} was best in epoch ${this.bestEpoch + 1}`,
      );
    }
  }

  /** Called by `fit`: puts back the weights of the best epoch, if asked to. */
  onTrainEnd(): void {
    const { bestWeights } = this;
    this.bestWeights = [];
    if (bestWeights.length === 0) return;
    tidy(() =>
      this.model.weights.forEach((weight, i) =>
        assign(weight, tensor(bestWeights[i], weight.shape)),
      ),
    );
  }

  /** What the callback knows of the run so far. */
  override state(): CallbackState {
    const { wait, bestEpoch } = this;
    const weights = this.bestWeights.map((values, i) => [`bestWeights/${i}`, values] as const);
    return { ...super.state(), wait, bestEpoch, ...Object.fromEntries(weights) };
  }

  /** Takes back what `state` gave; to be called before `fit`. */
  override loadState(state: CallbackState): void {
    super.loadState(state);
    this.stoppedEpoch = -1;
    this.wait = state.wait as number;
    this.bestEpoch = state.bestEpoch as number;
    this.bestWeights = [];
    for (let i = 0; Object.hasOwn(state, `bestWeights/${i}`); i++) {
      this.bestWeights.push(state[`bestWeights/${i}`] as TypedArray);
    }
  }

  private keepBest(epoch: number): void {
    this.bestEpoch = epoch;
    if (!this.options.restoreBestWeights) return;
    this.bestWeights = this.model.weights.map((weight) => weight.data());
  }
}
