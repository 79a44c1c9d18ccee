/** Published files of known content: kept in a cache directory, else fetched from mirrors. */

import { warn } from "../addon/warn";
import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { checkCount } from "../data/arguments";
import { type DownloadOptions, download } from "./download";
import { gunzip, isGzip } from "../data/gzip";
import { downloadBar } from "./progress";

interface NamedFile {
  /** Its name without ".gz". Mirrors and the cache hold it gzipped. */
  readonly name: string;
  /** The most bytes that the plain file has. */
  readonly bytes: number;
}

/** A published file and its SHA-256 in hexadecimal: of the plain file, or of the gzipped one. */
export type RemoteFile = NamedFile &
  ({ readonly sha256: string } | { readonly gzipSha256: string });

/** How files are fetched that are not on this machine. */
export interface FetchOptions {
  /** Addresses of folders, tried in turn. An empty list forbids downloads. */
  mirrors?: readonly string[];
  /** Milliseconds to reach a mirror. Default 5000. */
  connectTimeout?: number;
  /** Milliseconds that a mirror may send nothing. Default 15000. */
  stallTimeout?: number;
  /** Shows a bar on stderr. Default: where stderr is a terminal. */
  progress?: boolean;
  /** Gives up when it aborts. */
  signal?: AbortSignal;
}

type Timeouts = Pick<DownloadOptions, "connectTimeout" | "stallTimeout">;

/** A file that could be had from nowhere. */
export class UnavailableError extends Error {
  /** "UnavailableError". */
  override readonly name = "UnavailableError";
  /** "ERR_NABLA_UNAVAILABLE", by which programs know the error. */
  readonly code = "ERR_NABLA_UNAVAILABLE";

  /** @param failures each place that was tried, and why it did not serve */
  constructor(
    what: string,
    readonly failures: readonly string[],
  ) {
    super([`${what} could be had from nowhere:`, ...failures].join("\n  "));
  }
}

/**
 * The plain bytes of a file and where they came from: from `directory`, else from the first mirror
 * that sends the right bytes; these are then kept in `directory`.
 * @throws UnavailableError telling the failure of each place; the reason of `signal` if it aborted
 */
export async function obtain(
  file: RemoteFile,
  directory: string,
  options: FetchOptions,
): Promise<{ plain: Uint8Array; source: string }> {
  const { connectTimeout = 5000, stallTimeout = 15_000 } = options;
  checkCount(connectTimeout, "connectTimeout", 1);
  checkCount(stallTimeout, "stallTimeout", 1);
  const cached = join(directory, `${file.name}.gz`);
  const failures: string[] = [];
  try {
    return { plain: verify(await readFile(cached), file), source: directory };
  } catch (error) {
    failures.push(`${cached}: ${reasonOf(error)}`);
  }
  for (const mirror of options.mirrors ?? []) {
    const url = `${mirror.replace(/\/$/, "")}/${file.name}.gz`;
    try {
      const received = await fetchFrom(url, file, { ...options, connectTimeout, stallTimeout });
      const plain = verify(received, file);
      await keepIn(cached, received);
      return { plain, source: mirror };
    } catch (error) {
      options.signal?.throwIfAborted();
      failures.push(`${url}: ${reasonOf(error)}`);
    }
  }
  throw new UnavailableError(file.name, failures);
}

async function fetchFrom(
  url: string,
  file: RemoteFile,
  { connectTimeout, stallTimeout, signal, progress }: FetchOptions & Timeouts,
): Promise<Buffer> {
  const bar = await downloadBar(file.name, progress);
  try {
    return await download(url, {
      connectTimeout,
      stallTimeout,
      maxBytes: file.bytes + 4096, // incompressible data grows a little in a gzip file
      signal,
      onProgress: bar?.update,
    });
  } finally {
    bar?.stop();
  }
}

/**
 * The plain bytes of what should be `file`, gzipped or not.
 * @throws Error if it is another
 */
export function verify(bytes: Uint8Array, file: RemoteFile): Uint8Array {
  if ("gzipSha256" in file) {
    checkSum(bytes, file.gzipSha256, ", gzipped,");
    return unpack(bytes, file);
  }
  const plain = isGzip(bytes) ? unpack(bytes, file) : bytes;
  checkSum(plain, file.sha256, "");
  return plain;
}

function unpack(bytes: Uint8Array, file: RemoteFile): Uint8Array {
  return gunzip(bytes, file.bytes, (offset, expected, found) => {
    throw new Error(`expected ${expected} at byte ${offset} but found ${found}`);
  });
}

function checkSum(bytes: Uint8Array, expected: string, how: string): void {
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found === expected) return;
  throw new Error(
    `expected a file with SHA-256 ${expected} ` +
      `but received ${bytes.length} bytes${how} with ${found}`,
  );
}

/** Puts a file in the cache, whole or not at all. Without a writable cache the data still serves. */
async function keepIn(path: string, bytes: Uint8Array): Promise<void> {
  const unfinished = `${path}.${randomUUID()}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(unfinished, bytes, { flag: "wx" });
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined); // it may never have been begun
    warn("NABLA_DOWNLOAD_NOT_KEPT", `nabla could not keep a download: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  return (error as Error).message;
}
