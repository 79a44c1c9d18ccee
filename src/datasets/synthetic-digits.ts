/** Digits drawn by the library itself, for programs and tests that have no MNIST at hand. */

import { tensor } from "../tensor/tensor";
import { checkOptions } from "../tensor/options";
import { checkSeed } from "../ops/arguments";
import { checkCount } from "../data/arguments";
import { DIGIT_SIZE, MAX_DIGITS, drawDigits } from "./digit-writer";
import type { DigitData, DigitSet } from "./digits";

/** Options of `syntheticDigits` and `syntheticMnist`. */
export interface SyntheticDigitsOptions {
  /** How many images; at most 5,478,274. */
  samples: number;
  /** The same seed gives the same images, on any machine; 0. */
  seed?: number;
}

/**
 * Images like those of MNIST, drawn by pen strokes in random hands: slanted, turned, shifted, thick
 * or thin, trembling, on grainy paper, some with a stray line. Each ten images from the first on
 * hold every digit once, in random order. Fewer samples of a seed are the beginning of more.
 */
export function syntheticDigits(options: SyntheticDigitsOptions): DigitSet {
  checkOptions(options, ["samples", "seed"], "syntheticDigits");
  const { samples, seed = 0 } = options;
  checkCount(samples, "samples", 1);
  if (samples > MAX_DIGITS) {
    throw new RangeError(
      `expected at most ${MAX_DIGITS} for samples but received ${samples}: more pixels than an ` +
        "array of JavaScript can hold",
    );
  }
  checkSeed(seed);
  return drawRange(0, samples, seed);
}

/** As many as MNIST has: 60,000 training and 10,000 test images. */
export function syntheticMnist(options: { seed?: number } = {}): DigitData {
  checkOptions(options, ["seed"], "syntheticMnist");
  const { seed = 0 } = options;
  checkSeed(seed);
  return {
    name: "synthetic digits",
    source: `drawn with seed ${seed}`,
    train: drawRange(0, 60_000, seed),
    test: drawRange(60_000, 70_000, seed),
  };
}

function drawRange(begin: number, end: number, seed: number): DigitSet {
  const { images, labels } = drawDigits(begin, end, seed);
  return {
    images: tensor(images, [end - begin, DIGIT_SIZE, DIGIT_SIZE]),
    labels: tensor(labels),
  };
}
