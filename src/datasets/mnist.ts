/** The MNIST database of handwritten digits: found on this machine, else downloaded. */

import type { DigitData } from "./digits";
import { type IdxSets, loadIdxSets } from "./idx-sets";
import { type SourceOptions, checkSourceOptions } from "./places";

/** Where to find MNIST. */
export interface MnistOptions extends SourceOptions {
  /**
   * The directory that holds the four files, plain or gzipped, under their published names. Then
   * nothing is looked for elsewhere, and the content is not checked against MNIST's: other data sets
   * in its form may be read too.
   */
  directory?: string;
  /** Where downloads are kept. Default: `nabla/mnist` in the user's cache directory. */
  cache?: string;
}

/** @internal */
export const MNIST: IdxSets = {
  name: "MNIST",
  folders: ["", "mnist"],
  mirrors: [
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
  ],
  files: {
    trainImages: {
      name: "train-images-idx3-ubyte",
      bytes: 47_040_016,
      sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    },
    trainLabels: {
      name: "train-labels-idx1-ubyte",
      bytes: 60_008,
      sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    },
    testImages: {
      name: "t10k-images-idx3-ubyte",
      bytes: 7_840_016,
      sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    },
    testLabels: {
      name: "t10k-labels-idx1-ubyte",
      bytes: 10_008,
      sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
  },
};

/**
 * MNIST: 60,000 training and 10,000 test images. Looks in `directory`, and there alone if it is
 * given; else in the directory that the environment variable NABLA_DATA names and in its subfolder
 * `mnist`; else in the user's cache directory; else downloads into the cache.
 * @throws Error if `directory` lacks a file; IdxError if a file is faulty; UnavailableError (code
 *   ERR_NABLA_UNAVAILABLE) if a file is nowhere to be had; the reason of `signal` if it aborted
 */
export async function mnist(options: MnistOptions = {}): Promise<DigitData> {
  checkSourceOptions(options, "mnist");
  return loadIdxSets(MNIST, options);
}
