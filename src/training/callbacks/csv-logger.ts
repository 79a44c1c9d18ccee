import { appendFileSync, statSync, truncateSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { flag, readOptions, text, type ValuesOf } from "../../tensor/option-kinds";
import { Callback, type CallbackState, type FitParams, type Logs } from "./callback";

/** Options of `CSVLogger`. */
export interface CSVLoggerOptions {
  /** Between the columns; "," by default. */
  separator?: string;
  /** Whether lines are added to a file that is there already; false by default. */
  append?: boolean;
}

const OPTIONS = { separator: text(","), append: flag(false) };

/**
 * Writes the logs of each epoch to a file, by its path or `file:` URL: a line of names, then a line an
 * epoch. A run that is resumed goes on behind the lines of the epochs that it had done.
 */
export class CSVLogger extends Callback {
  private readonly options: ValuesOf<typeof OPTIONS>;
  private readonly filename: string;
  private columns: readonly string[] | null = null;
  /** Size of the file, as far as it was written. */
  private bytes = 0;
  /** The size at which a run that is resumed goes on. */
  private resumed: number | null = null;

  constructor(filename: string | URL, options: CSVLoggerOptions = {}) {
    super();
    this.filename = filename instanceof URL ? fileURLToPath(filename) : filename;
    text()(this.filename, "CSVLogger", "filename");
    this.options = readOptions(OPTIONS, options, "CSVLogger");
  }

  /** Opens the file, so that a path that cannot be written to is known before training. */
  override setParams(params: FitParams): void {
    super.setParams(params);
    this.columns = null;
    try {
      this.open();
    } catch (cause) {
      throw new Error(
        `CSVLogger: expected a file that can be written to for filename but received ${this.filename}: ` +
          (cause as Error).message,
        { cause },
      );
    }
  }

  private open(): void {
    const { filename, resumed } = this;
    this.resumed = null;
    appendFileSync(filename, ""); // makes it, if need be
    const { size } = statSync(filename);
    const kept = this.options.append ? size : 0;
    this.bytes = resumed !== null && resumed <= size ? resumed : kept;
    if (this.bytes < size) truncateSync(filename, this.bytes);
  }

  /** How much of the file is written. */
  state(): CallbackState {
    return { bytes: this.bytes };
  }

  /** Takes back what `state` gave; to be called before `fit`. */
  loadState({ bytes }: CallbackState): void {
    this.resumed = bytes as number;
  }

  /** Columns are those of the first epoch, and of validation if it comes later. */
  onEpochEnd(epoch: number, logs: Logs): void {
    const expected = Object.keys(this.params.directions);
    this.columns ??= [...new Set([...Object.keys(logs), ...expected])].sort();
    const { columns } = this;
    if (this.bytes === 0) this.write(["epoch", ...columns]);
    const values = columns.map((name) => (Object.hasOwn(logs, name) ? String(logs[name]) : "NA"));
    this.write([String(epoch), ...values]);
  }

  private write(cells: readonly string[]): void {
    const line = `${cells.join(this.options.separator)}\n`;
    appendFileSync(this.filename, line);
    this.bytes += Buffer.byteLength(line);
  }
}
