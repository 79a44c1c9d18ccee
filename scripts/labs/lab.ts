/**
 * The frame of a lab: options, digits, figures, JSON.
 *
 *   runLab({
 *     name: "saliency",
 *     description: "Shows which pixels a network looks at.",
 *     options: (command) => command.option("--epochs <n>", "...", positiveInteger, 3), // optional
 *     run: async (options: LabOptions & { epochs: number }) => {
 *       const { name, train, test } = await loadDigits(options); // from ../digits
 *       printTable(["layer", "norm"], rows); // from ./table
 *       return { figures: { saliency: svg }, result: { dataset: name, accuracy } };
 *     },
 *   });
 *
 * Every lab takes --data, --synthetic, --seed, --json FILE and --figures DIR. `runLab` sets the
 * library's seed, runs the lab, writes figures["saliency"] to DIR/saliency.svg, writes `result`
 * with the options and the seconds it took to the JSON file, and says where everything is. An error
 * is printed as its message, with exit status 1.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { Command } from "commander";
import { setSeed } from "nabla";

import { type DigitOptions, withDigitOptions } from "../digits";
import { integer } from "../numbers";

export interface LabOptions extends DigitOptions {
  seed: number;
  json?: string;
  figures: string;
}

export interface LabReport {
  /** SVG text by file name without its ending. */
  figures: Record<string, string>;
  /** Headline keys of the JSON file. */
  result: Record<string, unknown>;
}

export interface Lab<O extends LabOptions> {
  name: string;
  description: string;
  /** Adds the lab's own options. */
  options?: (command: Command) => Command;
  run: (options: O) => LabReport | Promise<LabReport>;
}

/** Runs a lab with the options of the command line. */
export function runLab<O extends LabOptions>(lab: Lab<O>): void {
  const command = withDigitOptions(new Command(`lab:${lab.name}`))
    .description(lab.description)
    .option("--seed <n>", "seed of weights, shuffles and draws", integer, 0)
    .option("--json <file>", "write options and results")
    .option("--figures <dir>", "directory that the figures are written to", "results");
  const options = (lab.options?.(command) ?? command).parse().opts<O>();
  execute(lab, options).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}

async function execute<O extends LabOptions>(lab: Lab<O>, options: O): Promise<void> {
  const start = performance.now();
  setSeed(options.seed);
  const { figures, result } = await lab.run(options);
  for (const [name, svg] of Object.entries(figures)) {
    write(join(options.figures, `${name}.svg`), `${svg.trimEnd()}\n`);
  }
  const seconds = (performance.now() - start) / 1000;
  if (options.json !== undefined) {
    const report = { lab: lab.name, options, seconds, ...result };
    write(options.json, `${JSON.stringify(report, null, 2)}\n`);
  }
  console.log(`${seconds.toFixed(1)} s`);
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  console.log(`wrote ${file}`);
}
