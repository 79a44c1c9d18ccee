/** What the programs of examples/ have in common: options, files of data, a report. */

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Command } from "commander";
import { type TableRecord, csvRecords, getThreads, setSeed } from "nabla";

import { natural, positiveInteger } from "./numbers";

export interface ExampleOptions {
  data?: string;
  epochs: number;
  json?: string;
  seed: number;
}

/** Options of programs that train on pictures. */
export interface PictureOptions extends ExampleOptions {
  images: number;
  save?: string;
}

/** The options that each program has. */
export function exampleCommand(
  name: string,
  { description, data, epochs }: { description: string; data: string; epochs: number },
): Command {
  return new Command(name)
    .description(description)
    .option("--data <dir>", `directory of ${data}`)
    .option("--epochs <n>", "times through the training data", positiveInteger, epochs)
    .option("--seed <n>", "seed of data that is made up, weights and shuffles", natural, 1)
    .option("--json <file>", "write options and figures");
}

/** Runs a program; what it returns is its report. */
export function runExample(command: Command, main: (options: never) => Promise<object>): void {
  const options = command.parse().opts<ExampleOptions>();
  setSeed(options.seed);
  timed(main(options as never))
    .then(({ result, seconds }) => {
      if (options.json === undefined) return;
      const report = { options, threads: getThreads(), seconds, ...result };
      writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
    })
    .catch((error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exitCode = 1;
    });
}

/** Awaits what takes long; gives its result, and how long it took. */
export async function timed<T>(running: Promise<T>): Promise<{ result: T; seconds: number }> {
  const start = performance.now();
  const result = await running;
  return { result, seconds: (performance.now() - start) / 1000 };
}

/** A CSV file of the directory that was given; undefined without one. */
export function csvFile({ data }: ExampleOptions, name: string): string | undefined {
  if (data === undefined) return undefined;
  const file = join(data, name);
  if (existsSync(file)) return file;
  throw new Error(`expected a file ${name} in ${data}`);
}

/** All rows of a CSV file. */
export async function rowsOf(file: string): Promise<TableRecord[]> {
  const rows: TableRecord[] = [];
  for await (const row of csvRecords(file)) rows.push(row);
  return rows;
}

/** Columns of numbers of a CSV file, by name. */
export async function numbersOf(
  file: string,
  names: readonly string[],
): Promise<Record<string, number[]>> {
  const rows = await rowsOf(file);
  return Object.fromEntries(
    names.map((name) => [
      name,
      rows.map((row, i) => {
        const value = row[name];
        if (typeof value === "number") return value;
        throw new Error(`${file}: expected a number for ${name} in row ${i + 1}`);
      }),
    ]),
  );
}

/** Root of the mean of squared differences. */
export function rmse(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum / a.length);
}
