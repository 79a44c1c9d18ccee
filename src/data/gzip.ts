/** Decompression that trusts no one: never more memory than asked for, faults told with their place. */

import { constants as bufferConstants } from "node:buffer";
import { constants, gunzipSync } from "node:zlib";

/** Reports a fault: the byte where it shows, what should be there, what is. */
export type Fail = (offset: number, expected: string, found: string) => never;

/** Deflate cannot shrink data further than this. */
const MAX_RATIO = 1032;

/** So much of a gzip file is nearly always enough to get at the beginning of its data. */
const FIRST_PREFIX_BYTES = 1024;

/** The most that is decompressed for that beginning: more than the first prefix can hold. */
const MAX_PREFIX_DATA = 2 ** 21;

/** The most data that is decompressed again, several times over, to find where a fault lies. */
const MAX_SEARCHED = 2 ** 26;

/** True if the bytes begin as a gzip file does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * The beginning of the data: at least `count` bytes, unless there are fewer. Decompresses as little
 * of the file as it can.
 */
export function gunzipPrefix(bytes: Uint8Array, count: number, fail: Fail): Uint8Array {
  let [tooShort, tooLong] = [0, Infinity]; // lengths of prefixes
  for (let length = Math.min(FIRST_PREFIX_BYTES, bytes.length); ;) {
    const available = bytes.subarray(0, length);
    try {
      const prefix = gunzipAvailable(available, MAX_PREFIX_DATA);
      if (prefix.length >= count || length === bytes.length) return prefix;
      tooShort = length;
    } catch (error) {
      if (!isTooLarge(error)) return explain(error, available, count, fail);
      tooLong = length;
    }
    // There is one between: a byte more never holds as much more as is too much.
    length = Math.min(2 * tooShort, Math.floor((tooShort + tooLong) / 2), bytes.length);
  }
}

/** Fails if the file is too short to hold `size` bytes. */
export function checkCapacity(bytes: Uint8Array, size: number, fail: Fail): void {
  if (size <= Math.min(MAX_RATIO * bytes.length, bufferConstants.MAX_LENGTH)) return;
  fail(bytes.length, `gzip data that can hold ${size} bytes`, "the end");
}

/**
 * The data, which should be `size` bytes. Memory for them is allocated only if the file can hold so
 * many, and never for more, also while a fault is looked for. They are fewer if the gzip file is whole but holds less.
 */
export function gunzip(bytes: Uint8Array, size: number, fail: Fail): Uint8Array {
  checkCapacity(bytes, size, fail);
  try {
    // One chunk with room to spare: zlib fills it in place, and need not join many afterwards.
    return gunzipSync(bytes, { chunkSize: Math.max(size + 1, 64), maxOutputLength: size });
  } catch (error) {
    return explain(error, bytes, size, fail);
  }
}

/** What can be decompressed of a file that is cut off somewhere; throws if it is more than `most`. */
function gunzipAvailable(bytes: Uint8Array, most: number): Uint8Array {
  return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: most });
}

function isTooLarge(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
}

/** Tells an error of zlib, met while decompressing `bytes` to `size` bytes, as a fault. */
function explain(error: unknown, bytes: Uint8Array, size: number, fail: Fail): never {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ERR_BUFFER_TOO_LARGE":
      return fail(size, "the end of the data", "more");
    case "Z_BUF_ERROR":
      return failAtEnd(bytes, size, fail);
    case "Z_DATA_ERROR":
      return size > MAX_SEARCHED
        ? fail(bytes.length, "sound gzip data before that (bytes counted as compressed)", message)
        : fail(firstBadByte(bytes), "sound gzip data (bytes counted as compressed)", message);
    default:
      throw error;
  }
}

/** Tells where the data of a file ends that is cut off. */
function failAtEnd(bytes: Uint8Array, size: number, fail: Fail): never {
  const found = "the gzip file's end";
  if (size <= MAX_SEARCHED) {
    return fail(gunzipAvailable(bytes, MAX_SEARCHED).length, `${size} bytes of data`, found);
  }
  return fail(
    bytes.length,
    `${size} bytes of data before that (bytes counted as compressed)`,
    found,
  );
}

/** The first byte of a corrupt gzip file that zlib does not accept, found by bisection. */
function firstBadByte(bytes: Uint8Array): number {
  let [sound, bad] = [0, bytes.length]; // lengths of prefixes
  while (bad - sound > 1) {
    const middle = (sound + bad) >>> 1;
    if (isSound(bytes.subarray(0, middle))) sound = middle;
    else bad = middle;
  }
  return bad - 1;
}

function isSound(prefix: Uint8Array): boolean {
  try {
    gunzipAvailable(prefix, MAX_SEARCHED);
    return true;
  } catch {
    return false;
  }
}
