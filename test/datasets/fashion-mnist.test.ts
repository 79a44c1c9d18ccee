import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";

import { fashionMnist } from "../../src";
import { FASHION_MNIST } from "../../src/datasets/fashion-mnist";
import { type IdxSets, loadIdxSets } from "../../src/datasets/idx-sets";
import { placesForTests } from "./published";

/** An IDX file of bytes. */
function idx(dims: number[], elements: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * dims.length);
  header.set([0, 0, 8, dims.length]);
  dims.forEach((dim, axis) => header.writeUInt32BE(dim, 4 + 4 * axis));
  return Buffer.concat([header, elements]);
}

/** Four files in Fashion-MNIST's form: three training images, two for the test. */
const CONTENT = {
  trainImages: idx(
    [3, 28, 28],
    new Uint8Array(3 * 784).map((_, i) => i),
  ),
  trainLabels: idx([3], Uint8Array.of(9, 0, 5)),
  testImages: idx([2, 28, 28], new Uint8Array(2 * 784).fill(7)),
  testLabels: idx([2], Uint8Array.of(4, 6)),
};
type Part = keyof typeof CONTENT;
const PARTS = Object.keys(CONTENT) as Part[];
const nameOf = (part: Part): string => FASHION_MNIST.files[part].name;

const zipped = (part: Part): Buffer => gzipSync(CONTENT[part]);
const files = Object.fromEntries(
  PARTS.map((part) => {
    const gzipSha256 = createHash("sha256").update(zipped(part)).digest("hex");
    return [part, { name: nameOf(part), bytes: CONTENT[part].length, gzipSha256 }];
  }),
) as unknown as IdxSets["files"];

const places = placesForTests();

function load(mirrors: string[] = []): ReturnType<typeof loadIdxSets> {
  const { cache } = places;
  return loadIdxSets({ ...FASHION_MNIST, files }, { cache, mirrors, progress: false });
}

function answer(name: string): Buffer {
  return zipped(PARTS.find((part) => `${nameOf(part)}.gz` === name)!);
}

function write(directory: string): string {
  mkdirSync(directory, { recursive: true });
  for (const part of PARTS) writeFileSync(join(directory, nameOf(part)), CONTENT[part]);
  return directory;
}

test("comes from a mirror, whose files are checked as they are sent, then from the cache", async () => {
  const { url, requests } = await places.serve(answer);
  const first = await load([url]);
  expect([first.name, first.source]).toEqual(["Fashion-MNIST", url]);
  expect(first.train.images.describe()).toBe("uint8[3, 28, 28]");
  expect([...first.train.images.data().subarray(0, 3)]).toEqual([0, 1, 2]);
  expect(first.test.labels.array()).toEqual([4, 6]);
  expect(readdirSync(places.cache)).toHaveLength(4);

  expect((await load()).source).toBe(places.cache);
  expect(requests).toHaveLength(4);
});

test("what is packed otherwise, or plain, is not the published file", async () => {
  const level9 = await places.serve((name) => gzipSync(gunzipSync(answer(name)), { level: 1 }));
  const plain = await places.serve((name) => gunzipSync(answer(name)));
  const attempt = load([level9.url, plain.url]);
  await expect(attempt).rejects.toMatchObject({ code: "ERR_NABLA_UNAVAILABLE" });
  await expect(attempt).rejects.toThrow(/^Fashion-MNIST could be had from nowhere/);
  await expect(attempt).rejects.toThrow(/SHA-256 [0-9a-f]{64} but received \d+ bytes, gzipped/);
});

test("lies in a folder of its own in NABLA_DATA: beside MNIST, not in its place", async () => {
  process.env.NABLA_DATA = write(places.root);
  await expect(load()).rejects.toMatchObject({ code: "ERR_NABLA_UNAVAILABLE" });
  const own = write(join(places.root, "fashion-mnist"));
  expect((await load()).source).toBe(own);
});

test("is read from a directory given, with the names of its classes", async () => {
  const directory = write(join(places.root, "given"));
  const { train, classNames } = await fashionMnist({ directory });
  expect(train.labels.array()).toEqual([9, 0, 5]);
  expect([classNames.length, classNames[0], classNames[9]]).toEqual([
    10,
    "T-shirt/top",
    "Ankle boot",
  ]);
  await expect(fashionMnist({ directory: places.root })).rejects.toThrow(
    "expected the Fashion-MNIST files, plain or gzipped, in",
  );
  await expect(fashionMnist({ dir: "x" } as never)).rejects.toThrow("fashionMnist: expected");
});
