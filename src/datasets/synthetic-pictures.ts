/** Coloured pictures drawn by the library itself, for programs and tests that have no CIFAR-10. */

import { checkSeed } from "../ops/arguments";
import { checkCount } from "../data/arguments";
import { checkOptions } from "../tensor/options";
import { tensor } from "../tensor/tensor";
import type { PictureSet } from "./pictures";
import { PICTURE_BYTES, PICTURE_CLASSES, PICTURE_SIZE, paintPictures } from "./picture-painter";

/** Options of `syntheticPictures`. */
export interface SyntheticPicturesOptions {
  /** How many pictures; at most 1,000,000. */
  samples: number;
  /** The same seed gives the same pictures, on any machine; 0. */
  seed?: number;
}

const MOST = 1_000_000;

/**
 * Pictures of CIFAR-10's form: ten classes of shapes, of any colour, place and size, slightly turned, on
 * grainy grounds. Fewer samples of a seed are the beginning of more. They are far easier than
 * CIFAR-10's.
 */
export function syntheticPictures(options: SyntheticPicturesOptions): PictureSet {
  checkOptions(options, ["samples", "seed"], "syntheticPictures");
  const { samples, seed = 0 } = options;
  checkCount(samples, "samples", 1);
  if (samples > MOST) {
    throw new RangeError(
      `expected at most ${MOST} for samples but received ${samples}: they would take ` +
        `${Math.ceil((samples * PICTURE_BYTES) / 1e9)} GB`,
    );
  }
  checkSeed(seed);
  const { images, labels } = paintPictures(0, samples, seed);
  return {
    images: tensor(images, [samples, PICTURE_SIZE, PICTURE_SIZE, 3]),
    labels: tensor(labels),
    classNames: PICTURE_CLASSES,
  };
}
