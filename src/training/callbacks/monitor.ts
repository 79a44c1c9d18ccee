/** Callbacks that watch one of the logs: which it is, and what counts as better. */

import {
  type OptionKinds,
  type ValuesOf,
  choice,
  number,
  text,
  valuesOf,
} from "../../tensor/option-kinds";
import { checkOptions } from "../../tensor/options";
import { camelCase, nameAmong } from "../../tensor/spelling";
import { Callback, type CallbackState, type FitParams, type Logs } from "./callback";

/** Options of callbacks that watch one of the logs. */
export interface MonitorOptions {
  /** What is watched; "valLoss" by default. "val_loss" is understood as well. */
  monitor?: string;
  /** Less of a change is no improvement. */
  minDelta?: number;
  /** Whether less or more is better; by default what the metric says. */
  mode?: "auto" | "min" | "max";
}

export abstract class MonitorCallback<K extends OptionKinds> extends Callback {
  /** The best value so far; NaN before there was one. */
  best = NaN;
  /** The log that is watched: once training begins, by its name in the logs. */
  monitor: string;
  /** The options of the class itself, those left out at their defaults. */
  protected readonly options: ValuesOf<K>;
  private readonly minDelta: number;
  private readonly mode: "auto" | "min" | "max";
  /** Null while the metric was not asked. */
  private wantsMore: boolean | null;
  private isRestored = false;

  /** @param own kinds of the options beside those of `MonitorOptions` */
  constructor(options: object, own: K, minDelta: number) {
    super();
    const where = this.constructor.name;
    const kinds = {
      monitor: text("valLoss"),
      minDelta: number(minDelta, { least: 0 }),
      mode: choice(["auto", "min", "max"], "auto"),
    };
    checkOptions(options, [...Object.keys(kinds), ...Object.keys(own)], where);
    const common = valuesOf(kinds, options, where);
    this.options = valuesOf(own, options, where);
    this.monitor = camelCase(common.monitor);
    this.minDelta = common.minDelta;
    this.mode = common.mode;
    const isLoss = this.monitor === "loss" || this.monitor === "valLoss";
    this.wantsMore = this.mode === "auto" && !isLoss ? null : this.mode === "max";
  }

  /** Throws if nothing that will be logged has the monitor's name, or nobody knows which way it is better. */
  override setParams(params: FitParams): void {
    super.setParams(params);
    const { mode } = this;
    const { directions } = params;
    const monitor = nameAmong(Object.keys(directions), this.monitor);
    if (monitor === undefined) throw this.unknown(directions);
    this.monitor = monitor;
    const direction = mode === "auto" ? directions[monitor] : mode;
    if (direction === null) throw this.undirected();
    this.wantsMore = direction === "max";
  }

  /** Called by `fit`: forgets an earlier run, unless `loadState` gave one to go on from. */
  onTrainBegin(): void {
    if (!this.isRestored) this.begin();
    this.isRestored = false;
  }

  /** Forgets an earlier run. */
  protected begin(): void {
    this.best = NaN;
  }

  /** What the callback knows of the run so far. */
  state(): CallbackState {
    return { best: this.best };
  }

  /** Takes back what `state` gave; to be called before `fit`. */
  loadState(state: CallbackState): void {
    this.best = state.best as number;
    this.isRestored = true;
  }

  /** The value that is watched; null after an epoch without validation. */
  protected watched(logs: Logs): number | null {
    return Object.hasOwn(logs, this.monitor) ? logs[this.monitor] : null;
  }

  /** Whether a value is better than another by more than `minDelta`; any number is better than NaN. */
  protected isImprovement(value: number, reference: number): boolean {
    if (Number.isNaN(reference)) return !Number.isNaN(value);
    if (this.wantsMore === null) throw this.undirected();
    const { minDelta } = this;
    return this.wantsMore ? value - minDelta > reference : value + minDelta < reference;
  }

  private unknown(known: object): Error {
    const { monitor } = this;
    const isValidated = Object.hasOwn(known, "valLoss");
    const hint =
      monitor.startsWith("val") && !isValidated
        ? ", which needs validationData or validationSplit"
        : "; what else is to be watched, add to the metrics of compile";
    return new Error(
      `${this.constructor.name}: expected one of ${Object.keys(known).join(", ")} for monitor but received ` +
        `"${monitor}"${hint}`,
    );
  }

  private undirected(): Error {
    return new Error(
      `${this.constructor.name}: expected mode "min" or "max" for ${this.monitor}, since nothing says which way ` +
        "it is better",
    );
  }
}
