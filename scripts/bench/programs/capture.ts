/**
 * node capture.js FOLDER: milliseconds that the first call of the captured step takes beyond a later
 * one, in a process that has captured nothing before.
 */

import { jit } from "nabla";

import { STEP_SAMPLES, TUTORIAL } from "../network";
import { median } from "../statistics";
import { batchesOf, trainingStep } from "../training-step";
import { readRows, readSamples } from "./shared-files";

const LATER_CALLS = 50;
const BATCH = 32;

function main(folder: string): void {
  const data = readSamples(folder, { sizes: TUTORIAL, samples: STEP_SAMPLES });
  const { step } = trainingStep(TUTORIAL, 0.001, data);
  const batches = batchesOf(readRows(folder), BATCH);
  const captured = jit(step);
  const times = Array.from({ length: LATER_CALLS + 1 }, (_, i) => {
    const start = performance.now();
    captured(batches[i]);
    return performance.now() - start;
  });
  console.log(times[0] - median(times.slice(1)));
}

main(process.argv[2]);
