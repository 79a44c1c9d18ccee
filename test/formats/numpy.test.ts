/** NumPy's files: against numpy (scripts/golden/numpy_files.py), and by hand. */

import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as zlib from "node:zlib";

import {
  FormatError,
  type Tensor,
  Variable,
  npyBytes,
  ones,
  readNpy,
  readNpz,
  tensor,
  writeNpy,
  writeNpz,
} from "../../src";
import { slowCrc32 } from "../../src/formats/numpy/crc32";
import { type GoldenTensor, expectGolden, loadGolden } from "../helpers/golden";
import { leakFreeAsync, own } from "../helpers/leak-free";

type Values = Pick<GoldenTensor, "shape" | "data">;

interface Golden {
  own: (GoldenTensor & { file: string })[];
  others: (Values & { label: string; file: string })[];
  misfits: { descr: string; element: number; value: string; file: string }[];
  verdicts: { label: string; accepted: boolean; file: string }[];
  archives: { label: string; arrays: (Values & { name: string })[]; file: string }[];
}

const golden = loadGolden("numpy-files") as Golden;
const EXACT = { relative: 0, absolute: 0 };

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nabla-numpy-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const check = (title: string, body: () => Promise<void>): void => test(title, leakFreeAsync(body));

function decode(text: string): Buffer {
  return Buffer.from(text, "base64");
}

function saved(bytes: Uint8Array, name = "file.npy"): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** Reads a .npz file, whose tensors go with the test. */
async function readAll(source: string | Uint8Array): Promise<Map<string, Tensor>> {
  const tensors = await readNpz(source);
  for (const x of tensors.values()) own(x);
  return tensors;
}

function expectSame(actual: Tensor, expected: Tensor): void {
  expect(actual.describe()).toBe(expected.describe());
  const [a, b] = [actual.data(), expected.data()].map((data) => Buffer.from(data.buffer));
  expect(a.equals(b)).toBe(true);
}

describe("files of numpy.save", () => {
  test.each(golden.own.map((item) => [`${item.dtype}[${item.shape.join(", ")}]`, item] as const))(
    "are read and written byte for byte: %s",
    (label, item) =>
      leakFreeAsync(async () => {
        const bytes = decode(item.file);
        const path = saved(bytes);
        for (const source of [bytes, path, pathToFileURL(path)]) {
          const x = own(await readNpy(source));
          expectGolden(label, x, item, EXACT);
          expect(Buffer.from(npyBytes(x))).toEqual(bytes);
          const copy = join(folder, "copy.npy");
          await writeNpy(copy, x);
          expect(readFileSync(copy)).toEqual(bytes);
        }
      })(),
  );

  test.each(golden.others.map((item) => [item.label, item] as const))(
    "of other types and orders are converted: %s",
    (label, item) =>
      leakFreeAsync(async () => {
        const x = own(await readNpy(decode(item.file)));
        expectGolden(label, x, { ...item, dtype: x.dtype }, EXACT);
      })(),
  );

  test.each(golden.misfits.map((item) => [item.descr, item.value, item] as const))(
    "%s is refused if a value does not fit: %s",
    (descr, value, { element, file }) =>
      leakFreeAsync(async () => {
        await expect(readNpy(decode(file))).rejects.toThrow(
          `(${descr}) cannot be read as int32: element ${element} is ${value}`,
        );
      })(),
  );

  test.each(golden.verdicts.map((item) => [item.label, item] as const))(
    "as numpy says: %s",
    (label, { accepted, file }) =>
      leakFreeAsync(async () => {
        const bytes = decode(file);
        for (const source of [bytes, saved(bytes)]) {
          const reading = readNpy(source);
          if (accepted && !label.startsWith("stricter: ")) own(await reading);
          else await expect(reading).rejects.toThrow(FormatError);
        }
      })(),
  );

  check("larger than a piece keep their values, in both orders", async () => {
    const values = Float32Array.from({ length: 1000 * 700 }, (_, i) => i);
    const x = own(tensor(values, [1000, 700]));
    const bytes = Buffer.from(npyBytes(x));
    expectSame(own(await readNpy(saved(bytes))), x);
    const swapped = bytes
      .toString("latin1")
      .replace("False, 'shape': (1000, 700), }", "True, 'shape': (700, 1000), } ");
    const turned = own(await readNpy(Buffer.from(swapped, "latin1")));
    expectSame(turned, own(x.transpose()));
  });
});

