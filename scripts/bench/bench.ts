/**
 * Compares nabla with other libraries and with the bare matrix products; the project's README says how.
 *
 *   npm run bench -- --help
 */

import { readFileSync, rmSync, writeFileSync } from "node:fs";

import { Command, InvalidArgumentError, Option } from "commander";
import { blas } from "nabla";

import { loadDigits } from "../digits";
import { formatTable } from "../labs/table";
import { positiveInteger } from "../numbers";
import { CASES } from "./cases";
import type { Context } from "./cases/context";
import { drawReport } from "./chart";
import { startContenders } from "./contenders";
import { environment } from "./environment";
import { EPOCH, PREDICT_1, PREDICT_10000, STEPS, TUTORIAL_PROGRAM } from "./goals";
import { requireKernels } from "./kernels";
import { SharedData } from "./network";
import { Findings, type Report } from "./report";
import { RATIO_HEADER, ROW_HEADER, markdown, ratioCells, rowCells, splitRatios } from "./tables";

interface Options {
  cases: readonly string[];
  runs?: number;
  rounds?: number;
  threads: readonly number[];
  quick?: boolean;
  data?: string;
  synthetic?: boolean;
  json?: string;
  chart?: string;
  markdown?: string;
}

const QUICK_PACE = { runs: 1, rounds: 3, slice: 2_000, warmUp: 10_000 };
const PACE = { runs: 3, rounds: 9, slice: 50_000, warmUp: 500_000 };
const README_CASES = [...STEPS, EPOCH, TUTORIAL_PROGRAM, PREDICT_1, PREDICT_10000];

function caseKeys(text: string): string[] {
  const keys = text.split(",");
  const unknown = keys.filter((key) => !CASES.some((one) => one.key === key));
  if (unknown.length === 0) return keys;
  throw new InvalidArgumentError(`expected some of ${CASES.map(({ key }) => key).join(", ")}`);
}

function threadCounts(text: string): number[] {
  return text.split(",").map(positiveInteger);
}

function parse(): Options {
  return new Command("bench")
    .description("Compares nabla with other libraries and with the bare matrix products.")
    .addOption(
      new Option("--cases <list>", "some of the cases below, by commas")
        .argParser(caseKeys)
        .default(
          CASES.map(({ key }) => key),
          "all",
        ),
    )
    .option("--runs <n>", `runs, each of new processes (default: ${PACE.runs})`, positiveInteger)
    .option("--rounds <n>", `interleaved rounds a run (default: ${PACE.rounds})`, positiveInteger)
    .addOption(
      new Option("--threads <list>", "numbers of threads to try, by commas")
        .argParser(threadCounts)
        .default([1, 2], "1,2"),
    )
    .option("--quick", "few repetitions, to see that all of it works")
    .option("--data <dir>", "directory of the MNIST files; by default found or downloaded")
    .option("--synthetic", "measure on digits that the library draws itself")
    .option("--json <file>", "write rows and ratios")
    .option("--chart <file>", "write a chart as SVG")
    .option("--markdown <file>", "measure nothing: print the README's tables from a --json file")
    .addHelpText(
      "after",
      `\nCases:\n${CASES.map(({ key, title }) => `  ${key.padEnd(16)}${title}`).join("\n")}`,
    )
    .parse()
    .opts<Options>();
}

async function measure(options: Options): Promise<Report> {
  requireKernels(blas());
  const { cases, quick, runs, rounds, threads } = options;
  const base = quick ? QUICK_PACE : PACE;
  const pace = { ...base, runs: runs ?? base.runs, rounds: rounds ?? base.rounds };
  const { name, train } = await loadDigits(options);
  const data = new SharedData(train.images.data() as Uint8Array, train.labels.data() as Uint8Array);
  const contenders = await startContenders(threads);
  const findings = new Findings();
  const context: Context = {
    contenders,
    data,
    pace,
    findings,
    coreRoundTrips: {},
    mnist: options.data,
    isQuick: quick ?? false,
  };
  const report = (): Report => ({
    environment: { ...environment(contenders, name, pace), coreRoundTrips: context.coreRoundTrips },
    rows: findings.rows,
    ratios: findings.ratios(),
  });
  try {
    for (const one of CASES.filter(({ key }) => cases.includes(key))) {
      const start = performance.now();
      await one.run(context);
      save(report(), options.json); // a run that is broken off keeps what it has
      console.error(`${one.title}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
    }
  } finally {
    for (const contender of contenders) await contender.stop();
    rmSync(data.folder, { recursive: true });
  }
  return report();
}

function save(report: Report, file: string | undefined): void {
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
}

function print(report: Report): void {
  console.log(`${formatTable(ROW_HEADER, report.rows.map(rowCells))}\n`);
  const { measured, leftOut } = splitRatios(report.ratios);
  if (measured.length > 0) console.log(formatTable(RATIO_HEADER, measured.map(ratioCells)));
  if (leftOut !== "") console.log(leftOut);
}

async function main(): Promise<void> {
  const options = parse();
  if (options.markdown !== undefined) {
    const report = JSON.parse(readFileSync(options.markdown, "utf8")) as Report;
    if (options.chart !== undefined) writeFileSync(options.chart, drawReport(report));
    console.log(markdown(report, README_CASES));
    return;
  }
  const report = await measure(options);
  print(report);
  if (options.chart !== undefined) writeFileSync(options.chart, drawReport(report));
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
