/**
 * Compares the addon of a prebuilt package with the local build, each in processes of its own: their
 * bits, run after run; one step's numbers between the two; and the time of the tutorial's training
 * step, in interleaved rounds.
 *
 *   npm run check:prebuilt -- prebuilds/nabla-ml-linux-x64-gnu-0.1.0.tgz
 *
 * Wrong numbers fail it, slowness does not: it prints the ratio.
 */

import assert from "node:assert";
import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { Command } from "commander";
import { blas, jit, setSeed, setThreads, syntheticDigits } from "nabla";

import { TUTORIAL } from "./network";
import { ROOT } from "./paths";
import { median, medianRatio } from "./statistics";
import { batchesOf, trainingStep } from "./training-step";

const SAMPLES = 4096;
const BATCH = 32;
const STEPS = 300;
const WARM_UP = 3;
/** float32 steps of the same numbers, added up in another order. */
const TOLERANCE = { relative: 1e-5, absolute: 1e-6 };

/** What an addon computes with, and what it computed. */
interface Start {
  kernels: string;
  /** The weights after one step. */
  first: number[];
  /** A hash of the weights after STEPS steps. */
  bits: string;
}

/** In a process of its own: trains, tells the results, then times steps at each message. */
function train(): void {
  setThreads(1);
  setSeed(1);
  const { images, labels } = syntheticDigits({ samples: SAMPLES, seed: 1 });
  const data = { images: images.reshape([SAMPLES, -1]), labels };
  const { model, step } = trainingStep(TUTORIAL, 0.001, data);
  const rows = Int32Array.from({ length: SAMPLES }, (_, i) => i);
  const batches = batchesOf(rows, BATCH);
  const captured = jit(step);
  const run = (count: number): number => {
    const start = performance.now();
    for (let i = 0; i < count; i++) captured(batches[i % batches.length]);
    return ((performance.now() - start) * 1000) / count;
  };
  const weights = (): number[] => model.trainableWeights.flatMap((weight) => [...weight.data()]);
  run(1);
  const first = weights();
  run(STEPS - 1);
  const bits = createHash("sha256").update(Float64Array.from(weights())).digest("hex");
  process.send!({ kernels: blas().kernels, first, bits } satisfies Start);
  process.on("message", () => process.send!(run(STEPS)));
}

/** A process that trains with an addon, and what it told. */
async function open(addon: string): Promise<{ child: ChildProcess; start: Start }> {
  const child = fork(__filename, ["train"], { env: { ...process.env, NABLA_ADDON: addon } });
  child.once("exit", (code) => {
    if (code) process.exit(code);
  });
  const [start] = (await once(child, "message")) as [Start];
  return { child, start };
}

/** Microseconds a step. */
async function measure(child: ChildProcess): Promise<number> {
  child.send("measure");
  const [time] = (await once(child, "message")) as [number];
  return time;
}

/** Two processes of each addon must give the same bits, and the two addons the same numbers. */
async function openAll(addons: readonly string[]): Promise<ChildProcess[]> {
  const opened = [];
  for (const addon of addons) {
    const { child, start } = await open(addon);
    const again = await open(addon);
    again.child.disconnect();
    assert.strictEqual(again.start.bits, start.bits, `${addon}: two runs gave different bits`);
    opened.push({ child, start });
  }
  const [prebuilt, local] = opened.map(({ start }) => start);
  prebuilt.first.forEach((value, i) => {
    const allowed = TOLERANCE.absolute + TOLERANCE.relative * Math.abs(local.first[i]);
    const isClose = Math.abs(value - local.first[i]) <= allowed;
    assert(isClose, `weight ${i} after one step: ${value} prebuilt but ${local.first[i]} locally`);
  });
  console.log(`each repeats its bits over ${STEPS} steps; one step agrees in every weight`);
  console.log(`kernels: ${prebuilt.kernels} prebuilt, ${local.kernels} locally`);
  return opened.map(({ child }) => child);
}

async function compare(tarball: string, rounds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "nabla-prebuilt-"));
  execFileSync("tar", ["-xzf", resolve(tarball), "-C", folder]);
  const file = join(folder, "package", "nabla.node");
  const children = await openAll([file, join(ROOT, "build", "Release", "nabla.node")]);
  const times: number[][] = [[], []];
  for (let round = -WARM_UP; round < rounds; round++) {
    // Whoever runs first in a round is the other's turn next.
    for (const i of round % 2 === 0 ? [0, 1] : [1, 0]) {
      const time = await measure(children[i]);
      if (round >= 0) times[i].push(time);
    }
  }
  for (const child of children) child.disconnect();
  rmSync(folder, { recursive: true });
  const [prebuilt, local] = times.map((values) => median(values).toFixed(1));
  console.log(`a step: ${prebuilt} us prebuilt, ${local} us locally`);
  const ratio = medianRatio(times[0], times[1]).toFixed(3);
  console.log(`prebuilt / local: ${ratio}, the median of ${rounds} paired rounds`);
}

if (process.argv[2] === "train") train();
else {
  const command = new Command("check:prebuilt")
    .description("Compares the addon of a prebuilt package with the local build.")
    .argument("<tarball>", "as npm run package:linux leaves it in prebuilds/")
    .option("--rounds <n>", `paired rounds of ${STEPS} steps`, "101")
    .parse();
  compare(command.args[0], Number(command.opts<{ rounds: string }>().rounds)).catch(
    (error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
}
