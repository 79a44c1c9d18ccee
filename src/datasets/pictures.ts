/** Data sets of labelled colour pictures, all of one form. */

import type { Tensor } from "../tensor/tensor";

/** Pictures with their labels. */
export interface PictureSet {
  /** uint8 [samples, 32, 32, 3] */
  readonly images: Tensor;
  /** uint8 [samples], 0 to 9. */
  readonly labels: Tensor;
  /** The names of the classes, by label. */
  readonly classNames: readonly string[];
}

/** A training set and a test set. */
export interface PictureData {
  /** Of the data set, such as "cifar10". */
  readonly name: string;
  /** Where it came from: a directory or a mirror's address. */
  readonly source: string;
  /** What to train on. */
  readonly train: PictureSet;
  /** What to test on. */
  readonly test: PictureSet;
}
