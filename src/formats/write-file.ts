/**
 * Writes files whole or not at all: to a temporary file in the same folder, which takes the place of
 * the old one once it is on the disk. Whoever reads the path sees the old file or the new one.
 */

import { createHash, randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { type FileHandle, access, constants, open, readdir } from "node:fs/promises";
import { realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

import { checkedPath } from "./byte-source";
import { explainFileError } from "./format-error";
import { PieceWriter } from "./piece-writer";

/** Appends a file's content. */
export type Fill = (writer: PieceWriter) => Promise<void>;

/**
 * Writes a file. On any error the old one is as it was, and no temporary file is left.
 * @param where names the function in errors
 */
export async function writeFileWhole(file: string | URL, fill: Fill, where: string): Promise<void> {
  const given = checkedPath(file, where);
  try {
    const place = await placeFor(given, where);
    await removeStale(place.path);
    await replace(place, fill);
  } catch (error) {
    throw explainFileError(`${where}: could not write ${given}`, error);
  }
}

/**
 * Makes the folder of a file, and those above it, where they are not there; at once.
 * @param where names the function in errors
 */
export function makeFolderOf(path: string, where: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw explainFileError(`${where}: could not make the folder of ${path}`, error);
  }
}

/**
 * Removes the temporary files that killed processes left of `path`. Those of other writers that may
 * still be at work stay.
 */
export async function removeStale(path: string): Promise<void> {
  const folder = dirname(path);
  const own = temporaryPattern(path);
  for (const name of await readdir(folder)) {
    const match = own.exec(name);
    if (match === null) continue;
    const file = join(folder, name);
    if (await isStale(file, Number(match[1]))) await rm(file, { force: true });
  }
}

/** Where a file goes, behind symbolic links, and the permissions of the old one. */
interface Place {
  path: string;
  mode: number | undefined;
}

async function placeFor(given: string, where: string): Promise<Place> {
  const path = await realpath(given).catch(() => resolve(given));
  const old = await stat(path).catch(() => undefined);
  if (old === undefined) return { path, mode: undefined };
  if (!old.isFile()) {
    throw new TypeError(`${where}: expected a file but ${given} is a folder or device`);
  }
  // A rename needs no right to the old file itself: one that is write-protected is meant to stay.
  await access(path, constants.W_OK);
  return { path, mode: old.mode & 0o777 };
}

async function replace({ path, mode }: Place, fill: Fill): Promise<void> {
  const temporary = temporaryName(path);
  const handle = await open(temporary, "wx");
  try {
    await writeAndClose(handle, mode, fill);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncFolder(dirname(path));
}

async function writeAndClose(
  handle: FileHandle,
  mode: number | undefined,
  fill: Fill,
): Promise<void> {
  const writer = new PieceWriter(handle);
  try {
    if (mode !== undefined) await handle.chmod(mode);
    await fill(writer);
    await writer.end();
    await handle.sync();
  } finally {
    await writer.land();
    await handle.close();
  }
}

/** Makes the new name last, where the file system can. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  try {
    await handle?.sync();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EIO") throw error;
  } finally {
    await handle?.close();
  }
}

/** ".nabla-1b2c...-4711-9f8e....tmp": of which file, by which process, and a number of its own. */
function temporaryName(path: string): string {
  const own = randomBytes(6).toString("hex");
  return join(dirname(path), `.nabla-${markOf(path)}-${process.pid}-${own}.tmp`);
}

function temporaryPattern(path: string): RegExp {
  return new RegExp(`^\\.nabla-${markOf(path)}-(\\d+)-[0-9a-f]{12}\\.tmp$`);
}

/** Of the file's name alone, so that it holds wherever the folder is mounted. */
function markOf(path: string): string {
  return createHash("sha256").update(basename(path)).digest("hex").slice(0, 16);
}

/** Whether the process that made a temporary file has ended. */
async function isStale(file: string, pid: number): Promise<boolean> {
  if (pid !== process.pid) return !isAlive(pid);
  // The same number, but made before this process began: that of one before it, in a container say.
  const began = Date.now() - process.uptime() * 1000;
  const made = await stat(file).catch(() => undefined);
  return made !== undefined && made.mtimeMs < began - 1000;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
