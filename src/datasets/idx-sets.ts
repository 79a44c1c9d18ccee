/** Data sets in MNIST's form: images and labels to train and to test, in four IDX files. */

import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { describeType, tensor } from "../tensor/tensor";
import { type IdxArray, IdxError, parseIdx, unpackIdx } from "../data/idx";
import type { DigitData, DigitSet } from "./digits";
import { type SourceOptions, readFirst } from "./places";
import { type RemoteFile, obtain } from "./remote-file";

/** A published data set in MNIST's form. */
export interface IdxSets {
  readonly name: string;
  /** Folders in the one that NABLA_DATA names, "" for itself; the last is its own in the cache too. */
  readonly folders: readonly string[];
  readonly mirrors: readonly string[];
  readonly files: IdxFiles;
}

type IdxFiles = Readonly<
  Record<"trainImages" | "trainLabels" | "testImages" | "testLabels", RemoteFile>
>;

/**
 * The tensors of a data set, from the first place that has it.
 * @throws Error if `directory` lacks a file; IdxError if a file is faulty; UnavailableError if a
 *   file is nowhere to be had
 */
export function loadIdxSets(sets: IdxSets, options: SourceOptions): Promise<DigitData> {
  const { name, folders, files } = sets;
  return readFirst(
    {
      name,
      form: "plain or gzipped",
      folders,
      missingIn: (directory) => missingIn(directory, files),
      readFrom: async (directory) => ({
        name,
        source: directory,
        ...(await readSets(files, (file) => readIn(directory, file))),
      }),
      fetch: (cache) =>
        fetchAll(sets, cache, { ...options, mirrors: options.mirrors ?? sets.mirrors }),
    },
    options,
  );
}

/** Reads the plain bytes of a file, and says where they were. */
type Loader = (file: RemoteFile) => Promise<{ plain: Uint8Array; source: string }>;

async function readIn(directory: string, file: RemoteFile): ReturnType<Loader> {
  const source = pathIn(directory, file)!;
  return { plain: unpackIdx(await readFile(source), source), source };
}

async function fetchAll(
  { name, files }: IdxSets,
  cache: string,
  options: SourceOptions,
): Promise<DigitData> {
  const sources = new Set<string>();
  const sets = await readSets(files, async (file) => {
    const found = await obtain(file, cache, options);
    sources.add(found.source);
    return found;
  });
  return { name, source: [...sources].join(", "), ...sets };
}

async function readSets(
  files: IdxFiles,
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

function missingIn(directory: string, files: IdxFiles): string[] {
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
