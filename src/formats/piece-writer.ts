/**
 * Writes a file in pieces: one is filled while the other is on its way to the disk. What is large and can
 * be lent is written from where it lies.
 */

import type { FileHandle } from "node:fs/promises";

import { PIECE_BYTES } from "./byte-source";

/** Bytes to write. */
export interface Part {
  readonly length: number;
  /** Puts bytes into `into`, those from number `first` on. */
  copy(into: Uint8Array, first: number): void;
  /** Lends all bytes piece after piece; false, having lent none, where that is not possible. */
  lend?(use: (piece: Uint8Array) => Promise<void>): Promise<boolean>;
}

export class PieceWriter {
  private filling = new Uint8Array(PIECE_BYTES);
  private flying = new Uint8Array(PIECE_BYTES);
  private used = 0;
  private flight: Promise<void> = Promise.resolve();

  constructor(private readonly handle: FileHandle) {}

  async append(part: Part): Promise<void> {
    if (part.length >= PIECE_BYTES && (await this.appendLent(part))) return;
    for (let done = 0; done < part.length;) {
      const count = Math.min(part.length - done, PIECE_BYTES - this.used);
      part.copy(this.filling.subarray(this.used, this.used + count), done);
      this.used += count;
      done += count;
      if (this.used === PIECE_BYTES) await this.launch();
    }
  }

  /** Appends bytes as they are. */
  appendBytes(bytes: Uint8Array): Promise<void> {
    return this.append({
      length: bytes.length,
      copy: (into, first) => into.set(bytes.subarray(first, first + into.length)),
    });
  }

  private async appendLent(part: Part): Promise<boolean> {
    if (part.lend === undefined) return false;
    await this.launch();
    await this.flight;
    return part.lend((piece) => this.writeAll(piece));
  }

  /** Writes what is left. */
  async end(): Promise<void> {
    await this.launch();
    await this.flight;
  }

  /** Waits for the piece that is on its way, also after an error: before that nobody may close the file. */
  async land(): Promise<void> {
    await this.flight.catch(() => undefined);
  }

  private async launch(): Promise<void> {
    await this.flight;
    const piece = this.filling.subarray(0, this.used);
    [this.filling, this.flying] = [this.flying, this.filling];
    this.used = 0;
    this.flight = this.writeAll(piece);
    // The next launch, or the end, hears of the error.
    this.flight.catch(() => undefined);
  }

  private async writeAll(piece: Uint8Array): Promise<void> {
    for (let done = 0; done < piece.length;) {
      const { bytesWritten } = await this.handle.write(piece, done, piece.length - done);
      done += bytesWritten;
    }
  }
}
