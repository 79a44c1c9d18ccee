/** How `fit` tells of its progress: a bar on a terminal, and one line an epoch. */

import { createRequire } from "node:module";
import type { SingleBar } from "cli-progress";
import type { Logs } from "./callbacks";
import type { Verbosity } from "./verbosity";

export interface Progress {
  begin(epoch: number): void;
  /** Null if nothing is shown within an epoch. */
  readonly tick: ((batchesDone: number, logs: Logs) => void) | null;
  end(epoch: number, batches: number, logs: Logs): void;
  /** Takes the bar off the terminal; also after an error. */
  close(): void;
}

const loadModule = createRequire(__filename);

const SILENT: Progress = { begin: ignore, tick: null, end: ignore, close: ignore };

/**
 * @param epochs number of epochs
 * @param batches an epoch; NaN if not known
 * @param terminal where the bar goes, if it is one
 */
export function progressOf(
  verbosity: Verbosity,
  epochs: number,
  batches: number,
  terminal: NodeJS.WriteStream = process.stderr,
): Progress {
  if (verbosity === 0) return SILENT;
  const bar = verbosity === 1 && terminal.isTTY ? new EpochBar(batches, terminal) : undefined;
  const title = (epoch: number): string => `Epoch ${epoch + 1}/${epochs}`;
  let began = 0;
  return {
    begin(epoch) {
      began = performance.now();
      bar?.begin(title(epoch));
    },
    tick: bar === undefined ? null : (done, logs) => bar.update(done, logs),
    end(epoch, done, logs) {
      bar?.close();
      const seconds = (performance.now() - began) / 1000;
      console.log(epochLine(title(epoch), done, seconds, logs));
    },
    close: () => bar?.close(),
  };
}

/** "Epoch 1/20 - 657 batches - 0.04 s - loss: 0.4123 - accuracy: 0.8771" */
function epochLine(title: string, batches: number, seconds: number, logs: Logs): string {
  return `${title} - ${batches} batches - ${seconds.toFixed(2)} s${formatLogs(logs)}`;
}

/** " - loss: 0.4123 - accuracy: 0.8771" */
function formatLogs(logs: Logs): string {
  return Object.entries(logs)
    .map(([name, value]) => ` - ${name}: ${formatNumber(value)}`)
    .join("");
}

function formatNumber(value: number): string {
  const size = Math.abs(value);
  return value !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(4) : value.toFixed(4);
}

/** Batches done, the time left and the means so far. */
class EpochBar {
  private bar: SingleBar | undefined;

  constructor(
    private readonly batches: number,
    private readonly terminal: NodeJS.WriteStream,
  ) {}

  begin(title: string): void {
    // Loaded only here: importing the library should not wait for it.
    const { SingleBar } = loadModule("cli-progress") as typeof import("cli-progress");
    const isKnown = !Number.isNaN(this.batches);
    this.bar = new SingleBar({
      format: isKnown
        ? `${title} {value}/{total} [{bar}] {eta_formatted} left{logs}`
        : `${title} {value} batches{logs}`,
      stream: this.terminal,
      clearOnComplete: true,
      hideCursor: true,
    });
    this.bar.start(isKnown ? this.batches : 0, 0, { logs: "" });
  }

  update(done: number, logs: Logs): void {
    this.bar?.update(done, { logs: formatLogs(logs) });
  }

  close(): void {
    this.bar?.stop();
    this.bar = undefined;
  }
}

function ignore(): void {
  // Nothing is to be shown.
}
