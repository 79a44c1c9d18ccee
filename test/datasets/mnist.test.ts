import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import type { DigitData } from "../../src/datasets/digits";
import { type IdxSets, loadIdxSets } from "../../src/datasets/idx-sets";
import { MNIST, type MnistOptions, mnist } from "../../src/datasets/mnist";
import { memory } from "../../src/tensor/memory";
import { type Mirror, REFUSING_URL, startMirror } from "./mirror";
import { onlyWhere } from "../helpers/only-where";

/** An IDX file of bytes. */
function idx(dims: number[], elements: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * dims.length);
  header[2] = 0x08;
  header[3] = dims.length;
  dims.forEach((dim, axis) => header.writeUInt32BE(dim, 4 + 4 * axis));
  return Buffer.concat([header, elements]);
}

function images(count: number, first: number): Buffer {
  return idx(
    [count, 28, 28],
    new Uint8Array(count * 784).map((_, i) => first + i),
  );
}

/** A data set in MNIST's form: three training images, two for the test. */
const CONTENT = {
  "train-images-idx3-ubyte": images(3, 1),
  "train-labels-idx1-ubyte": idx([3], Uint8Array.of(7, 0, 9)),
  "t10k-images-idx3-ubyte": images(2, 2),
  "t10k-labels-idx1-ubyte": idx([2], Uint8Array.of(4, 5)),
};
type Name = keyof typeof CONTENT;
const NAMES = Object.keys(CONTENT) as Name[];

function describeFile(name: Name): IdxSets["files"]["trainImages"] {
  const sha256 = createHash("sha256").update(CONTENT[name]).digest("hex");
  return { name, bytes: CONTENT[name].length, sha256 };
}
const FILES: IdxSets["files"] = {
  trainImages: describeFile("train-images-idx3-ubyte"),
  trainLabels: describeFile("train-labels-idx1-ubyte"),
  testImages: describeFile("t10k-images-idx3-ubyte"),
  testLabels: describeFile("t10k-labels-idx1-ubyte"),
};

let root: string;
let cache: string;
let environment: string | undefined;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "nabla-mnist-"));
  cache = join(root, "cache");
  environment = process.env.NABLA_DATA;
  delete process.env.NABLA_DATA;
});
afterEach(() => {
  rmSync(root, { recursive: true });
  if (environment === undefined) delete process.env.NABLA_DATA;
  else process.env.NABLA_DATA = environment;
});

const mirrors: Mirror[] = [];
async function honestMirror(): Promise<Mirror> {
  const mirror = await startMirror((request, response) => {
    const name = request.url!.replace("/mnist/", "").replace(/\.gz$/, "") as Name;
    response.end(gzipSync(CONTENT[name]));
  });
  mirrors.push(mirror);
  return mirror;
}
afterEach(async () => {
  await Promise.all(mirrors.splice(0).map((mirror) => mirror.close()));
});

function load(options: MnistOptions): Promise<DigitData> {
  return loadIdxSets(
    { ...MNIST, files: FILES },
    { cache, mirrors: [], progress: false, ...options },
  );
}

/** Writes the files to a directory, under names that `rename` gives them. */
function writeFiles(directory: string, rename = (name: Name): string => name): string {
  mkdirSync(directory, { recursive: true });
  for (const name of NAMES) {
    const renamed = rename(name);
    const bytes = renamed.endsWith(".gz") ? gzipSync(CONTENT[name]) : CONTENT[name];
    writeFileSync(join(directory, renamed), bytes);
  }
  return directory;
}

function release({ train, test }: DigitData): void {
  for (const set of [train, test]) [set.images, set.labels].forEach((tensor) => tensor.dispose());
}

/** Checks the content and frees it. */
function expectContent(data: DigitData, source: string): void {
  expect(data.name).toBe("MNIST");
  expect(data.source).toBe(source);
  const { train, test } = data;
  expect([train.images.dtype, train.images.shape]).toEqual(["uint8", [3, 28, 28]]);
  expect([test.images.dtype, test.images.shape]).toEqual(["uint8", [2, 28, 28]]);
  expect(Buffer.from(train.images.data() as Uint8Array)).toEqual(images(3, 1).subarray(16));
  expect(Buffer.from(test.images.data() as Uint8Array)).toEqual(images(2, 2).subarray(16));
  expect([train.labels.dtype, train.labels.array()]).toEqual(["uint8", [7, 0, 9]]);
  expect(test.labels.array()).toEqual([4, 5]);
  release(data);
}

