import { rm } from "node:fs/promises";

import { checkedPath } from "../../formats/byte-source";
import { makeFolderOf } from "../../formats/write-file";
import { flag, integer, number, optional } from "../../tensor/option-kinds";
import { nameAmong } from "../../tensor/spelling";
import type { CallbackState, FitParams, Logs } from "./callback";
import { MonitorCallback, type MonitorOptions } from "./monitor";
import { type SaveFrequency, saveFrequency } from "./save-frequency";

/** Options of `ModelCheckpoint`. */
export interface ModelCheckpointOptions extends Omit<MonitorOptions, "minDelta"> {
  /** Whether a file is written only where `monitor` has improved; false. */
  saveBestOnly?: boolean;
  /** Whether files hold the weights alone, from which training cannot be resumed; false. */
  saveWeightsOnly?: boolean;
  /** "epoch", the default, or a number of batches. */
  saveFreq?: SaveFrequency;
  /** The best value so far, which has to be bettered first; none by default. */
  initialValueThreshold?: number | null;
  /** How many of its files stay, the latest; all by default. */
  keep?: number | null;
}

const OPTIONS = {
  saveBestOnly: flag(false),
  saveWeightsOnly: flag(false),
  saveFreq: saveFrequency(),
  initialValueThreshold: optional(number()),
  keep: optional(integer(undefined, { least: 1 })),
};

/**
 * Writes checkpoints, from which `loadModel` makes the model and `fit({ resumeFrom })` goes on. The
 * path may have places for figures: "digits-{epoch:02d}-{valLoss:.3f}.safetensors"; epochs and batches
 * count from 1 in it, and folders that are not there are made, as in Keras.
 */
export class ModelCheckpoint extends MonitorCallback<typeof OPTIONS> {
  private readonly path: string;
  private batches = 0;
  private epoch = 0;
  /** The file that is due. */
  private due: string | null = null;
  private files: string[] = [];
  /** Where batches count. */
  onBatchEnd?: (batch: number, logs: Logs) => void;

  constructor(path: string | URL, options: ModelCheckpointOptions = {}) {
    super(options, OPTIONS, 0);
    this.path = checkedPath(path, "ModelCheckpoint");
    const { saveFreq, keep } = this.options;
    if (keep !== null && !this.path.includes("{")) {
      throw new RangeError(
        `ModelCheckpoint: expected a path with {epoch} or the like beside keep but received ${this.path}`,
      );
    }
    if (saveFreq === "epoch") {
      if (!/\{batch\b/.test(this.path)) return;
      throw new RangeError(
        `ModelCheckpoint: expected a path without {batch}, or a number of batches for saveFreq, but received ` +
          `${this.path} beside saveFreq "epoch"`,
      );
    }
    this.onBatchEnd = (batch, logs) => {
      this.batches++;
      if (this.batches % saveFreq === 0) this.note(logs, batch);
    };
  }

  /** Throws if the monitor counts and nothing that will be logged has its name. */
  override setParams(params: FitParams): void {
    if (this.options.saveBestOnly) super.setParams(params);
    else this.params = params;
  }

  protected override begin(): void {
    this.best = this.options.initialValueThreshold ?? NaN;
    this.batches = 0;
    this.files = [];
    this.due = null;
  }

  /** Called by `fit`: notes the epoch, for names of files. */
  onEpochBegin(epoch: number): void {
    this.epoch = epoch;
  }

  /**
   * Called by `fit`: a file is due, if it is one an epoch, and if the epoch was better where that is asked.
   */
  onEpochEnd(epoch: number, logs: Logs): void {
    if (this.options.saveFreq === "epoch") this.note(logs);
    this.epoch = epoch + 1;
  }

  /** What the callback knows of the run so far. */
  override state(): CallbackState {
    const files = Uint8Array.from(Buffer.from(JSON.stringify(this.files)));
    return { ...super.state(), batches: this.batches, epoch: this.epoch, files };
  }

  /** Takes back what `state` gave; to be called before `fit`. */
  override loadState(state: CallbackState): void {
    super.loadState(state);
    this.batches = state.batches as number;
    this.epoch = state.epoch as number;
    this.files = JSON.parse(Buffer.from(state.files as Uint8Array).toString()) as string[];
  }

  /** @internal Whether a file is to be written. */
  get isDue(): boolean {
    return this.due !== null;
  }

  /** @internal */
  async savePending(): Promise<void> {
    const { due, model } = this;
    if (due === null) return;
    this.due = null;
    this.files = [...this.files.filter((file) => file !== due), due];
    const { keep, saveWeightsOnly } = this.options;
    const spare = keep === null ? [] : this.files.splice(0, this.files.length - keep);
    makeFolderOf(due, "ModelCheckpoint");
    if (saveWeightsOnly) await model.saveWeights(due);
    else await model.saveCheckpoint(due);
    for (const file of spare) await rm(file, { force: true });
  }

  /** @param batch undefined at an epoch's end */
  private note(logs: Logs, batch?: number): void {
    if (this.options.saveBestOnly) {
      const value = this.watched(logs);
      if (value === null || !this.isImprovement(value, this.best)) return;
      this.best = value;
    }
    const places: Logs = batch === undefined ? {} : { batch: batch + 1 };
    this.due = filled(this.path, { ...logs, epoch: this.epoch + 1, ...places });
  }
}

/** The path with figures in the places of their names: {epoch}, {epoch:03d}, {valLoss:.2f}. */
function filled(path: string, figures: Logs): string {
  return path.replace(
    /\{(\w+)(?::(0?)(\d*)(?:\.(\d+))?[df]?)?\}/g,
    (_place, name: string, zero: string, width: string, digits: string | undefined) => {
      const key = nameAmong(Object.keys(figures), name);
      if (key === undefined) {
        throw new Error(
          `ModelCheckpoint: expected one of ${Object.keys(figures).join(", ")} in the path but received {${name}}`,
        );
      }
      const value = figures[key];
      const text = digits === undefined ? String(value) : value.toFixed(Number(digits));
      return text.padStart(Number(width), zero === "" ? " " : "0");
    },
  );
}
