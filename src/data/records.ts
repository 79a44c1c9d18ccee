/** Tables read record by record, so that files of any size take little memory. */

import { createReadStream } from "node:fs";
import { createRequire } from "node:module";
import { pipeline } from "node:stream";
import type { Info } from "csv-parse";
import { checkOptions } from "../tensor/options";
import {
  type ValuesOf,
  flag,
  positiveInteger,
  text,
  texts,
  valuesOf,
} from "../tensor/option-kinds";

/** A row of a table by the names of its columns; null where the value is missing. */
export type TableRecord = Record<string, number | string | null>;

/** Options of `csvRecords`. */
export interface CsvOptions {
  /** Between the columns; "," by default. */
  delimiter?: string;
  /** Whether the first line has the names of the columns; true. Without, they are column0, column1, ... */
  header?: boolean;
  /** Texts that stand for a missing value; "", "NA", "NaN", "null" by default. */
  missingValues?: readonly string[];
  /** Columns that hold texts whatever they look like, such as numbers of houses; none. */
  textColumns?: readonly string[];
  /** Rows from which it is told whether a column holds numbers or texts; 1000. */
  inferRows?: number;
  /** The longest record, in bytes: more is refused rather than held; 1 MiB. */
  maxRecordBytes?: number;
}

/** Options of `jsonLinesRecords`. */
export interface JsonLinesOptions {
  /** The longest line, in characters: more is refused rather than held; 1 MiB. */
  maxRecordBytes?: number;
}

const LIMIT = { maxRecordBytes: positiveInteger(2 ** 20) };
const CSV = {
  delimiter: text(","),
  header: flag(true),
  missingValues: texts([]),
  textColumns: texts([]),
  inferRows: positiveInteger(1000),
  ...LIMIT,
};
const MISSING = ["", "NA", "NaN", "null"];

const loadModule = createRequire(__filename);

/** What went wrong in a file, and where. */
export class TableError extends Error {
  /** "TableError". */
  override readonly name = "TableError";

  /**
   * @param path the file's path
   * @param line number of the line, from 1
   * @param column of the line, from 1, or the name of a column of the table
   */
  constructor(
    readonly path: string,
    readonly line: number,
    readonly column: number | string,
    what: string,
    options?: ErrorOptions,
  ) {
    super(`${path}: line ${line}, column ${column}: ${what}`, options);
  }
}

/**
 * The records of a CSV file, one after the other. Fields may be quoted, and hold delimiters and line
 * breaks then. Whether a column holds numbers or texts is told from its first rows. Needs the package
 * csv-parse beside nabla.
 *
 * ```ts
 * for await (const record of csvRecords("houses.csv")) console.log(record.price);
 * ```
 * @throws TableError that names line and column, also where a number comes to be a text later on
 */
export async function* csvRecords(
  path: string,
  options: CsvOptions = {},
): AsyncGenerator<TableRecord, void> {
  checkOptions(options, Object.keys(CSV), "csvRecords");
  const { missingValues = MISSING, ...rest } = options;
  const settings = valuesOf(CSV, rest, "csvRecords");
  const missing = new Set(missingValues);
  let columns: Columns | undefined;
  let first: Row[] = [];
  for await (const row of rowsOf(path, settings)) {
    if (columns !== undefined) {
      yield columns.record(row);
      continue;
    }
    first.push(row);
    if (first.length <= settings.inferRows) continue;
    columns = new Columns(path, first, settings, missing);
    yield* columns.records(first);
    first = [];
  }
  if (columns === undefined && first.length > 0) {
    columns = new Columns(path, first, settings, missing);
    yield* columns.records(first);
  }
}

interface Row {
  readonly fields: readonly string[];
  readonly line: number;
}

async function* rowsOf(path: string, settings: ValuesOf<typeof CSV>): AsyncGenerator<Row, void> {
  const parser = parserOf(settings);
  // Errors of the file come out of the parser, too.
  pipeline(createReadStream(path), parser, () => undefined);
  try {
    for await (const item of parser) {
      const { record, info } = item as unknown as { record: string[]; info: Info };
      yield { fields: record, line: info.lines };
    }
  } catch (error) {
    throw placed(path, error);
  }
}

