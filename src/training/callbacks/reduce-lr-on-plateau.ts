import { flag, integer, number } from "../../tensor/option-kinds";
import type { CallbackState, Logs } from "./callback";
import { MonitorCallback, type MonitorOptions } from "./monitor";
import { checkSettable } from "./settable-rate";

/** Options of `ReduceLROnPlateau`. */
export interface ReduceLROnPlateauOptions extends MonitorOptions {
  /** What the rate is multiplied by, in [0, 1); 0.1 by default. */
  factor?: number;
  /** Epochs without improvement after which the rate falls; 10 by default. */
  patience?: number;
  /** Epochs after a fall that do not count; 0 by default. */
  cooldown?: number;
  /** The least rate; 0 by default. */
  minLr?: number;
  /** Whether each fall is told on the console; false by default. */
  verbose?: boolean | 0 | 1;
}

const OPTIONS = {
  factor: number(0.1, { least: 0, below: 1 }),
  patience: integer(10, { least: 0 }),
  cooldown: integer(0, { least: 0 }),
  minLr: number(0, { least: 0 }),
  verbose: (given: unknown, where: string, name: string) =>
    flag(false)(given === 0 || given === 1 ? given === 1 : given, where, name),
};

/**
 * Lowers the learning rate once what it watches no longer improves, and adds `learningRate` to the
 * logs. `minDelta` is 1e-4 by default.
 */
export class ReduceLROnPlateau extends MonitorCallback<typeof OPTIONS> {
  private wait = 0;
  private cooldownLeft = 0;

  constructor(options: ReduceLROnPlateauOptions = {}) {
    super(options, OPTIONS, 1e-4);
  }

  /** Called by `fit`: refuses an optimizer whose rate follows a schedule. */
  override onTrainBegin(): void {
    checkSettable(this.model.optimizer, "ReduceLROnPlateau");
    super.onTrainBegin();
  }

  protected override begin(): void {
    super.begin();
    this.wait = this.cooldownLeft = 0;
  }

  /** Called by `fit`: lowers the rate if no epoch was better for long; `learningRate` is in the logs. */
  onEpochEnd(epoch: number, logs: Logs): void {
    logs.learningRate = this.model.optimizer.learningRate.item();
    const value = this.watched(logs);
    if (value === null) return;
    if (this.cooldownLeft > 0) {
      this.cooldownLeft--;
      this.wait = 0;
    }
    if (this.isImprovement(value, this.best)) {
      this.best = value;
      this.wait = 0;
    } else if (this.cooldownLeft === 0) {
      this.wait++;
      if (this.wait >= this.options.patience) this.reduce(epoch, logs.learningRate);
    }
  }

  /** What the callback knows of the run so far. */
  override state(): CallbackState {
    const { wait, cooldownLeft } = this;
    return { ...super.state(), wait, cooldownLeft };
  }

  /** Takes back what `state` gave; to be called before `fit`. */
  override loadState(state: CallbackState): void {
    super.loadState(state);
    this.wait = state.wait as number;
    this.cooldownLeft = state.cooldownLeft as number;
  }

  private reduce(epoch: number, rate: number): void {
    const { factor, minLr, cooldown, verbose } = this.options;
    if (rate <= minLr) return;
    const lowered = Math.max(rate * factor, minLr);
    this.model.optimizer.learningRate = lowered;
    this.cooldownLeft = cooldown;
    this.wait = 0;
    if (verbose) console.log(`Epoch ${epoch + 1}: the learning rate is now ${lowered}`);
  }
}
