/** The networks of the benchmark, their initial weights and the samples, as files for all contenders. */

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type PictureNetwork, writePictures } from "./pictures";

export type Sizes = readonly number[];

/** 784-32-64-128-10: the tutorial's network. */
export const TUTORIAL: Sizes = [784, 32, 64, 128, 10];
export const WIDE: Sizes = [784, 512, 512, 10];

/** The step cases draw their batches from so many samples. */
export const STEP_SAMPLES = 4096;

/** Uniform in [0, 1): xorshift32 (Marsaglia 2003), the same numbers on any machine. */
function randomNumbers(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

export function countWeights(sizes: Sizes): number {
  return sizes.slice(1).reduce((sum, units, i) => sum + (sizes[i] + 1) * units, 0);
}

/** Glorot uniform kernels [inputs, units] and zero biases [units], one after the other. */
export function initialWeights(sizes: Sizes): Float32Array {
  const random = randomNumbers(20260101);
  const values = new Float32Array(countWeights(sizes));
  let at = 0;
  for (let layer = 0; layer + 1 < sizes.length; layer++) {
    const [inputs, units] = [sizes[layer], sizes[layer + 1]];
    const limit = Math.sqrt(6 / (inputs + units));
    for (let i = 0; i < inputs * units; i++) values[at++] = (2 * random() - 1) * limit;
    at += units;
  }
  return values;
}

/** The numbers 0 ... count - 1 in an order that is the same on any machine. */
export function shuffledRows(count: number): Int32Array {
  const random = randomNumbers(7);
  const rows = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [rows[i], rows[j]] = [rows[j], rows[i]];
  }
  return rows;
}

/** A folder of raw numbers that contenders in any language read. */
export class SharedData {
  readonly folder = mkdtempSync(join(tmpdir(), "nabla-bench-"));
  private readonly written = new Set<string>();

  /** @param images uint8 [samples, 784] @param labels uint8 [samples] */
  constructor(
    readonly images: Uint8Array,
    readonly labels: Uint8Array,
  ) {
    writeFileSync(join(this.folder, "images.u8"), images);
    writeFileSync(join(this.folder, "labels.u8"), labels);
    writeFileSync(join(this.folder, "rows.i32"), shuffledRows(STEP_SAMPLES));
  }

  /** Writes the initial weights of a network unless they stand there already. */
  addNetwork(sizes: Sizes): void {
    const file = weightsFile(sizes);
    if (this.written.has(file)) return;
    writeFileSync(join(this.folder, file), initialWeights(sizes));
    this.written.add(file);
  }

  /** The same of a convolutional network, with its pictures. */
  addPictures(network: PictureNetwork): void {
    if (this.written.has(network)) return;
    writePictures(this.folder, network, this, randomNumbers(20260101));
    this.written.add(network);
  }
}

export function weightsFile(sizes: Sizes): string {
  return `weights-${sizes.join("-")}.f32`;
}

/** Multiplications of the forward pass for one sample. */
export function countProducts(sizes: Sizes): number {
  return sizes.slice(1).reduce((sum, units, i) => sum + sizes[i] * units, 0);
}
