/** Bytes leave and enter nabla in the order of little-endian processors. */

import { endianness } from "node:os";

/**
 * Throws on other processors, in place of bytes that would mean something else elsewhere.
 * @param where names the function in the error
 */
export function checkByteOrder(where: string): void {
  if (endianness() === "LE") return;
  throw new Error(`${where}: expected a little-endian processor but this one is big-endian`);
}
