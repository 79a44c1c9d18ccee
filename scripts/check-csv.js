/**
 * Trains on a CSV file of any size, two billion bytes by default, and tells how much memory that took at
 * most: exit status 1 if it is more than 200 MiB, or if a row was lost. In plain JavaScript, since a
 * compiler of TypeScript would take as much.
 *
 *   npm run check:csv -- --bytes 20000000
 */

"use strict";

const { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join, resolve } = require("node:path");
const { parseArgs } = require("node:util");

const { Dataset, Dense, Sequential, csvRecords } = require(resolve(__dirname, "..", "dist"));

const LIMIT = 200;
const ROWS_A_PIECE = 1024;
const NOTE = "a note of so many words ".repeat(8).trim();

/** Writes rows until the file has so many bytes. Returns how many, and the sum of their numbers x. */
function writeTable(file, bytes) {
  const descriptor = openSync(file, "w");
  let rows = 0;
  let sum = 0;
  try {
    let written = writeSync(descriptor, "row,x,note,y\n");
    while (written < bytes) {
      const lines = [];
      for (let i = 0; i < ROWS_A_PIECE; i++, rows++) {
        const x = (rows * 7919) % 1000;
        sum += x;
        const note = rows % 10 === 0 ? `"${"a quoted, longer note; ".repeat(20)}"` : NOTE;
        lines.push(`${rows},${x},${note},${(2 * x + 1) / 1000}\n`);
      }
      written += writeSync(descriptor, lines.join(""));
    }
    return { rows, sum, bytes: written };
  } finally {
    closeSync(descriptor);
  }
}

async function train(file) {
  let [rows, sum] = [0, 0];
  const data = Dataset.fromRecords(() => csvRecords(file))
    .filter((row) => row.note !== null)
    .group(1024)
    .map((group) => {
      for (const { x } of group) sum += x;
      rows += group.length;
      return { x: group.map(({ x }) => [x / 1000]), y: group.map(({ y }) => [y]) };
    })
    .prefetch(2);
  const model = new Sequential([new Dense(1)]).compile({ optimizer: "adam", loss: "mse" });
  const { history } = await model.fit(data, { verbose: 0 });
  return { rows, sum, loss: history.loss[0] };
}

/** The most memory that the process had, in MiB. `maxRSS` of a child counts what its parent had, too. */
function peakOfMemory() {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS / 1024;
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"));
  return Number(kibibytes) / 1024;
}

async function main() {
  const { values } = parseArgs({ options: { bytes: { type: "string", default: "2e9" } } });
  const directory = mkdtempSync(join(tmpdir(), "nabla-csv-"));
  try {
    const file = join(directory, "table.csv");
    const written = writeTable(file, Number(values.bytes));
    const start = performance.now();
    const read = await train(file);
    const seconds = (performance.now() - start) / 1000;
    const mebibytes = peakOfMemory();
    const { rows, bytes } = written;
    console.log(
      `${(bytes / 1e6).toFixed(0)} MB, ${rows} rows in ${seconds.toFixed(1)} s: ` +
        `at most ${mebibytes.toFixed(0)} MiB of memory, loss ${read.loss.toFixed(6)}`,
    );
    const isWhole = read.rows === rows && read.sum === written.sum;
    if (!isWhole) console.error(`expected ${rows} rows but ${read.rows} were read`);
    if (!isWhole || mebibytes > LIMIT) process.exitCode = 1;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

main();
