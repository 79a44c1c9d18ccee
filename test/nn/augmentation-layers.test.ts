/** Layers that change pictures at random: by fixed amounts as Keras, by chance by their statistics. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as nabla from "../../src";
import {
  type Tensor,
  affineTransform,
  jit,
  ones,
  range,
  reshape,
  setSeed,
  tensor,
} from "../../src";
import { compiled, leakFree } from "../helpers/leak-free";

interface Values {
  shape: number[];
  data: number[];
}

interface Golden {
  transformed: { options: Record<string, unknown>; x: Values; transform: Values; y: Values }[];
  layers: { className: string; args: unknown[]; options: object; x: Values; y: Values }[];
}

const FILE = join(__dirname, "..", "golden", "augmentation.json");
const golden = JSON.parse(readFileSync(FILE, "utf8")) as Golden;

type Picturing = nabla.Layer<object> & { forward(x: Tensor): Tensor };
type Class = new (...args: unknown[]) => Picturing;

const classOf = (name: string): Class => (nabla as unknown as Record<string, Class>)[name];

const camel = (options: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      value as unknown,
    ]),
  );

const of = ({ shape, data }: Values, dtype: "float32" | "float64" = "float32"): Tensor =>
  tensor(data, shape, dtype);

function expectClose(actual: Tensor, expected: Values, tolerance: number): void {
  expect(actual.shape).toEqual(expected.shape);
  const errors = Array.from(actual.data(), (value, i) => Math.abs(value - expected.data[i]));
  expect(Math.max(...errors)).toBeLessThan(tolerance);
}

test.each(golden.transformed.map((item) => [JSON.stringify(item.options), item] as const))(
  "affineTransform is Keras' with %s",
  leakFree((_title: string, { options, x, transform, y }: Golden["transformed"][number]) => {
    const given = camel(options);
    expectClose(affineTransform(of(x), of(transform), given), y, 2e-4);
    expectClose(affineTransform(of(x, "float64"), of(transform, "float64"), given), y, 2e-4);
    const first = affineTransform(of(x).transpose([0, 3, 1, 2]), of(transform), {
      ...given,
      dataFormat: "channelsFirst",
    });
    expectClose(first.transpose([0, 2, 3, 1]), y, 2e-4);
  }) as never,
);

test.each(golden.layers.map((item) => [item.className, item.args, item] as const))(
  "%s(%j) is Keras'",
  leakFree((_name: string, _args: unknown[], item: Golden["layers"][number]) => {
    const { className, args, options, x, y } = item;
    const make = (): Picturing => new (classOf(className))(...args, camel(options));
    const layer = make();
    layer.train();
    expectClose(layer.forward(of(x)), y, 2e-4);
    expectClose(compiled((given: Tensor) => layer.forward(given))(of(x)), y, 2e-4);
  }) as never,
);

const RANDOM: [string, unknown[]][] = [
  ["RandomFlip", ["horizontal"]],
  ["RandomTranslation", [0.2, 0.3]],
  ["RandomRotation", [0.2]],
  ["RandomZoom", [0.3, 0.2]],
  ["RandomContrast", [0.5]],
  ["RandomBrightness", [0.4]],
  ["RandomCrop", [3, 4]],
];

const pictures = (batch = 24): Tensor =>
  reshape(range(0, batch * 5 * 6 * 2), [batch, 5, 6, 2]).mul(0.1);

test.each(RANDOM)("%s(%j) draws from a stream that is part of its state", (name, args) => {
  const layer = new (classOf(name))(...args, { seed: 3 });
  const x = pictures();
  expect(layer.forward(x).array()).toEqual(x.array()); // inference
  expect(layer.forward(ones([1, 5, 6, 1], "uint8")).dtype).toBe("float32");
  layer.train();
  const state = Object.fromEntries(
    Object.entries(layer.state()).map(([path, value]) => [path, value.clone()]),
  );
  const [first, second] = [layer.forward(x).array(), layer.forward(x).array()];
  expect(second).not.toEqual(first);
  layer.loadState(state);
  const captured = jit((given: Tensor) => layer.forward(given));
  for (const expected of [first, second]) {
    const found = captured(x).data();
    const wanted = tensor(expected).data();
    found.forEach((value, i) => expect(value).toBeCloseTo(wanted[i], 4));
  }
});

test("pictures are flipped every second time, as a whole", () => {
  setSeed(1);
  const layer = new nabla.RandomFlip();
  layer.train();
  const x = tensor([1, 2, 3, 4], [1, 2, 2, 1]);
  const y = layer.forward(x.add(nabla.zeros([1000, 1, 1, 1]))).array() as number[][][][];
  const flipped = y.filter((picture) => picture.flat(2).join() === "4,3,2,1").length;
  const kept = y.filter((picture) => picture.flat(2).join() === "1,2,3,4").length;
  expect(flipped + kept).toBe(1000);
  expect(Math.abs(flipped - 500)).toBeLessThan(80);
});

test("contrast and brightness lie evenly within their ranges", () => {
  setSeed(2);
  const x = tensor([-1, 1], [1, 2, 1, 1]).add(nabla.zeros([2000, 1, 1, 1]));
  const range = { valueRange: [-10, 10] };
  const contrast = new nabla.RandomContrast([0.4, 0.2], range);
  const brightness = new nabla.RandomBrightness([-0.1, 0.3], range);
  const check = (values: number[], low: number, high: number): void => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(Math.abs(mean - (low + high) / 2)).toBeLessThan(0.03 * (high - low));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(low - 1e-4);
    expect(Math.min(...values)).toBeLessThan(low + 0.02 * (high - low));
    expect(Math.max(...values)).toBeGreaterThan(high - 0.02 * (high - low));
    expect(Math.max(...values)).toBeLessThanOrEqual(high + 1e-4);
  };
  const second = (y: Tensor): number[] =>
    (y.array() as number[][][][]).map((picture) => picture[1][0][0]);
  for (const layer of [contrast, brightness]) layer.train();
  // Keras sorts the two numbers of contrast: 1 - 0.2 to 1 + 0.4.
  check(second(contrast.forward(x)), 0.8, 1.4);
  check(second(brightness.forward(x)), 1 - 2, 1 + 6);
});

test("crops are found everywhere, at one place for a batch", () => {
  setSeed(3);
  const layer = new nabla.RandomCrop(2, 2);
  layer.train();
  const x = reshape(range(0, 12), [1, 4, 3, 1]).add(nabla.zeros([2, 1, 1, 1]));
  const corners = Array.from({ length: 100 }, () => {
    const y = layer.forward(x).array() as number[][][][];
    expect(y[1]).toEqual(y[0]);
    return y[0][0][0][0];
  });
  expect([...new Set(corners)].sort((a, b) => a - b)).toEqual([0, 1, 3, 4, 6, 7]);
});

test("refuses what is no factor, range, mode or picture", () => {
  const refused: [() => unknown, string][] = [
    [() => new nabla.RandomRotation(2), "RandomRotation: expected a number in [-1, 1], or two, for factor but received 2"],
    [() => new nabla.RandomTranslation(0.1, [0, 3]), "RandomTranslation: expected a number in [-1, 1], or two, for widthFactor but received [0, 3]"],
    [() => new nabla.RandomZoom(0.1, { fillMode: "mirror" as never }), 'RandomZoom: expected one of constant, nearest, reflect, wrap for fillMode but received "mirror"'],
    [() => new nabla.RandomContrast(0.1, { valueRange: [1] }), "RandomContrast: expected two numbers for valueRange but received [1]"],
    [() => new nabla.RandomFlip("both" as never), 'RandomFlip: expected one of horizontal, vertical, horizontalAndVertical for mode but received "both"'],
    [() => new nabla.RandomFlip().forward(ones([2, 3, 3])), "RandomFlip: expected [batch, height, width, channels] for x but received float32[2, 3, 3]"],
  ]; // prettier-ignore
  for (const [call, message] of refused) expect(call).toThrow(message);
});
