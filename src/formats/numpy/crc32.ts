/** The checksum of zip files. */

import * as zlib from "node:zlib";

/** Of the polynomial 0xedb88320, for each byte. */
const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  return crc;
});

/**
 * The CRC-32 of bytes, or of those that gave `before` with these behind them.
 * Node.js has it from 20.15 on.
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  const { crc32: native } = zlib as { crc32?: typeof zlib.crc32 };
  return native === undefined ? slowCrc32(bytes, before) : native(bytes, before);
}

export function slowCrc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  for (const byte of bytes) crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 255];
  return ~crc >>> 0;
}
