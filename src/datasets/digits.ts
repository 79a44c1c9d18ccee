/** Data sets of labelled digit images, all of one form. */

import type { Tensor } from "../tensor/tensor";

/** Images with their labels. */
export interface DigitSet {
  /** uint8 [samples, 28, 28], 0 for the background to 255 for ink. */
  readonly images: Tensor;
  /** uint8 [samples], 0 to 9. */
  readonly labels: Tensor;
}

/** A training set and a test set. */
export interface DigitData {
  /** "MNIST", "Fashion-MNIST" or "synthetic digits". */
  readonly name: string;
  /** Where it came from: a directory, a mirror's address, or the seed it was drawn with. */
  readonly source: string;
  /** What to train on. */
  readonly train: DigitSet;
  /** What to test on. */
  readonly test: DigitSet;
}
