/** Datasets of picture files in folders, decoded by the package sharp on threads of its own. */

import { createRequire } from "node:module";

import type Sharp from "sharp";

import { checkSeed } from "../ops/arguments";
import { checkCount } from "../data/arguments";
import { Dataset } from "../data/dataset";
import { trainTestSplit } from "../data/splits";
import { nextSeed } from "../ops";
import { checkOptions } from "../tensor/options";
import { type Tensor, tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import { type ImageFolders, readImageFolders, readImages } from "./image-folders";

const loadModule = createRequire(__filename);

/** How classes are told: numbers, rows of 0 and 1, 0 or 1 of two classes, not at all. */
export type ImageLabels = "int" | "categorical" | "binary" | null;

/** Options of `imageDataset`. */
export interface ImageDatasetOptions<L extends ImageLabels = ImageLabels> {
  /** Height and width to which pictures are brought, or one number for both. */
  size: number | readonly [height: number, width: number];
  /** Pictures a batch; 32. */
  batch?: number;
  /**
   * "int" (default): int32 [batch]. "categorical": float32 [batch, classes], 1 for the class.
   * "binary": float32 [batch, 1], of two classes. null: no labels, and folders mean nothing.
   */
  labels?: L;
  /** The share of the pictures, in (0, 1), that is kept for validation, of every class alike; none. */
  validationSplit?: number;
  /** Fixes which pictures are for validation, and the order of the others. Default: follows from `setSeed`. */
  seed?: number;
}

/** A batch: pictures uint8 [batch, height, width, 3], red, green, blue, with their labels. */
export type ImageBatch<L extends ImageLabels> = L extends null
  ? Tensor
  : readonly [images: Tensor, labels: Tensor];

/** Pictures to train on and, if they were asked for, to validate with. */
export interface ImageDatasets<L extends ImageLabels> {
  /** In a new order at each iteration. */
  readonly train: Dataset<ImageBatch<L>>;
  /** In the order of their paths; without `validationSplit` undefined. */
  readonly validation: Dataset<ImageBatch<L>> | undefined;
  /** The names of the classes' folders, sorted: a label is a place in this list. */
  readonly classNames: readonly string[];
}

/**
 * The pictures in a directory that has a folder for each class, as batches for `fit`. Files are read,
 * decoded and brought to their size on threads beside JavaScript's, several at a time, and batches ahead
 * of their use; so much is in memory at a time and no more. Needs the package sharp beside nabla.
 *
 *     const { train, validation, classNames } = imageDataset("flowers", { size: 64, validationSplit: 0.2 });
 *     await model.fit(train, { validationData: validation });
 *
 * @throws Error before anything is read if the directory has not the folders or pictures; while it is
 *   gone through an Error that names a file that is no whole picture
 */
export function imageDataset<const L extends ImageLabels = "int">(
  directory: string,
  options: ImageDatasetOptions<L>,
): ImageDatasets<L> {
  const given = checked(directory, options);
  const sharp = loadSharp();
  const { labels } = given;
  const folders = labels === null ? readImages(directory) : readImageFolders(directory, 2);
  if (labels === "binary" && folders.classNames.length !== 2) {
    throw new RangeError(
      `imageDataset: expected 2 classes for labels "binary" but found ${folders.classNames.length} in ${directory}`,
    );
  }
  const { train, test } = divided(folders, given);
  const decode = decoder(sharp, folders, given);
  const batches = (rows: readonly number[], isShuffled: boolean): Dataset<ImageBatch<L>> => {
    const numbers = Dataset.fromTensorSlices(tensor(Int32Array.from(rows)));
    const ordered = isShuffled ? numbers.shuffle(rows.length, { seed: given.seed }) : numbers;
    const decoded = ordered.mapAsync(decode, { numParallelCalls: DECODED_AT_ONCE });
    const prefetched = decoded.batch(given.batch).prefetch(PREFETCHED);
    return prefetched as unknown as Dataset<ImageBatch<L>>;
  };
  return {
    train: batches(train, true),
    validation: test.length === 0 ? undefined : batches(test, false),
    classNames: folders.classNames,
  };
}

/** As many as libuv has threads, unless the user gave it more. */
const DECODED_AT_ONCE = 4;
const PREFETCHED = 2;

type Checked = Required<Pick<ImageDatasetOptions, "batch" | "labels" | "seed">> & {
  height: number;
  width: number;
  validationSplit: number | undefined;
};

const LABELS: readonly unknown[] = ["int", "categorical", "binary", null];

function checked(directory: unknown, options: ImageDatasetOptions): Checked {
  const where = "imageDataset";
  if (typeof directory !== "string") {
    throw new TypeError(
      `${where}: expected a path for directory but received ${describeValue(directory)}`,
    );
  }
  checkOptions(options, ["size", "batch", "labels", "validationSplit", "seed"], where);
  const { size, batch = 32, labels = "int", validationSplit, seed = nextSeed() } = options;
  const sides: readonly number[] = Array.isArray(size)
    ? (size as number[])
    : ([size, size] as number[]);
  if (sides.length !== 2 || !sides.every((side) => Number.isSafeInteger(side) && side > 0)) {
    throw new RangeError(
      `${where}: expected a positive integer, or [height, width], for size but received ${describeValue(size)}`,
    );
  }
  checkCount(batch, `batch of ${where}`, 1);
  checkSeed(seed);
  if (!LABELS.includes(labels)) {
    throw new TypeError(
      `${where}: expected "int", "categorical", "binary" or null for labels but received ${describeValue(labels)}`,
    );
  }
  if (validationSplit !== undefined && !(validationSplit > 0 && validationSplit < 1)) {
    throw new RangeError(
      `${where}: expected a share in (0, 1) for validationSplit but received ${describeValue(validationSplit)}`,
    );
  }
  return { height: sides[0], width: sides[1], batch, labels, validationSplit, seed };
}

function divided(
  { files, labels, classNames }: ImageFolders,
  { validationSplit, seed }: Checked,
): { train: number[]; test: number[] } {
  if (validationSplit === undefined) return { train: [...files.keys()], test: [] };
  const stratify = classNames.length > 0 ? labels : undefined;
  const { train, test } = trainTestSplit(files.length, {
    ...{ testSize: validationSplit, seed, stratify },
  });
  return { train, test: test.sort((a, b) => a - b) };
}

/** Makes a picture and its label of the number of its file. */
function decoder(
  sharp: typeof Sharp,
  { files, labels, classNames }: ImageFolders,
  { height, width, labels: kind }: Checked,
): (row: Tensor) => Promise<unknown> {
  const labelOf = (row: number): Tensor => {
    if (kind === "int") return tensor(labels[row], [], "int32");
    if (kind === "binary") return tensor([labels[row]]);
    return tensor(Float32Array.from(classNames, (_, label) => Number(label === labels[row])));
  };
  return async (number) => {
    const row = number.item();
    const image = await decoded(sharp, files[row], height, width);
    const x = tensor(image, [height, width, 3]);
    return kind === null ? x : [x, labelOf(row)];
  };
}

/** The pixels of a file, turned as its camera noted, in a size, without transparency. */
async function decoded(
  sharp: typeof Sharp,
  file: string,
  height: number,
  width: number,
): Promise<Uint8Array> {
  try {
    return await sharp(file)
      .rotate()
      .resize(width, height, { fit: "fill", kernel: "linear" })
      .toColourspace("srgb")
      .removeAlpha()
      .raw({ depth: "uchar" })
      .toBuffer();
  } catch (error) {
    throw new Error(
      `expected a whole picture in ${file} but it cannot be decoded: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

function loadSharp(): typeof Sharp {
  try {
    return loadModule("sharp") as typeof Sharp;
  } catch (error) {
    throw new Error("imageDataset: expected the package sharp; npm install sharp", {
      cause: error,
    });
  }
}
