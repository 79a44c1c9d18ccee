import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import sharp from "sharp";

import {
  Dense,
  Flatten,
  type ImageDatasetOptions,
  Rescaling,
  Sequential,
  type Tensor,
  imageDataset,
  memory,
  setSeed,
} from "../../src";
import { eventually } from "../helpers/eventually";

const CLASSES = { blue: [10, 20, 200], green: [10, 180, 30], red: [220, 15, 25] } as const;
type Name = keyof typeof CLASSES;

let root: string;

/** A picture of one colour; its size, or format, differs from file to file. */
async function picture(color: readonly number[], i: number): Promise<Buffer> {
  const [r, g, b] = color;
  const create = {
    width: 12 + i,
    height: 9 + 2 * i,
    channels: 3,
    background: { r, g, b },
  } as const;
  const made = sharp({ create });
  if (i % 3 === 0) return made.png().toBuffer();
  return i % 3 === 1 ? made.jpeg({ quality: 95 }).toBuffer() : made.webp().toBuffer();
}

async function write(name: string, count: number, color: readonly number[]): Promise<void> {
  mkdirSync(join(root, name), { recursive: true });
  for (let i = 0; i < count; i++) {
    // Names that tell nothing of the format: the content does.
    const extension = [".png", ".JPG", ".webp"][i % 3];
    writeFileSync(join(root, name, `${i}${extension}`), await picture(color, i));
  }
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "nabla-images-"));
  for (const [name, color] of Object.entries(CLASSES)) await write(name, 10, color);
  writeFileSync(join(root, "red", "notes.txt"), "no picture");
  writeFileSync(join(root, "red", ".hidden.png"), "no picture");
  writeFileSync(join(root, "readme.md"), "no class");
});
afterAll(() => rmSync(root, { recursive: true }));

/** Runs with a folder of its own, which `fill` fills. */
async function elsewhere(
  fill: () => void | Promise<void>,
  act: () => void | Promise<void>,
): Promise<void> {
  const before = root;
  root = mkdtempSync(join(tmpdir(), "nabla-images-"));
  try {
    await fill();
    await act();
  } finally {
    rmSync(root, { recursive: true });
    root = before;
  }
}

interface Seen {
  shapes: string[];
  labels: number[];
  /** The colour in the midst of each picture. */
  colors: number[][];
}

async function seen(batches: AsyncIterable<readonly [Tensor, Tensor]>): Promise<Seen> {
  const found: Seen = { shapes: [], labels: [], colors: [] };
  for await (const [images, labels] of batches) {
    found.shapes.push(`${images.describe()} ${labels.describe()}`);
    found.labels.push(...labels.data());
    const [count, height, width] = images.shape;
    const values = images.data();
    for (let i = 0; i < count; i++) {
      const at = 3 * ((i * height + (height >> 1)) * width + (width >> 1));
      found.colors.push([...values.subarray(at, at + 3)]);
    }
  }
  return found;
}

test("pictures of any size and format come in batches of one size, with the labels of their folders", async () => {
  const { train, validation, classNames } = imageDataset(root, { size: [6, 5], batch: 8, seed: 1 });
  expect(classNames).toEqual(["blue", "green", "red"]);
  expect(validation).toBeUndefined();
  expect(train.length).toBe(4);
  const first = await seen(train);
  const whole = "uint8[8, 6, 5, 3] int32[8]";
  expect(first.shapes).toEqual([whole, whole, whole, "uint8[6, 6, 5, 3] int32[6]"]);
  expect([...first.labels].sort()).toEqual(
    [0, 1, 2].flatMap((label) => new Array<number>(10).fill(label)),
  );
  first.labels.forEach((label, i) => {
    const wanted = CLASSES[classNames[label] as Name];
    // JPEG and WebP change colours a little.
    first.colors[i].forEach((value, c) => expect(Math.abs(value - wanted[c])).toBeLessThan(8));
  });
  const second = await seen(train);
  expect(second.labels).not.toEqual(first.labels);
  expect(
    (await seen(imageDataset(root, { size: [6, 5], batch: 8, seed: 1 }).train)).labels,
  ).toEqual(first.labels);
});

test("validation is a share of each class that is never trained on", async () => {
  const options = { size: 4, batch: 7, validationSplit: 0.3, seed: 3 };
  const { train, validation } = imageDataset(root, options);
  const [trained, validated] = [await seen(train), await seen(validation!)];
  expect(trained.labels).toHaveLength(21);
  expect(validated.labels).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
  expect(await seen(validation!)).toEqual(validated);
});

test("labels are numbers, rows of 0 and 1, 0 or 1, or left out", async () => {
  const rows = imageDataset(root, { size: 4, batch: 30, labels: "categorical" }).train;
  for await (const [, y] of rows) {
    expect(y.describe()).toBe("float32[30, 3]");
    expect(y.sum(0).array()).toEqual([10, 10, 10]);
  }
  for await (const x of imageDataset(root, { size: 4, batch: 30, labels: null }).train) {
    expect(x.describe()).toBe("uint8[30, 4, 4, 3]");
  }
  expect(() => imageDataset(root, { size: 4, labels: "binary" })).toThrow(
    'expected 2 classes for labels "binary" but found 3',
  );
  await elsewhere(
    async () => {
      await write("no", 2, CLASSES.red);
      await write("yes", 3, CLASSES.green);
    },
    async () => {
      for await (const [, y] of imageDataset(root, { size: 2, labels: "binary" }).train) {
        expect([y.describe(), y.sum().item()]).toEqual(["float32[5, 1]", 3]);
      }
    },
  );
});

