/** Memory of tensors that files are written from and read into without a copy. */

import { native } from "../addon/native";

/** So much is lent at once: large calls of the system, between which a change is noticed. */
const LENT_BYTES = 1 << 24;

/**
 * Lends `length` bytes of a tensor from the first on, piece after piece.
 * @param use receives a piece, and its place among the bytes; each is taken back when it settles
 * @returns false, having lent nothing, where the runtime does not allow it
 */
export async function lendMemory(
  handle: number,
  length: number,
  use: (piece: Uint8Array, first: number) => Promise<void>,
): Promise<boolean> {
  for (let first = 0; first < length; first += LENT_BYTES) {
    const lent = native.lend(handle, first, Math.min(LENT_BYTES, length - first));
    if (lent === null) return false;
    try {
      await use(new Uint8Array(lent), first);
    } finally {
      native.takeBack(lent);
    }
  }
  return true;
}
