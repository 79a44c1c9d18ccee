import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constants, deflateRawSync, gzipSync } from "node:zlib";

import { IdxError, readIdx } from "../../src/data/idx";

let directory: string;
beforeAll(() => (directory = mkdtempSync(join(tmpdir(), "nabla-idx-"))));
afterAll(() => rmSync(directory, { recursive: true }));

let files = 0;
function write(bytes: Uint8Array): string {
  const file = join(directory, `${++files}.idx`);
  writeFileSync(file, bytes);
  return file;
}

/** The fault found in a file of these bytes. */
function faultOf(bytes: Uint8Array): { file: string; error: IdxError } {
  const file = write(bytes);
  try {
    readIdx(file);
  } catch (error) {
    expect(error).toBeInstanceOf(IdxError);
    return { file, error: error as IdxError };
  }
  throw new Error("the file was accepted");
}

function header(code: number, ...dims: number[]): Buffer {
  const bytes = Buffer.alloc(4 + 4 * dims.length);
  bytes[2] = code;
  bytes[3] = dims.length;
  dims.forEach((dim, axis) => bytes.writeUInt32BE(dim, 4 + 4 * axis));
  return bytes;
}

function idx(code: number, dims: number[], elements: Iterable<number>): Buffer {
  return Buffer.concat([header(code, ...dims), Uint8Array.from(elements)]);
}

const SIX_BYTES = idx(0x08, [2, 3], [1, 2, 3, 4, 5, 255]);

describe.each([
  ["plain", (bytes: Uint8Array) => bytes],
  ["gzipped", (bytes: Uint8Array) => gzipSync(bytes)],
])("readIdx, %s", (_, pack) => {
  test("uint8", () => {
    const { shape, dtype, data } = readIdx(write(pack(SIX_BYTES)));
    expect([shape, dtype, [...data]]).toEqual([[2, 3], "uint8", [1, 2, 3, 4, 5, 255]]);
    expect(data.constructor.name).toBe("Uint8Array");
  });

  test("int32, float32 and float64 are big-endian", () => {
    const int32 = idx(0x0c, [2], [0, 0, 1, 2, 0xff, 0xff, 0xff, 0xfe]);
    expect([...readIdx(write(pack(int32))).data]).toEqual([258, -2]);

    // 1.5 = 1.1 binary: sign 0, exponent 0 + bias 127 or 1023, mantissa 100...
    const float32 = idx(0x0d, [1, 1], [0x3f, 0xc0, 0, 0]);
    const single = readIdx(write(pack(float32)));
    expect([single.dtype, single.shape, [...single.data]]).toEqual(["float32", [1, 1], [1.5]]);
    const float64 = idx(0x0e, [1], [0x3f, 0xf8, 0, 0, 0, 0, 0, 0]);
    const double = readIdx(write(pack(float64)));
    expect([double.dtype, double.shape, [...double.data]]).toEqual(["float64", [1], [1.5]]);
  });

  test("an axis of size 0", () => {
    const { shape, data } = readIdx(write(pack(idx(0x08, [0, 28, 28], []))));
    expect([shape, data.length]).toEqual([[0, 28, 28], 0]);
  });

  test.each<[string, Uint8Array, number, RegExp, RegExp]>([
    ["nothing", new Uint8Array(0), 0, /magic number of 4 bytes/, /end/],
    ["half a magic number", Uint8Array.of(0, 0, 8), 3, /magic number of 4 bytes/, /end/],
    ["another magic number", Uint8Array.of(0x89, 0x50, 8, 1), 0, /0x00 0x00/, /0x89 0x50/],
    ["an unknown element type", idx(0x0f, [1], [0]), 2, /uint8 \(0x08\)/, /0x0f/],
    ["a type without dtype", idx(0x09, [1], [0]), 2, /uint8 \(0x08\)/, /0x09/],
    ["rank 0", idx(0x08, [], [7]), 3, /rank from 1 to 8/, /^0$/],
    ["rank 9", header(0x08, 1, 1, 1, 1, 1, 1, 1, 1, 1), 3, /rank from 1 to 8/, /^9$/],
    ["half a header", header(0x08, 2, 3).subarray(0, 9), 9, /sizes of 2 axes/, /end/],
    ["missing elements", SIX_BYTES.subarray(0, 15), 15, /6 bytes .*uint8\[2, 3\]/, /end, 3 /],
    ["sizes too great for the elements", idx(0x0c, [3], [1, 2, 3, 4]), 12, /12 bytes/, /end, 8 /],
    ["sizes too small", idx(0x08, [5], [1, 2, 3, 4, 5, 6]), 13, /the end/, /more/],
    ["sizes that overflow", header(0x08, 2 ** 31, 2 ** 31, 2 ** 31), 4, /sizes/, /2147483648/],
  ])("%s", (_name, bytes, offset, expected, found) => {
    const { file, error } = faultOf(pack(bytes));
    expect(error).toMatchObject({ file, offset, code: "ERR_NABLA_IDX" });
    expect(error.expected).toMatch(expected);
    expect(error.found).toMatch(found);
    for (const part of [file, String(offset), error.expected, error.found]) {
      expect(error.message).toContain(part);
    }
  });

  test("a header's promise allocates nothing", () => {
    const bytes = pack(header(0x08, 2 ** 31));
    const before = process.memoryUsage();
    const { error } = faultOf(bytes);
    const after = process.memoryUsage();
    expect(error.expected).toMatch(/21474836\d\d bytes/);
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(2 ** 24);
    expect(after.rss - before.rss).toBeLessThan(2 ** 28);
  });
});