test("transparency, greys, 16 bits and a camera turned on its side are brought to one form", async () => {
  const raw = (channels: 1 | 3 | 4, width: number, height: number): sharp.Sharp => {
    const pixels = Buffer.alloc(width * height * channels, 128);
    return sharp(pixels, { raw: { channels, width, height } });
  };
  await elsewhere(
    async () => {
      mkdirSync(join(root, "a"));
      const [a, b, c] = [0, 1, 2].map((i) => join(root, "a", `${i}.png`));
      await raw(1, 4, 4).png().toFile(a);
      await raw(4, 4, 4).png().toFile(b);
      await raw(3, 4, 4).toColourspace("rgb16").png().toFile(c);
      // Left half black, right half white, turned by 90 degrees when it is shown.
      const pixels = Buffer.from([0, 0, 0, 255, 255, 255, 0, 0, 0, 255, 255, 255]);
      await sharp(pixels, { raw: { channels: 3, width: 2, height: 2 } })
        .withMetadata({ orientation: 6 })
        .png()
        .toFile(join(root, "a", "3.png"));
    },
    async () => {
      const { train } = imageDataset(root, { size: 2, batch: 1, labels: null, seed: 1 });
      const found: number[][] = [];
      for await (const x of train) found.push([...x.data()]);
      const grey = [...Array(12).keys()].map(() => 128);
      const turned = [0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255];
      found.sort((p, q) => q[0] - p[0]);
      [grey, grey, grey, turned].forEach((wanted, i) => {
        // Transparency costs a digit.
        wanted.forEach((value, at) => expect(Math.abs(found[i][at] - value)).toBeLessThan(2));
      });
    },
  );
});

test("fit trains on them and validates, and frees all that was read", async () => {
  setSeed(1);
  const model = new Sequential([new Rescaling(1 / 255), new Flatten(), new Dense(3)]);
  model.build([null, 4, 4, 3], "uint8");
  model.compile({
    optimizer: "adam",
    loss: "mse",
  });
  const options = { size: 4, batch: 10, labels: "categorical", validationSplit: 0.2 } as const;
  const { train, validation } = imageDataset(root, options);
  const { history } = await model.fit(train, {
    ...{ epochs: 3, verbose: 0, validationData: validation },
  });
  const before = memory().buffers;
  await model.evaluate(train);
  expect(memory().buffers).toBeLessThanOrEqual(before); // garbage of earlier tests may go
  expect(history.loss[2]).toBeLessThan(history.loss[0]);
  expect(history.valLoss).toHaveLength(3);
});

describe("what is wrong is told with the name of the file or folder", () => {
  test.each<[string, (whole: Buffer) => Buffer]>([
    ["a truncated JPEG", (whole) => whole.subarray(0, whole.length / 2)],
    ["an empty file", () => Buffer.alloc(0)],
    ["a text", () => Buffer.from("no picture")],
  ])("%s", async (_, spoil) => {
    await elsewhere(
      async () => {
        await write("a", 1, CLASSES.red);
        await write("b", 1, CLASSES.red);
        const noise = Buffer.from(Array.from({ length: 3072 }, (_, i) => (i * 37) % 256));
        const raw = { channels: 3, width: 32, height: 32 } as const;
        const whole = await sharp(noise, { raw }).jpeg().toBuffer();
        writeFileSync(join(root, "b", "bad.jpg"), spoil(whole));
      },
      async () => {
        const before = memory().buffers;
        const { train } = imageDataset(root, { size: 4, batch: 1 });
        const held = memory().buffers - before;
        const attempt = seen(train);
        await expect(attempt).rejects.toThrow(
          `expected a whole picture in ${join(root, "b", "bad.jpg")} but it cannot be decoded`,
        );
        // The pictures that were on their way come yet.
        expect(await eventually(() => memory().buffers - before <= held)).toBe(true);
      },
    );
  });

  test("a folder with one class, with none, without pictures, and none at all", async () => {
    await elsewhere(
      () => write("cats", 1, CLASSES.red),
      () => {
        const attempt = (): unknown => imageDataset(root, { size: 4 });
        expect(attempt).toThrow(
          `imageDataset: expected at least 2 folders, one for each class, in ${root} but found 1: cats`,
        );
        mkdirSync(join(root, "dogs"));
        expect(attempt).toThrow(`in ${join(root, "dogs")} but found none`);
        rmSync(join(root, "dogs"), { recursive: true });
        rmSync(join(root, "cats"), { recursive: true });
        expect(attempt).toThrow("but found none");
      },
    );
    expect(() => imageDataset(join(root, "nowhere"), { size: 4 })).toThrow("expected a folder");
  });

  test.each<[object, string]>([
    [{}, "imageDataset: expected a positive integer, or [height, width], for size"],
    [{ size: 0 }, "for size but received 0"],
    [{ size: [4, 4, 3] }, "for size"],
    [{ size: 4, batch: 0 }, "batch of imageDataset"],
    [{ size: 4, labels: "one-hot" }, "for labels"],
    [{ size: 4, validationSplit: 1 }, "a share in (0, 1) for validationSplit but received 1"],
    [{ size: 4, seed: 0.5 }, "seed"],
    [{ size: 4, shuffle: true }, "received shuffle"],
  ])("options %j", (options, message) => {
    expect(() => imageDataset(root, options as ImageDatasetOptions)).toThrow(message);
  });

  test("a path that is none", () => {
    expect(() => imageDataset(3 as never, { size: 4 })).toThrow("expected a path for directory");
  });
});