function parserOf({
  delimiter,
  maxRecordBytes,
}: ValuesOf<typeof CSV>): NodeJS.ReadWriteStream & AsyncIterable<unknown> {
  let module: typeof import("csv-parse");
  try {
    module = loadModule("csv-parse") as typeof import("csv-parse");
  } catch (error) {
    throw new Error("csvRecords: expected the package csv-parse; npm install csv-parse", {
      cause: error,
    });
  }
  const options = {
    bom: true,
    skip_empty_lines: true,
    info: true,
    max_record_size: maxRecordBytes,
  };
  return module.parse({ ...options, delimiter });
}

/** An error of the parser, with its place. */
function placed(path: string, error: unknown): unknown {
  const { lines, column, message } = error as {
    lines?: unknown;
    column?: number | string;
    message: string;
  };
  if (typeof lines !== "number") return error; // of the file system
  const place = typeof column === "number" ? column + 1 : (column ?? 1);
  return new TableError(path, lines, place, message, { cause: error });
}

/** Names of columns, and which hold numbers. */
class Columns {
  private readonly names: readonly string[];
  private readonly areNumbers: readonly boolean[];

  constructor(
    private readonly path: string,
    rows: Row[],
    { header, textColumns }: ValuesOf<typeof CSV>,
    private readonly missing: ReadonlySet<string>,
  ) {
    const [{ fields, line }] = rows;
    this.names = header ? [...fields] : fields.map((_, i) => `column${i}`);
    if (header) rows.shift();
    this.names.forEach((name, i) => {
      if (this.names.indexOf(name) === i && name !== "__proto__") return;
      throw new TableError(
        path,
        line,
        i + 1,
        `expected a name that no other column has but found ${name}`,
      );
    });
    this.areNumbers = this.names.map(
      (name, i) =>
        !textColumns.includes(name) &&
        rows.every(({ fields: row }) => missing.has(row[i]) || isNumber(row[i])),
    );
  }

  *records(rows: readonly Row[]): Iterable<TableRecord> {
    for (const row of rows) yield this.record(row);
  }

  record({ fields, line }: Row): TableRecord {
    const record: TableRecord = {};
    for (let i = 0; i < this.names.length; i++) {
      const field = fields[i];
      if (this.missing.has(field)) record[this.names[i]] = null;
      else if (!this.areNumbers[i]) record[this.names[i]] = field;
      else if (isNumber(field)) record[this.names[i]] = Number(field);
      else {
        throw new TableError(
          this.path,
          line,
          this.names[i],
          `expected a number, as in the first rows, but found ${JSON.stringify(field.slice(0, 40))}; a greater ` +
            "inferRows looks at more rows, textColumns takes the column as text",
        );
      }
    }
    return record;
  }
}

function isNumber(field: string): boolean {
  return field.trim() !== "" && Number.isFinite(Number(field));
}

/**
 * The objects of a file that has one in JSON on each line. Empty lines are passed over.
 * @throws TableError that names line and column
 */
export async function* jsonLinesRecords(
  path: string,
  options: JsonLinesOptions = {},
): AsyncGenerator<Record<string, unknown>, void> {
  checkOptions(options, Object.keys(LIMIT), "jsonLinesRecords");
  const { maxRecordBytes } = valuesOf(LIMIT, options, "jsonLinesRecords");
  let rest = "";
  let line = 1;
  const tooLong = (): TableError =>
    new TableError(
      path,
      line,
      maxRecordBytes + 1,
      `expected at most ${maxRecordBytes} characters in a line`,
    );
  for await (const chunk of createReadStream(path, "utf8")) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop()!;
    for (const each of lines) {
      if (each.length > maxRecordBytes) throw tooLong();
      if (each.trim() !== "") yield parsed(path, each, line);
      line++;
    }
    if (rest.length > maxRecordBytes) throw tooLong();
  }
  if (rest.trim() !== "") yield parsed(path, rest, line);
}

function parsed(path: string, text: string, line: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const { message } = error as Error;
    const position = /position (\d+)/.exec(message)?.[1] ?? text.trimEnd().length;
    throw new TableError(path, line, Number(position) + 1, message, { cause: error });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new TableError(path, line, 1, "expected an object");
}
