import { createRequire } from "node:module";
import type { SingleBar } from "cli-progress";
import {
  type OptionKind,
  type ValuesOf,
  callable,
  flag,
  optional,
  positiveInteger,
  readOptions,
} from "../../tensor/option-kinds";
import { describeValue } from "../../tensor/values";
import { formatBatches, formatLogs } from "../log-line";
import { Callback, type Logs } from "./callback";

/** Options of `ProgressBar`, each with its default. */
export interface ProgressBarOptions {
  /** Whether a bar is drawn within the epoch, where `stream` is a terminal; true. */
  bar?: boolean;
  /** Where the bar is drawn, a stream of Node.js; `process.stderr`. */
  stream?: {
    /** Whether it is a terminal: in others no bar is drawn. */
    readonly isTTY?: boolean;
    /** Writes text. */
    write(text: string): unknown;
  };
  /** Writes the line of an epoch; `console.log`. */
  log?: (line: string) => void;
  /** Every how many epochs a line is written; the last one has its line always. 1. */
  every?: number;
}

const stream: OptionKind<NodeJS.WriteStream> = (given, where, name) => {
  if (given === undefined) return process.stderr;
  const { write } = Object(given) as { write?: unknown };
  if (typeof write === "function") return given as NodeJS.WriteStream;
  throw new TypeError(
    `${where}: expected a stream for ${name} but received ${describeValue(given)}`,
  );
};

const OPTIONS = {
  bar: flag(true),
  stream,
  log: optional(callable<(line: string) => void>()),
  every: positiveInteger(1),
};

const loadModule = createRequire(__filename);

/**
 * A bar within each epoch, with the time left and the means so far, and a line after it. `fit` has one by
 * itself unless `verbose` is 0; one among its callbacks takes that one's place.
 */
export class ProgressBar extends Callback {
  private readonly options: ValuesOf<typeof OPTIONS>;
  private bar: SingleBar | undefined;
  private began = 0;
  private batches = 0;

  constructor(options: ProgressBarOptions = {}) {
    super();
    this.options = readOptions(OPTIONS, options, "ProgressBar");
  }

  /** @internal Whether anything is shown within an epoch. */
  get isDrawn(): boolean {
    return this.options.bar && this.options.stream.isTTY;
  }

  /** Starts the clock, and the bar where one is drawn. */
  onEpochBegin(epoch: number): void {
    this.began = performance.now();
    this.batches = 0;
    if (this.isDrawn) this.begin(this.titleOf(epoch));
  }

  /** Moves the bar on. */
  onProgress(batchesDone: number, logs: Logs): void {
    this.batches = batchesDone;
    this.bar?.update(batchesDone, { logs: formatLogs(logs) });
  }

  /** Takes the bar away and writes the epoch's line, unless `every` leaves it out. */
  onEpochEnd(epoch: number, logs: Logs): void {
    this.close();
    const seconds = (performance.now() - this.began) / 1000;
    const isLast = epoch + 1 >= this.params.epochs;
    if (!isLast && (epoch + 1) % this.options.every !== 0) return;
    const write = this.options.log ?? console.log;
    write(epochLine(this.titleOf(epoch), this.batches, seconds, logs));
  }

  /** @internal Takes the bar off the terminal; also after an error. */
  close(): void {
    this.bar?.stop();
    this.bar = undefined;
  }

  private titleOf(epoch: number): string {
    return `Epoch ${epoch + 1}/${this.params.epochs}`;
  }

  private begin(title: string): void {
    // Loaded only here: importing the library should not wait for it.
    const { SingleBar } = loadModule("cli-progress") as typeof import("cli-progress");
    const { steps } = this.params;
    const isKnown = !Number.isNaN(steps);
    this.bar = new SingleBar({
      format: isKnown
        ? `${title} {value}/{total} [{bar}] {eta_formatted} left{logs}`
        : `${title} {value} batches{logs}`,
      stream: this.options.stream,
      clearOnComplete: true,
      hideCursor: true,
    });
    this.bar.start(isKnown ? steps : 0, 0, { logs: "" });
  }
}

/** "Epoch 1/20 - 657 batches - 41.3 ms - loss: 0.4123 - accuracy: 0.8771" */
function epochLine(title: string, batches: number, seconds: number, logs: Logs): string {
  const time = seconds < 0.1 ? `${(seconds * 1000).toFixed(1)} ms` : `${seconds.toFixed(2)} s`;
  return `${title} - ${formatBatches(batches)} - ${time}${formatLogs(logs)}`;
}