describe("readIdx of damaged gzip files", () => {
  let state = 1;
  const noise = Uint8Array.from({ length: 20_000 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // by Numerical Recipes' generator
    return state >>> 24;
  });
  const whole = gzipSync(idx(0x08, [noise.length], noise));

  test("a whole one is read", () => {
    expect(Buffer.from(readIdx(write(whole)).data)).toEqual(Buffer.from(noise));
  });

  test("several members are one file", () => {
    const bytes = idx(0x08, [noise.length], noise);
    const members = [gzipSync(bytes.subarray(0, 5000)), gzipSync(bytes.subarray(5000))];
    expect(readIdx(write(Buffer.concat(members))).data).toHaveLength(noise.length);
  });

  test.each([0.5, 0.9, 0.999])("cut off at %f of its length", (share) => {
    const { file, error } = faultOf(whole.subarray(0, Math.floor(whole.length * share)));
    expect(error.file).toBe(file);
    expect(error.offset).toBeGreaterThan(noise.length * (share - 0.2));
    expect(error.offset).toBeLessThanOrEqual(noise.length + 8);
    expect(error.expected).toMatch(/20008 bytes/);
    expect(error.found).toMatch(/end/);
  });

  test.each([2, 5, 9])("cut off after %i bytes", (length) => {
    expect(faultOf(whole.subarray(0, length)).error.found).toMatch(/end/);
  });

  test("a wrong checksum", () => {
    const bytes = Buffer.from(whole);
    bytes[bytes.length - 8] ^= 1; // the first byte of the CRC
    const { file, error } = faultOf(bytes);
    expect(error.file).toBe(file);
    // zlib compares when it has all four bytes of the CRC.
    expect(error.offset).toBe(bytes.length - 5);
    expect(error.expected).toMatch(/sound gzip data/);
    expect(error.found).toMatch(/incorrect data check/);
  });

  test("an invalid block", () => {
    const bytes = Buffer.concat([whole.subarray(0, 10), Buffer.of(0x07), whole.subarray(11)]);
    const { error } = faultOf(bytes); // 0x07: last block, of the reserved type 3
    expect(error.offset).toBe(10);
    expect(error.found).toMatch(/invalid block type/);
  });

  test("something after the end", () => {
    const { error } = faultOf(Buffer.concat([whole, Buffer.from("more")]));
    expect(error.offset).toBeGreaterThanOrEqual(whole.length);
    expect(error.offset).toBeLessThan(whole.length + 4);
  });

  test("a bomb is not unpacked further than its header says", () => {
    const bomb = gzipSync(Buffer.concat([header(0x08, 10), Buffer.alloc(2 ** 26)]), {
      level: constants.Z_BEST_COMPRESSION,
    });
    const before = process.memoryUsage().arrayBuffers;
    const { error } = faultOf(bomb);
    expect(error).toMatchObject({ offset: 18, expected: "the end of the data", found: "more" });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 23);
  });

  /** A gzip file of `head` and so many MiB of zeros, compressed a thousand times, before `end`. */
  function zerosAfter(head: Uint8Array, mebibytes: number, end: readonly number[] = []): Buffer {
    const sync = { finishFlush: constants.Z_SYNC_FLUSH, level: constants.Z_BEST_COMPRESSION };
    const block = deflateRawSync(Buffer.alloc(2 ** 20), sync);
    const blocks = Array.from({ length: mebibytes }, () => block);
    const start = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    return Buffer.concat([
      Buffer.from(start),
      deflateRawSync(head, sync),
      ...blocks,
      Buffer.from(end),
    ]);
  }

  /** Bytes by which memory grows at most while the fault of a file is found. */
  function costOf(bytes: Uint8Array): { error: IdxError; cost: number } {
    const before = process.resourceUsage().maxRSS;
    const { error } = faultOf(bytes);
    return { error, cost: 1024 * (process.resourceUsage().maxRSS - before) };
  }

  test("a bomb whose header says so is refused, unless it is asked for", () => {
    const bomb = zerosAfter(header(0x08, 2100, 1024, 1024), 2100);
    const { error, cost } = costOf(bomb);
    expect(error.expected).toMatch(/at most 1073741824 bytes \(set maxBytes for more\)/);
    expect(error.offset).toBe(4);
    expect(cost).toBeLessThan(2 ** 26);
    const file = write(gzipSync(SIX_BYTES));
    expect(() => readIdx(file, { maxBytes: 17 })).toThrow(/at most 17 bytes/);
    expect(readIdx(file, { maxBytes: 18 }).shape).toEqual([2, 3]);
    expect(() => readIdx(file, { maxBytes: 0 })).toThrow(/maxBytes/);
    expect(() => readIdx(file, { bytes: 9 } as never)).toThrow(/maxBytes/);
  });

  test("a header behind much that holds nothing, and before a bomb", () => {
    const empty = Array.from({ length: 5000 }, () => [0, 0, 0, 0xff, 0xff]).flat();
    const bomb = zerosAfter(header(0x08, 10), 64);
    const late = Buffer.concat([bomb.subarray(0, 10), Buffer.from(empty), bomb.subarray(10)]);
    const { error, cost } = costOf(late);
    expect(error).toMatchObject({ offset: 18, expected: "the end of the data", found: "more" });
    expect(cost).toBeLessThan(2 ** 25);
  });

  test.each([
    ["cut off", [], /200\d{6} bytes of data before that/],
    ["corrupt", [7, 7, 7, 7], /sound gzip data before that/],
  ])("a large one that is %s is not decompressed again to find where", (_, end, expected) => {
    const bytes = zerosAfter(header(0x08, 200, 1000, 1000), 190, end);
    const { error } = faultOf(bytes);
    expect(error.expected).toMatch(expected);
    expect(error.offset).toBe(bytes.length);
  });

  test("a header that promises more than compression can achieve", () => {
    const bytes = gzipSync(header(0x08, 2 ** 31));
    const { error } = faultOf(bytes);
    expect(error.offset).toBe(bytes.length);
    expect(error.expected).toMatch(/2147483656 bytes/);
  });
});

test("a file that is not there is the file system's error", () => {
  expect(() => readIdx(join(directory, "none"))).toThrow(/ENOENT.*none/);
});
