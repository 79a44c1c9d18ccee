import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { cifar10, memory } from "../../src";
import { loadCifar10 } from "../../src/datasets/cifar10";
import type { RemoteFile } from "../../src/datasets/remote-file";
import { REFUSING_URL } from "./mirror";
import { placesForTests } from "./published";

/** A record: the label, then planes of red, green and blue that tell pixel and channel. */
function record(label: number): Buffer {
  const bytes = Buffer.alloc(3073);
  bytes[0] = label;
  for (let channel = 0; channel < 3; channel++) {
    for (let pixel = 0; pixel < 1024; pixel++) {
      bytes[1 + 1024 * channel + pixel] = (pixel + 100 * channel + label) % 256;
    }
  }
  return bytes;
}

/** Files in CIFAR-10's form: the training files with one picture each, the test's with two. */
const CONTENT: ReadonlyMap<string, Buffer> = new Map([
  ...[1, 2, 3, 4, 5].map((n): [string, Buffer] => [`data_batch_${n}.bin`, record(n)]),
  ["test_batch.bin", Buffer.concat([record(9), record(0)])],
]);

/** A block of a ustar archive before each file, then its content in whole blocks, two empty ones. */
function tar(files: ReadonlyMap<string, Buffer>): Buffer {
  const parts = [...files].flatMap(([name, content]) => {
    const header = Buffer.alloc(512);
    header.write(`cifar-10-batches-bin/${name}`);
    header.write(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
    header.write("ustar\0", 257);
    return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

const NAME = "cifar-10-binary.tar";

function archiveOf(files: ReadonlyMap<string, Buffer>): { file: RemoteFile; bytes: Buffer } {
  const bytes = gzipSync(tar(files));
  const gzipSha256 = createHash("sha256").update(bytes).digest("hex");
  return { file: { name: NAME, bytes: 100_000, gzipSha256 }, bytes };
}
const ARCHIVE = archiveOf(new Map([["readme.html", Buffer.from("<html>")], ...CONTENT]));

const places = placesForTests();

function load(mirrors: string[], archive = ARCHIVE.file): ReturnType<typeof loadCifar10> {
  return loadCifar10(archive, { cache: places.cache, mirrors, progress: false });
}

function writeFiles(directory: string, files = CONTENT): string {
  mkdirSync(directory, { recursive: true });
  for (const [name, content] of files) writeFileSync(join(directory, name), content);
  return directory;
}

function expectContent({ name, train, test }: Awaited<ReturnType<typeof cifar10>>): void {
  expect(name).toBe("CIFAR-10");
  expect(train.images.describe()).toBe("uint8[5, 32, 32, 3]");
  expect(train.labels.array()).toEqual([1, 2, 3, 4, 5]);
  expect(test.labels.array()).toEqual([9, 0]);
  const pixels = test.images.data();
  expect([...pixels.subarray(3 * 40, 3 * 40 + 3)]).toEqual([49, 149, 249]);
  expect([...pixels.subarray(3072, 3072 + 6)]).toEqual([0, 100, 200, 1, 101, 201]);
  expect([test.classNames.length, test.classNames[9]]).toEqual([10, "truck"]);
  for (const set of [train, test]) [set.images, set.labels].forEach((tensor) => tensor.dispose());
}

test("comes from a mirror as an archive, then from the cache", async () => {
  const { url, requests } = await places.serve(() => ARCHIVE.bytes);
  const first = await load([REFUSING_URL, url]);
  expect(first.source).toBe(url);
  expectContent(first);
  expect(requests).toEqual([`/mnist/${NAME}.gz`]);
  const second = await load([]);
  expect(second.source).toBe(places.cache);
  expectContent(second);
});

test("is read from NABLA_DATA's subfolder cifar-10, unpacked as the archive unpacks", async () => {
  process.env.NABLA_DATA = places.root;
  await expect(load([])).rejects.toMatchObject({ code: "ERR_NABLA_UNAVAILABLE" });
  writeFiles(join(places.root, "cifar-10", "cifar-10-batches-bin"));
  const data = await load([]);
  expect(data.source).toBe(join(places.root, "cifar-10"));
  expectContent(data);
});

test("is read from a directory given, plain", async () => {
  const directory = writeFiles(join(places.root, "given"));
  expectContent(await cifar10({ directory }));
});

test("an archive in a directory given is checked", async () => {
  const directory = join(places.root, "given");
  mkdirSync(directory);
  writeFileSync(join(directory, `${NAME}.gz`), ARCHIVE.bytes);
  expectContent(await loadCifar10(ARCHIVE.file, { directory }));
  const attempt = cifar10({ directory });
  await expect(attempt).rejects.toThrow(join(directory, `${NAME}.gz`));
  await expect(attempt).rejects.toThrow(/expected a file with SHA-256 c4a38c50/);
});

describe("faults are told, and nothing stays behind", () => {
  test.each<[string, [string, Buffer | undefined], RegExp]>([
    ["a file that is lacking", ["data_batch_3.bin", undefined], /found no data_batch_3.bin$/],
    ["a file cut off", ["test_batch.bin", record(1).subarray(1)], /of 3073 bytes but found 3072/],
    ["an empty file", ["test_batch.bin", Buffer.alloc(0)], /3073 bytes but found 0 bytes/],
    [
      "a label too large",
      ["data_batch_2.bin", Buffer.concat([record(0), record(10)])],
      /^data_batch_2.bin of .*label from 0 to 9 at byte 3073 but found 10/,
    ],
  ])("%s", async (_, [name, content], message) => {
    const files = new Map(CONTENT);
    if (content === undefined) files.delete(name);
    else files.set(name, content);
    const before = memory().buffers;
    const directory = writeFiles(join(places.root, "faulty"), files);
    await expect(cifar10({ directory })).rejects.toThrow(message);
    expect(memory().buffers).toBeLessThanOrEqual(before); // garbage of earlier tests may go
  });

  test("an archive without a file, and one that ends in a file", async () => {
    const lacking = archiveOf(new Map([...CONTENT].slice(1)));
    const { url } = await places.serve(() => lacking.bytes);
    await expect(load([url], lacking.file)).rejects.toThrow(
      /data_batch_1.bin of http.*: expected a file of that name/,
    );
    const short = gzipSync(tar(CONTENT).subarray(0, 4000));
    const gzipSha256 = createHash("sha256").update(short).digest("hex");
    const cut = await places.serve(() => short);
    const file = { ...ARCHIVE.file, name: "cut.tar", gzipSha256 };
    await expect(load([cut.url], file)).rejects.toThrow("data_batch_2.bin");
  });

  test("options unknown", async () => {
    await expect(cifar10({ folder: "x" } as never)).rejects.toThrow("cifar10: expected");
    await expect(cifar10({ mirrors: "x" } as never)).rejects.toThrow("cifar10: expected an array");
  });
});
