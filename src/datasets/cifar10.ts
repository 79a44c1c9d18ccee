/**
 * CIFAR-10, colour pictures of ten classes: found on this machine, else downloaded. Its files hold
 * records of 3,073 bytes: the label, then the red values of the picture's pixels, row by row, the
 * green ones, the blue ones. See https://www.cs.toronto.edu/~kriz/cifar.html.
 */

import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { tensor } from "../tensor/tensor";
import type { PictureData, PictureSet } from "./pictures";
import { type SourceOptions, checkSourceOptions, readFirst } from "./places";
import { type RemoteFile, obtain, verify } from "./remote-file";
import { filesOfTar } from "./tar";

/** @internal The archive as it is published, of less than 185 MB when it is unpacked. */
export const CIFAR10_ARCHIVE: RemoteFile = {
  name: "cifar-10-binary.tar",
  bytes: 185_000_000,
  gzipSha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
};

const MIRRORS = ["https://www.cs.toronto.edu/~kriz/", "https://cave.cs.toronto.edu/kriz/"];

const TRAIN_FILES = [1, 2, 3, 4, 5].map((number) => `data_batch_${number}.bin`);
const TEST_FILES = ["test_batch.bin"];
const FILES = [...TRAIN_FILES, ...TEST_FILES];

const CLASSES = [
  ...["airplane", "automobile", "bird", "cat", "deer"],
  ...["dog", "frog", "horse", "ship", "truck"],
];

const SIDE = 32;
const PIXELS = SIDE * SIDE;
const RECORD = 1 + 3 * PIXELS;

/**
 * CIFAR-10: 50,000 training and 10,000 test pictures, uint8 [n, 32, 32, 3]. Looks in `directory`, and
 * there alone if it is given, for the six files of the binary version (`data_batch_1.bin` to
 * `data_batch_5.bin`, `test_batch.bin`), in itself or its subfolder `cifar-10-batches-bin`, whose
 * content is not checked against CIFAR-10's, or for the archive `cifar-10-binary.tar.gz`; else in the
 * subfolder `cifar-10` of the directory that NABLA_DATA names; else in the user's cache directory;
 * else downloads the archive, 170 MB, into the cache.
 * @throws Error if `directory` lacks a file, or a file is faulty; UnavailableError (code
 *   ERR_NABLA_UNAVAILABLE) if it is nowhere to be had; the reason of `signal` if it aborted
 */
export async function cifar10(options: SourceOptions = {}): Promise<PictureData> {
  checkSourceOptions(options, "cifar10");
  return loadCifar10(CIFAR10_ARCHIVE, options);
}

/** @internal `cifar10` for any archive. */
export function loadCifar10(archive: RemoteFile, options: SourceOptions): Promise<PictureData> {
  return readFirst(
    {
      name: "CIFAR-10",
      form: `plain or as ${archive.name}.gz`,
      folders: ["cifar-10"],
      missingIn: (directory) =>
        pathIn(directory, `${archive.name}.gz`) === undefined ? missingIn(directory) : [],
      readFrom: (directory) => readFrom(directory, archive),
      fetch: async (cache) => {
        const mirrors = options.mirrors ?? MIRRORS;
        const { plain, source } = await obtain(archive, cache, { ...options, mirrors });
        return parseArchive(plain, source);
      },
    },
    options,
  );
}

function missingIn(directory: string): string[] {
  return FILES.filter((name) => pathIn(directory, name) === undefined);
}

/** The path of a file in a directory, or in the folder that the archive unpacks to. */
function pathIn(directory: string, name: string): string | undefined {
  return [directory, join(directory, "cifar-10-batches-bin")]
    .map((folder) => join(folder, name))
    .find((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}

async function readFrom(directory: string, archive: RemoteFile): Promise<PictureData> {
  if (missingIn(directory).length === 0) {
    const read = async (name: string): Promise<Uint8Array> => readFile(pathIn(directory, name)!);
    const contents = await Promise.all(FILES.map(read));
    return parseFiles(new Map(FILES.map((name, i) => [name, contents[i]])), directory);
  }
  const path = pathIn(directory, `${archive.name}.gz`)!;
  const bytes = await readFile(path);
  try {
    return parseArchive(verify(bytes, archive), directory);
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

function parseArchive(archive: Uint8Array, source: string): PictureData {
  return parseFiles(filesOfTar(archive), source);
}

function parseFiles(files: ReadonlyMap<string, Uint8Array>, source: string): PictureData {
  for (const name of FILES) checkRecords(files.get(name), name, source);
  const contents = (names: readonly string[]): Uint8Array[] =>
    names.map((name) => files.get(name)!);
  // Only now, when nothing can fail any more, are tensors made.
  const train = pictures(contents(TRAIN_FILES));
  return { name: "CIFAR-10", source, train, test: pictures(contents(TEST_FILES)) };
}

function checkRecords(bytes: Uint8Array | undefined, name: string, source: string): void {
  const fail = (expected: string, found: string): never => {
    throw new Error(`${name} of ${source}: expected ${expected} but found ${found}`);
  };
  if (bytes === undefined) return fail("a file of that name", "none");
  if (bytes.length === 0 || bytes.length % RECORD !== 0) {
    fail(`one or more records of ${RECORD} bytes`, `${bytes.length} bytes`);
  }
  for (let at = 0; at < bytes.length; at += RECORD) {
    if (bytes[at] > 9) fail(`a label from 0 to 9 at byte ${at}`, String(bytes[at]));
  }
}

function pictures(files: readonly Uint8Array[]): PictureSet {
  const count = files.reduce((total, file) => total + file.length / RECORD, 0);
  const images = new Uint8Array(count * 3 * PIXELS);
  const labels = new Uint8Array(count);
  let sample = 0;
  for (const file of files) {
    for (let at = 0; at < file.length; at += RECORD) {
      labels[sample] = file[at];
      interleave(file, at + 1, images, 3 * PIXELS * sample++);
    }
  }
  return {
    images: tensor(images, [count, SIDE, SIDE, 3]),
    labels: tensor(labels),
    classNames: CLASSES,
  };
}

/** Copies a picture's planes of red, green and blue at `from` to pixels of three values at `to`. */
function interleave(source: Uint8Array, from: number, target: Uint8Array, to: number): void {
  for (let pixel = 0; pixel < PIXELS; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      target[to + 3 * pixel + channel] = source[from + channel * PIXELS + pixel];
    }
  }
}
