/** Fashion-MNIST, pictures of clothes in MNIST's form: found on this machine, else downloaded. */

import type { DigitData } from "./digits";
import { type IdxSets, loadIdxSets } from "./idx-sets";
import { type SourceOptions, checkSourceOptions } from "./places";

/** Fashion-MNIST's images and labels. */
export interface FashionData extends DigitData {
  /** The names of the classes, by label. */
  readonly classNames: readonly string[];
}

const CLASSES = [
  ...["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"],
  ...["Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
];

/** @internal The checksums are those of the gzipped files, as they are published. */
export const FASHION_MNIST: IdxSets = {
  name: "Fashion-MNIST",
  folders: ["fashion-mnist"], // elsewhere lies MNIST, whose files have the same names
  mirrors: [
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
  ],
  files: {
    trainImages: {
      name: "train-images-idx3-ubyte",
      bytes: 47_040_016,
      gzipSha256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    },
    trainLabels: {
      name: "train-labels-idx1-ubyte",
      bytes: 60_008,
      gzipSha256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    },
    testImages: {
      name: "t10k-images-idx3-ubyte",
      bytes: 7_840_016,
      gzipSha256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    },
    testLabels: {
      name: "t10k-labels-idx1-ubyte",
      bytes: 10_008,
      gzipSha256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    },
  },
};

/**
 * Fashion-MNIST: 60,000 training and 10,000 test images of clothes, of ten classes. Looks in
 * `directory` (for the four files, plain or gzipped, of any content), and there alone if it is
 * given; else in the subfolder `fashion-mnist` of the directory that NABLA_DATA names; else in the
 * user's cache directory; else downloads into the cache.
 * @throws as `mnist` does
 */
export async function fashionMnist(options: SourceOptions = {}): Promise<FashionData> {
  checkSourceOptions(options, "fashionMnist");
  return { ...(await loadIdxSets(FASHION_MNIST, options)), classNames: CLASSES };
}
