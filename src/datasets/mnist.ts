/** The MNIST database of handwritten digits: found on this machine, else downloaded. */

import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { checkOptions } from "../tensor/options";
import { describeType, tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import { cacheDirectory } from "./cache-directory";
import type { DigitData, DigitSet } from "./digits";
import { type IdxArray, IdxError, parseIdx, unpackIdx } from "../data/idx";
import { type FetchOptions, type RemoteFile, UnavailableError, obtain } from "./remote-file";

/** Where to find MNIST. */
export interface MnistOptions extends FetchOptions {
  /**
   * The directory that holds the four files, plain or gzipped, under their published names. Then
   * nothing is looked for elsewhere, and the content is not checked against MNIST's: data sets in
   * its form, such as Fashion-MNIST, may be read too.
   */
  directory?: string;
  /** Where downloads are kept. Default: `nabla/mnist` in the user's cache directory. */
  cache?: string;
}

/** @internal The four files of a data set in MNIST's form. */
export type MnistFiles = Readonly<
  Record<"trainImages" | "trainLabels" | "testImages" | "testLabels", RemoteFile>
>;

const PUBLISHED: MnistFiles = {
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
};

const MIRRORS: readonly string[] = [
  "https://ossci-datasets.s3.amazonaws.com/mnist/",
  "https://storage.googleapis.com/cvdf-datasets/mnist/",
];

/**
 * MNIST: 60,000 training and 10,000 test images. Looks in `directory`, and there alone if it is
 * given; else in the directory that the environment variable NABLA_DATA names and in its subfolder
 * `mnist`; else in the user's cache directory; else downloads into the cache.
 * @throws Error if `directory` lacks a file; IdxError if a file is faulty; UnavailableError (code
 *   ERR_NABLA_UNAVAILABLE) if a file is nowhere to be had; the reason of `signal` if it aborted
 */
export async function mnist(options: MnistOptions = {}): Promise<DigitData> {
  checkMnistOptions(options);
  return loadMnist(PUBLISHED, { ...options, mirrors: options.mirrors ?? MIRRORS });
}

const OPTIONS = [
  "directory",
  "cache",
  "mirrors",
  "connectTimeout",
  "stallTimeout",
  "progress",
  "signal",
];

function checkMnistOptions(options: MnistOptions): void {
  checkOptions(options, OPTIONS, "mnist");
  for (const name of ["directory", "cache"] as const) {
    const value: unknown = options[name];
    if (value === undefined || typeof value === "string") continue;
    throw new TypeError(`mnist: expected a path for ${name} but received ${describeValue(value)}`);
  }
  const { mirrors = [] } = options as { mirrors?: unknown };
  if (Array.isArray(mirrors) && mirrors.every((mirror) => typeof mirror === "string")) return;
  throw new TypeError("mnist: expected an array of addresses for mirrors");
}

/** @internal `mnist` for any four files. */
export async function loadMnist(files: MnistFiles, options: MnistOptions): Promise<DigitData> {
  const { directory, cache = join(cacheDirectory(), "mnist") } = options;
  if (directory !== undefined) {
    const missing = missingIn(directory, files);
    if (missing.length === 0) return readFrom(directory, files);
    throw new Error(
      `expected the MNIST files, plain or gzipped, in ${directory} but found no ` +
        missing.join(", no "),
    );
  }
  const named = process.env.NABLA_DATA;
  for (const candidate of named ? [named, join(named, "mnist")] : []) {
    if (missingIn(candidate, files).length === 0) return readFrom(candidate, files);
  }
  try {
    return await fetchAll(files, cache, options);
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    const elsewhere = named ? `NABLA_DATA=${named}: not all four files` : "NABLA_DATA: not set";
    throw new UnavailableError("MNIST", [elsewhere, ...error.failures]);
  }
}

/** Reads the plain bytes of a file, and says where they were. */
type Loader = (file: RemoteFile) => Promise<{ plain: Uint8Array; source: string }>;

async function readFrom(directory: string, files: MnistFiles): Promise<DigitData> {
  const sets = await readSets(files, async (file) => {
    const source = pathIn(directory, file)!;
    return { plain: unpackIdx(await readFile(source), source), source };
  });
  return { name: "MNIST", source: directory, ...sets };
}

async function fetchAll(
  files: MnistFiles,
  cache: string,
  options: MnistOptions,
): Promise<DigitData> {
  const sources = new Set<string>();
  const sets = await readSets(files, async (file) => {
    const found = await obtain(file, cache, options);
    sources.add(found.source);
    return found;
  });
  return { name: "MNIST", source: [...sources].join(", "), ...sets };
}

async function readSets(
  files: MnistFiles,
  load: Loader,
): Promise<{ train: DigitSet; test: DigitSet }> {
  const train = await readSet(files.trainImages, files.trainLabels, load);
  const test = await readSet(files.testImages, files.testLabels, load);
  // Only now, when nothing can fail any more, are tensors made.
  return { train: toTensors(train), test: toTensors(test) };
}

interface ArraySet {
  images: IdxArray;
  labels: IdxArray;
}

async function readSet(
  imageFile: RemoteFile,
  labelFile: RemoteFile,
  load: Loader,
): Promise<ArraySet> {
  const images = await readArray(imageFile, "uint8[n, 28, 28]", load);
  const labels = await readArray(labelFile, "uint8[n]", load);
  const [imageCount, labelCount] = [images.array.shape[0], labels.array.shape[0]];
  if (imageCount !== labelCount) {
    const expected = `${imageCount} labels, as many as there are images in ${images.source},`;
    throw new IdxError(labels.source, 4, expected, String(labelCount));
  }
  return { images: images.array, labels: labels.array };
}

/** @param form the type expected, with n for the number of samples */
async function readArray(
  file: RemoteFile,
  form: string,
  load: Loader,
): Promise<{ array: IdxArray; source: string }> {
  const { plain, source } = await load(file);
  const array = parseIdx(plain, source);
  const { dtype, shape } = array;
  if (describeType(dtype, shape).replace(/\[\d+/, "[n") !== form) {
    throw new IdxError(source, 2, form, describeType(dtype, shape));
  }
  return { array, source };
}

function toTensors({ images, labels }: ArraySet): DigitSet {
  return {
    images: tensor(images.data, [...images.shape]),
    labels: tensor(labels.data),
  };
}

function missingIn(directory: string, files: MnistFiles): string[] {
  return Object.values(files)
    .filter((file) => pathIn(directory, file) === undefined)
    .map((file) => file.name);
}

/** The path of a file in a directory, plain or gzipped; undefined if there is none. */
function pathIn(directory: string, { name }: RemoteFile): string | undefined {
  const dotted = name.replace("-idx", ".idx"); // as some archives have it
  return [name, `${name}.gz`, dotted, `${dotted}.gz`]
    .map((candidate) => join(directory, candidate))
    .find((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}
