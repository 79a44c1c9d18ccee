import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { flag, readOptions, text, type ValuesOf } from "../../tensor/option-kinds";
import { Callback, type FitParams, type Logs } from "./callback";

/** Options of `CSVLogger`. */
export interface CSVLoggerOptions {
  /** Between the columns; "," by default. */
  separator?: string;
  /** Whether lines are added to a file that is there already; false by default. */
  append?: boolean;
}

const OPTIONS = { separator: text(","), append: flag(false) };

/** Writes the logs of each epoch to a file: a line of names, then a line an epoch. */
export class CSVLogger extends Callback {
  private readonly options: ValuesOf<typeof OPTIONS>;
  private columns: readonly string[] | null = null;
  private hasHeader = false;

  constructor(
    private readonly filename: string,
    options: CSVLoggerOptions = {},
  ) {
    super();
    text()(filename, "CSVLogger", "filename");
    this.options = readOptions(OPTIONS, options, "CSVLogger");
  }

  /** Opens the file, so that a path that cannot be written to is known before training. */
  override setParams(params: FitParams): void {
    super.setParams(params);
    const { filename } = this;
    this.columns = null;
    const isKept = this.options.append && existsSync(filename);
    this.hasHeader = isKept && readFileSync(filename, "utf8") !== "";
    if (isKept) appendFileSync(filename, "");
    else writeFileSync(filename, "");
  }

  /** Columns are those of the first epoch, and of validation if it comes later. */
  onEpochEnd(epoch: number, logs: Logs): void {
    const expected = Object.keys(this.params.directions);
    this.columns ??= [...new Set([...Object.keys(logs), ...expected])].sort();
    const { columns } = this;
    if (!this.hasHeader) this.write(["epoch", ...columns]);
    this.hasHeader = true;
    const values = columns.map((name) => (Object.hasOwn(logs, name) ? String(logs[name]) : "NA"));
    this.write([String(epoch), ...values]);
  }

  private write(cells: readonly string[]): void {
    appendFileSync(this.filename, `${cells.join(this.options.separator)}\n`);
  }
}
