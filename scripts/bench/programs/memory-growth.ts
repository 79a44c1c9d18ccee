/** node --expose-gc memory-growth.js FOLDER STEPS: bytes that resident memory grows by in so many steps. */

import { type Tensor, jit } from "nabla";

import { STEP_SAMPLES, TUTORIAL } from "../network";
import { batchesOf, trainingStep } from "../training-step";
import { readRows, readSamples } from "./shared-files";

/** V8 compiles what is hot until some 20,000 steps have run: 4 MiB, once. */
const WARM_UP = 20_000;
const BATCH = 32;

function residentBytes(): number {
  for (let i = 0; i < 2; i++) globalThis.gc!();
  return process.memoryUsage().rss;
}

function main(folder: string, steps: number): void {
  const data = readSamples(folder, { sizes: TUTORIAL, samples: STEP_SAMPLES });
  const { step } = trainingStep(TUTORIAL, 0.001, data);
  const batches = batchesOf(readRows(folder), BATCH);
  const captured = jit((rows: Tensor) => step(rows));
  const run = (count: number): void => {
    for (let i = 0; i < count; i++) captured(batches[i % batches.length]);
  };
  run(WARM_UP);
  const before = residentBytes();
  run(steps);
  console.log(residentBytes() - before);
}

main(process.argv[2], Number(process.argv[3]));
