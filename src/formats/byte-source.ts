/** Where a reader's bytes come from: a file on disk, read in pieces, or bytes in memory. */

import { type FileHandle, open, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { describeValue } from "../tensor/values";
import { FormatError, explainFileError } from "./format-error";

/** A file to read: its path, a `file:` URL, or its content. */
export type FileSource = string | URL | Uint8Array;

/** So much is read at once. */
export const PIECE_BYTES = 1 << 20;

/** The bytes of an open file. */
export interface ByteSource {
  /** Names the file in errors. */
  readonly name: string;
  readonly size: number;
  /**
   * Calls `take` with the `length` bytes from `position` on, piece after piece. A piece may be used
   * during the call only. Calls that overlap in time are served one after the other.
   */
  each(position: number, length: number, take: (piece: Uint8Array) => void): Promise<void>;
  /** Fills `target` with the bytes from `position` on, without pieces between. */
  readInto?(position: number, target: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a file for reading.
 * @param where names the function in errors
 */
export async function openSource(source: FileSource, where: string): Promise<ByteSource> {
  if (isBytes(source)) return new MemorySource(source);
  return DiskSource.open(checkedPath(source, where, FETCHED), where);
}

/** A copy of `length` bytes from `position` on. */
export async function readBytes(
  source: ByteSource,
  position: number,
  length: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  await source.each(position, length, (piece) => {
    bytes.set(piece, filled);
    filled += piece.length;
  });
  return bytes;
}

const FETCHED = "; fetch it, and pass its bytes as a Uint8Array";

/**
 * The path that a string or `file:` URL names.
 * @param wayOut what else to do with the address of a server
 */
export function checkedPath(source: unknown, where: string, wayOut = ""): string {
  if (source instanceof URL && source.protocol === "file:") return fileURLToPath(source);
  if (typeof source === "string" && source !== "" && !/^(https?|file):\/\//i.test(source)) {
    return source;
  }
  const isRemote = /^https?:/i.test(String(source));
  throw new TypeError(
    `${where}: expected a path or a file: URL for file but received ${describeSource(source)}` +
      (isRemote ? wayOut : ""),
  );
}

function describeSource(source: unknown): string {
  return source instanceof URL ? `the URL ${source.href}` : describeValue(source);
}

/** By tag, since `instanceof` fails for arrays of another realm. */
function isBytes(source: unknown): source is Uint8Array {
  return Object.prototype.toString.call(source) === "[object Uint8Array]";
}

class MemorySource implements ByteSource {
  readonly name = "the given bytes";
  readonly size: number;

  constructor(private readonly bytes: Uint8Array) {
    this.size = bytes.length;
  }

  async each(position: number, length: number, take: (piece: Uint8Array) => void): Promise<void> {
    const piece = this.bytes.subarray(position, position + length);
    if (piece.length < length) throw changed(this.name);
    take(piece);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A piece of the file, or the promise of it. */
interface Slot {
  /** The file's bytes from `index * PIECE_BYTES` on; -1 for none. */
  index: number;
  ready: Promise<Uint8Array>;
  buffer: Uint8Array;
}

/** A file on disk. Two pieces of it are in memory: the one in use, and the next that is read meanwhile. */
class DiskSource implements ByteSource {
  private readonly slots: Slot[] = [];
  private turn: Promise<void> = Promise.resolve();

  private constructor(
    readonly name: string,
    private readonly handle: FileHandle,
    readonly size: number,
    private readonly modified: bigint,
  ) {}

  static async open(path: string, where: string): Promise<DiskSource> {
    try {
      // Before it is opened: opening a pipe would wait for its writer.
      if (!(await stat(path)).isFile()) {
        throw new TypeError(`${where}: expected a file but ${path} is a folder or device`);
      }
      const handle = await open(path, "r");
      const { size, mtimeNs } = await handle.stat({ bigint: true });
      return new DiskSource(path, handle, Number(size), mtimeNs);
    } catch (error) {
      throw explainFileError(`${where}: could not open ${path}`, error);
    }
  }

  each(position: number, length: number, take: (piece: Uint8Array) => void): Promise<void> {
    return this.inTurn(() => this.eachNow(position, length, take));
  }

  readInto(position: number, target: Uint8Array): Promise<void> {
    return this.inTurn(async () => {
      if (position + target.length > this.size) throw changed(this.name);
      await this.fill(target, position);
    });
  }

  private inTurn(read: () => Promise<void>): Promise<void> {
    const result = this.turn.then(read);
    this.turn = result.catch(() => undefined);
    return result;
  }

  async close(): Promise<void> {
    await this.turn;
    await Promise.allSettled(this.slots.map(({ ready }) => ready));
    await this.handle.close();
  }

  private async eachNow(
    position: number,
    length: number,
    take: (piece: Uint8Array) => void,
  ): Promise<void> {
    const end = position + length;
    if (end > this.size) throw changed(this.name);
    for (let first = position; first < end;) {
      const index = Math.floor(first / PIECE_BYTES);
      const next = (index + 1) * PIECE_BYTES;
      const piece = await this.piece(index);
      if (next < end) void this.piece(index + 1);
      const start = index * PIECE_BYTES;
      take(piece.subarray(first - start, Math.min(end, next) - start));
      first = next;
    }
  }

  /** The file's piece of that number. It stays in memory until two others were asked for. */
  private piece(index: number): Promise<Uint8Array> {
    const slot = (this.slots[index % 2] ??= {
      index: -1,
      ready: Promise.resolve(new Uint8Array()),
      buffer: new Uint8Array(Math.min(PIECE_BYTES, this.size)),
    });
    if (slot.index === index) return slot.ready;
    slot.index = index;
    const position = index * PIECE_BYTES;
    const target = slot.buffer.subarray(0, Math.min(PIECE_BYTES, this.size - position));
    const read = (): Promise<Uint8Array> => this.fill(target, position);
    slot.ready = slot.ready.then(read, read);
    // Whoever asks for the piece hears of the error; one that was read ahead may find nobody.
    slot.ready.catch(() => {
      if (slot.index === index) slot.index = -1;
    });
    return slot.ready;
  }

  private async fill(target: Uint8Array, position: number): Promise<Uint8Array> {
    for (let done = 0; done < target.length;) {
      const { bytesRead } = await this.handle
        .read(target, done, target.length - done, position + done)
        .catch((error: unknown) => {
          throw explainFileError(`could not read ${this.name}`, error);
        });
      if (bytesRead === 0) throw changed(this.name);
      done += bytesRead;
    }
    const { size, mtimeNs } = await this.handle.stat({ bigint: true });
    if (Number(size) !== this.size || mtimeNs !== this.modified) throw changed(this.name);
    return target;
  }
}

function changed(name: string): Error {
  return new FormatError(name, "was changed while it was read; read it again");
}
