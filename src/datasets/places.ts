/** Where data sets may be: the order in which a folder given, NABLA_DATA, the cache and mirrors are asked. */

import { join } from "node:path";

import { checkOptions } from "../tensor/options";
import { describeValue } from "../tensor/values";
import { cacheDirectory } from "./cache-directory";
import { type FetchOptions, UnavailableError } from "./remote-file";

/** Where to find a published data set. */
export interface SourceOptions extends FetchOptions {
  /** The directory that holds its files. Then nothing is looked for elsewhere. */
  directory?: string;
  /** Where downloads are kept. Default: a folder of its own in the user's cache directory. */
  cache?: string;
}

const OPTIONS = [
  ...["directory", "cache", "mirrors", "connectTimeout", "stallTimeout", "progress", "signal"],
];

/** @param who the function that takes the options, for errors */
export function checkSourceOptions(options: SourceOptions, who: string): void {
  checkOptions(options, OPTIONS, who);
  for (const name of ["directory", "cache"] as const) {
    const value: unknown = options[name];
    if (value === undefined || typeof value === "string") continue;
    throw new TypeError(`${who}: expected a path for ${name} but received ${describeValue(value)}`);
  }
  const { mirrors = [] } = options as { mirrors?: unknown };
  if (Array.isArray(mirrors) && mirrors.every((mirror) => typeof mirror === "string")) return;
  throw new TypeError(`${who}: expected an array of addresses for mirrors`);
}

/** How a data set is read from the places where it may be. */
export interface Places<T> {
  readonly name: string;
  /** What its files may be in `directory`, such as "plain or gzipped". */
  readonly form: string;
  /** Folders in the one that NABLA_DATA names, "" for itself; the last is its own in the cache too. */
  readonly folders: readonly string[];
  /** The files that a directory lacks; none if it can be read from there. */
  missingIn(directory: string): readonly string[];
  readFrom(directory: string): Promise<T>;
  /** From the cache, else from mirrors, which fill it. */
  fetch(cache: string): Promise<T>;
}

/**
 * Reads a data set from the first place that has it.
 * @throws Error if `directory` is given and lacks a file; UnavailableError if all places do
 */
export async function readFirst<T>(
  places: Places<T>,
  { directory, cache }: SourceOptions,
): Promise<T> {
  const { name, folders } = places;
  if (directory !== undefined) {
    const missing = places.missingIn(directory);
    if (missing.length === 0) return places.readFrom(directory);
    throw new Error(
      `expected the ${name} files, ${places.form}, in ${directory} but found no ` +
        missing.join(", no "),
    );
  }
  const named = process.env.NABLA_DATA;
  for (const candidate of named ? folders.map((folder) => join(named, folder)) : []) {
    if (places.missingIn(candidate).length === 0) return places.readFrom(candidate);
  }
  try {
    return await places.fetch(cache ?? join(cacheDirectory(), folders.at(-1)!));
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    const elsewhere = named ? `NABLA_DATA=${named}: not all files` : "NABLA_DATA: not set";
    throw new UnavailableError(name, [elsewhere, ...error.failures]);
  }
}