describe("a directory given", () => {
  test.each<[string, (name: Name) => string]>([
    ["plain", (name) => name],
    ["gzipped", (name) => `${name}.gz`],
    ["some of each", (name) => (name.startsWith("t10k") ? `${name}.gz` : name)],
    ["with dots in their names", (name) => name.replace("-idx", ".idx")],
  ])("%s", async (_, rename) => {
    const directory = writeFiles(root, rename);
    expectContent(await load({ directory }), directory);
  });

  test("lacking files is an error that names them, though they are elsewhere", async () => {
    process.env.NABLA_DATA = writeFiles(join(root, "elsewhere"));
    const { url, requests } = await honestMirror();
    writeFileSync(join(root, "train-labels-idx1-ubyte.gz"), "");
    const attempt = load({ directory: root, mirrors: [url] });
    await expect(attempt).rejects.toThrow(
      `in ${root} but found no train-images-idx3-ubyte, no t10k-images-idx3-ubyte, ` +
        "no t10k-labels-idx1-ubyte",
    );
    await expect(attempt).rejects.not.toHaveProperty("code");
    expect(requests).toEqual([]);
    expect(existsSync(cache)).toBe(false);
  });

  test.each<[string, Name, Buffer, RegExp]>([
    ["a faulty file", "t10k-labels-idx1-ubyte", Buffer.from("faulty"), /0x00 0x00 at byte 0/],
    ["labels for images", "train-images-idx3-ubyte", idx([1], Uint8Array.of(1)), /28, 28/],
    ["larger images", "t10k-images-idx3-ubyte", idx([0, 32, 32], new Uint8Array()), /32, 32/],
    ["images for labels", "train-labels-idx1-ubyte", images(1, 1), /uint8\[n\]/],
    ["too few labels", "train-labels-idx1-ubyte", idx([2], Uint8Array.of(1, 2)), /3 labels.*2/],
  ])("%s", async (_, name, bytes, message) => {
    writeFiles(root);
    writeFileSync(join(root, name), bytes);
    const before = memory().buffers;
    const attempt = load({ directory: root });
    await expect(attempt).rejects.toThrow(message);
    await expect(attempt).rejects.toMatchObject({ code: "ERR_NABLA_IDX", file: join(root, name) });
    expect(memory().buffers).toBeLessThanOrEqual(before); // garbage of earlier tests may go
  });
});

describe("without a directory", () => {
  test("the one that NABLA_DATA names comes first", async () => {
    const named = writeFiles(join(root, "named"));
    process.env.NABLA_DATA = named;
    writeFiles(cache, (name) => `${name}.gz`);
    expectContent(await load({}), named);
  });

  test("or its subfolder mnist", async () => {
    const folder = writeFiles(join(root, "named", "mnist"));
    process.env.NABLA_DATA = join(root, "named");
    expectContent(await load({}), folder);
  });

  test("then the cache, checked", async () => {
    process.env.NABLA_DATA = root; // holds nothing
    writeFiles(cache, (name) => `${name}.gz`);
    expectContent(await load({}), cache);
  });

  test("then mirrors, from which the cache is filled", async () => {
    const { url, requests } = await honestMirror();
    expectContent(await load({ mirrors: [REFUSING_URL, url] }), url);
    expect(requests).toEqual(NAMES.map((name) => `/mnist/${name}.gz`));
    expect(readdirSync(cache).sort()).toEqual(NAMES.map((name) => `${name}.gz`).sort());

    expectContent(await load({}), cache);
    expect(requests).toHaveLength(4);
  });

  test("only what the cache lacks is downloaded", async () => {
    const { url, requests } = await honestMirror();
    writeFiles(cache, (name) => `${name}.gz`);
    writeFileSync(join(cache, "t10k-labels-idx1-ubyte.gz"), gzipSync("damaged"));
    expectContent(await load({ mirrors: [url] }), `${cache}, ${url}`);
    expect(requests).toEqual(["/mnist/t10k-labels-idx1-ubyte.gz"]);
  });

  test("nowhere: an error with a code that tells of every place", async () => {
    process.env.NABLA_DATA = root;
    const [first, second] = [REFUSING_URL, `${REFUSING_URL}again/`];
    const before = memory().buffers;
    const attempt = load({ mirrors: [first, second] });
    await expect(attempt).rejects.toMatchObject({ code: "ERR_NABLA_UNAVAILABLE" });
    for (const place of [`NABLA_DATA=${root}`, cache, first, second]) {
      await expect(attempt).rejects.toThrow(place);
    }
    expect(memory().buffers).toBeLessThanOrEqual(before); // garbage of earlier tests may go
  });
});

const DATA = [process.env.NABLA_DATA, join(__dirname, "../../../shared/data/mnist")].find(
  (directory) => directory && existsSync(join(directory, "train-images-idx3-ubyte.gz")),
);
const withMnist = onlyWhere(
  DATA !== undefined,
  "MNIST itself is not tested: NABLA_DATA does not name it",
);

withMnist.describe("MNIST itself", () => {
  test("has the published sizes, labels and checksums", async () => {
    process.env.NABLA_DATA = DATA;
    const data = await mnist({ mirrors: [] });
    const { train, test } = data;
    expect([train.images.shape, train.labels.shape]).toEqual([[60_000, 28, 28], [60_000]]);
    expect([test.images.shape, test.labels.shape]).toEqual([[10_000, 28, 28], [10_000]]);
    // How often each digit occurs, as the database's description and many since have it.
    const counts = new Array<number>(10).fill(0);
    (test.labels.data() as Uint8Array).forEach((label) => counts[label]++);
    expect(counts).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    release(data);
  });

  test("can be downloaded", async () => {
    const mirror = await startMirror((request, response) => {
      response.end(readFileSync(join(DATA!, request.url!.replace("/mnist/", ""))));
    });
    mirrors.push(mirror);
    const data = await mnist({ mirrors: [mirror.url], cache, progress: false });
    expect(data.train.images.shape).toEqual([60_000, 28, 28]);
    expect(data.source).toBe(mirror.url);
    release(data);
  });
});
