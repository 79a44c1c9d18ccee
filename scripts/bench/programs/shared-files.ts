/** Reads what network.ts wrote for all contenders. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { type Sequential, type Variable, tensor, tidy } from "nabla";

import type { Task } from "../contenders/contender";
import { type Sizes, weightsFile } from "../network";
import type { StepData } from "../training-step";

export function readSamples(
  folder: string,
  { samples, sizes }: Pick<Task, "samples" | "sizes">,
): StepData {
  const pixels = readFileSync(join(folder, "images.u8")).subarray(0, samples * sizes[0]);
  const labels = readFileSync(join(folder, "labels.u8")).subarray(0, samples);
  return { images: tensor(pixels, [samples, sizes[0]]), labels: tensor(labels) };
}

/** The order in which the step cases take the samples, int32. */
export function readRows(folder: string): Int32Array {
  return new Int32Array(readAligned(folder, "rows.i32"));
}

export function setInitialWeights(model: Sequential, sizes: Sizes, folder: string): void {
  assignAll(model.trainableWeights, readAligned(folder, weightsFile(sizes)));
}

/** Assigns to weights the float32 values that stand one after the other. */
export function assignAll(weights: readonly Variable[], bytes: ArrayBuffer): void {
  const values = new Float32Array(bytes);
  let at = 0;
  for (const weight of weights) {
    tidy(() => weight.assign(tensor(values.slice(at, at + weight.size), weight.shape)));
    at += weight.size;
  }
}

function readAligned(folder: string, file: string): ArrayBuffer {
  return new Uint8Array(readFileSync(join(folder, file))).buffer;
}