describe("files of numpy.savez", () => {
  test.each(golden.archives.map((item) => [item.label, item] as const))(
    "are read: %s",
    (_label, { arrays, file }) =>
      leakFreeAsync(async () => {
        const bytes = decode(file);
        for (const source of [bytes, saved(bytes, "file.npz")]) {
          const found = await readAll(source);
          expect([...found.keys()]).toEqual(arrays.map(({ name }) => name));
          for (const { name, ...values } of arrays) {
            const x = found.get(name)!;
            expectGolden(name, x, { ...values, dtype: x.dtype }, EXACT);
          }
        }
      })(),
  );

  check("are written and come back, compressed or not, the same bytes each time", async () => {
    const tensors = new Map([
      ["x", own(tensor(Float32Array.from({ length: 300_000 }, (_, i) => i % 7)))],
      ["layers/0/kernel", own(tensor([[1, 2]], [1, 2], "int32"))],
      ["", own(tensor([], [0, 3], "float64"))],
      ["__proto__", own(tensor(7, [], "uint8"))],
      ["é 日本 😀", own(tensor([-0, NaN, -Infinity]))],
    ]);
    const sizes = [];
    for (const compress of [false, true]) {
      const path = join(folder, "own.npz");
      await writeNpz(path, tensors, { compress });
      const first = readFileSync(path);
      await writeNpz(path, tensors, { compress });
      expect(readFileSync(path).equals(first)).toBe(true);
      const found = await readAll(path);
      expect([...found.keys()]).toEqual([...tensors.keys()]);
      for (const [name, x] of found) expectSame(x, tensors.get(name)!);
      sizes.push(first.length);
    }
    expect(sizes[0]).toBeGreaterThan(1_200_000);
    expect(sizes[1]).toBeLessThan(50_000);
  });

  check("are refused if any byte of the data is damaged or missing", async () => {
    const path = join(folder, "damaged.npz");
    for (const compress of [false, true]) {
      const values = Float32Array.from({ length: 100 }, (_, i) => i);
      await writeNpz(path, { x: own(tensor(values)) }, { compress });
      const sound = readFileSync(path);
      for (let i = 0; i < sound.length; i += 7) {
        const cut = sound.subarray(0, i);
        await expect(readNpz(cut)).rejects.toThrow(FormatError);
        const damaged = Buffer.from(sound);
        damaged[i] ^= 0x55;
        // Dates and the like do not matter; values must never change in silence.
        const found = await readNpz(damaged).catch((error: unknown) => error);
        if (found instanceof Map) {
          for (const x of (found as Map<string, Tensor>).values())
            expect(own(x).data()).toEqual(values);
        } else expect(found).toBeInstanceOf(FormatError);
      }
    }
  });

  test("have zip's checksum, with zlib's and without", () => {
    const bytes = Buffer.from("123456789");
    expect(slowCrc32(bytes)).toBe(0xcbf43926); // the check value of CRC-32
    expect(slowCrc32(bytes.subarray(4), slowCrc32(bytes.subarray(0, 4)))).toBe(0xcbf43926);
    const { crc32 } = zlib as { crc32?: (bytes: Uint8Array) => number };
    const noise = Buffer.from(Uint8Array.from({ length: 1000 }, (_, i) => (i * i) % 251));
    if (crc32 !== undefined) expect(slowCrc32(noise)).toBe(crc32(noise));
  });
});

describe("writing", () => {
  check("refuses bad arguments before it touches a file", async () => {
    const x = own(tensor([1]));
    const path = join(folder, "refused");
    const names = ["/a", "C:a", "a\\b", "../a", "a/../b", "a".repeat(70_000)];
    for (const name of names) {
      await expect(writeNpz(path, { [name]: x })).rejects.toThrow(
        "writeNpz: expected names without",
      );
    }
    const wrong = { a: [1] } as unknown as Record<string, Tensor>;
    await expect(writeNpz(path, wrong)).rejects.toThrow('writeNpz: expected a Tensor for "a"');
    await expect(writeNpz(path, { x }, { compress: 1 } as object)).rejects.toThrow("compress");
    await expect(writeNpz(path, { x }, { level: 1 } as object)).rejects.toThrow("level");
    await expect(writeNpy(path, [1] as unknown as Tensor)).rejects.toThrow("expected a Tensor");
    expect(() => npyBytes(3 as unknown as Tensor)).toThrow("npyBytes: expected a Tensor");
    await expect(readNpy(path)).rejects.toThrow("there is no such file");
    await expect(readNpz(path)).rejects.toThrow("there is no such file");
  });

  check(
    "is whole or not at all: a Variable that changes meanwhile leaves the old file",
    async () => {
      const v = own(new Variable(new Float32Array(1_000_000)));
      const one = own(ones([1_000_000]));
      const place = mkdtempSync(join(folder, "whole-"));
      const writers: [string, (path: string) => Promise<void>][] = [
        ["v.npy", (path) => writeNpy(path, v)],
        ["v.npz", (path) => writeNpz(path, { v })],
        ["c.npz", (path) => writeNpz(path, { v }, { compress: true })],
      ];
      for (const [name, write] of writers) {
        const path = join(place, name);
        await write(path);
        const old = readFileSync(path);
        const writing = write(path);
        v.assign(one);
        await expect(writing).rejects.toThrow("was assigned to while it was written to a file");
        expect(readFileSync(path).equals(old)).toBe(true);
      }
      expect(readdirSync(place).sort()).toEqual(["c.npz", "v.npy", "v.npz"]);
    },
  );
});
