/** Pictures in folders, one folder a class. */

import { readdirSync, statSync } from "node:fs";
import { extname, join } from "node:path";

/** What the package sharp reads. */
const EXTENSIONS = [".avif", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"];

/** The pictures of a directory. */
export interface ImageFolders {
  /** The names of the classes, sorted; a label is the place of its class among them. */
  readonly classNames: readonly string[];
  /** Paths, class by class, each class sorted. */
  readonly files: readonly string[];
  /** The label of each file. */
  readonly labels: Int32Array;
}

/**
 * The pictures of a directory and, in order that labels are the same on every machine, the sorted names
 * of its folders. A class is a folder with all that lies below it; names that begin with a dot and files
 * that are no pictures are left out.
 * @param least classes that there have to be
 * @throws Error that names the folder if there are fewer, or one without pictures
 */
export function readImageFolders(directory: string, least: number): ImageFolders {
  const classNames = sorted(directory).filter((name) => isFolder(join(directory, name)));
  if (classNames.length < least) {
    const found = classNames.length === 0 ? "none" : `${classNames.length}: ${classNames.join()}`;
    throw new Error(
      `imageDataset: expected at least ${least} folders, one for each class, in ${directory} but found ` +
        `${found}; labels: null takes pictures without classes`,
    );
  }
  const byClass = classNames.map((name) => picturesOf(join(directory, name)));
  const files = byClass.flat();
  const labels = Int32Array.from(byClass.flatMap((own, label) => own.map(() => label)));
  return { classNames, files, labels };
}

/** The pictures of a directory without classes, whatever folders they lie in. */
export function readImages(directory: string): ImageFolders {
  const files = picturesOf(directory);
  return { classNames: [], files, labels: new Int32Array(files.length) };
}

function picturesOf(folder: string): string[] {
  const files = walk(folder);
  if (files.length > 0) return files;
  throw new Error(
    `imageDataset: expected pictures (${EXTENSIONS.join(", ")}) in ${folder} but found none`,
  );
}

function walk(folder: string): string[] {
  return sorted(folder).flatMap((name) => {
    const path = join(folder, name);
    if (isFolder(path)) return walk(path);
    return EXTENSIONS.includes(extname(name).toLowerCase()) ? [path] : [];
  });
}

/** Names in a folder, but for hidden ones, in the order of their characters. */
function sorted(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith("."))
      .sort();
  } catch (error) {
    throw new Error(`imageDataset: expected a folder: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
