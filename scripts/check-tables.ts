/**
 * Reads CSV and JSON lines files with faults: each ends in records or in a TableError that names line and
 * column, in time. Tells the memory that they took at most.
 *
 *   npm run check:tables -- --files 10000 --seed 1
 */

import { parseArgs } from "node:util";

import { readMutated } from "../test/helpers/mutated-tables";

/** Milliseconds for a file of some hundred bytes. */
const LIMIT = 10_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      files: { type: "string", default: "10000" },
      seed: { type: "string", default: String(Date.now()) },
    },
  });
  console.log(`seed ${values.seed}`);
  const before = process.memoryUsage().rss;
  const tally = await readMutated(Number(values.files), Number(values.seed), LIMIT);
  const grown = (process.resourceUsage().maxRSS * 1024 - before) / 2 ** 20;
  console.log(
    `${tally.read} files read, ${tally.refused} refused; memory grew by ${grown.toFixed(0)} MiB at most`,
  );
  if (grown > 200) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
