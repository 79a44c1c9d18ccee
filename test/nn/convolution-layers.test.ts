/** Layers of convolutions and pooling: layouts, defaults, and what they refuse. */

import {
  AveragePooling2D,
  Conv1D,
  Conv2D,
  Conv2DTranspose,
  Conv3D,
  DepthwiseConv2D,
  GlobalAveragePooling2D,
  GlobalMaxPooling1D,
  type Layer,
  MaxPooling2D,
  SeparableConv2D,
  type Tensor,
  assign,
  input,
  ones,
  randomNormal,
  transpose,
} from "../../src";
import { compiled, leakFree } from "../helpers/leak-free";

const check = (title: string, body: () => void): void => test(title, leakFree(body));

type PictureLayer = Layer<object> & { forward(x: Tensor): Tensor };

const FIRST = [0, 3, 1, 2];
const LAST = [0, 2, 3, 1];

const LAYOUTS: [string, (options: object) => PictureLayer][] = [
  ["Conv2D", (options) => new Conv2D(4, 2, { activation: "relu", ...options })],
  ["Conv2DTranspose", (options) => new Conv2DTranspose(4, 2, options)],
  ["DepthwiseConv2D", (options) => new DepthwiseConv2D([1, 2], options)],
  ["SeparableConv2D", (options) => new SeparableConv2D(4, 2, options)],
  ["MaxPooling2D", (options) => new MaxPooling2D([2, 1], options)],
  ["AveragePooling2D", (options) => new AveragePooling2D(2, { padding: "same", ...options })],
  [
    "GlobalAveragePooling2D",
    (options) => new GlobalAveragePooling2D({ keepdims: true, ...options }),
  ],
];

describe.each(LAYOUTS)("%s", (_name, create) => {
  check("gives the same with the channels first, of the same weights", () => {
    const [last, first] = [create({}), create({ dataFormat: "channels_first" })];
    const x = randomNormal([2, 5, 4, 3]);
    const y = last.forward(x);
    first.build([null, 3, 5, 4]);
    first.loadState(last.state());
    expect(transpose(first.forward(transpose(x, FIRST)), LAST).array()).toEqual(y.array());
  });
});

describe("convolutions", () => {
  check("start with Keras' weights, in Keras' order", () => {
    const layer = new SeparableConv2D(5, [3, 2], { depthMultiplier: 2 });
    layer.build([null, 6, 6, 4]);
    expect(layer.weights.map(({ shape }) => shape)).toEqual([[3, 2, 4, 2], [1, 1, 8, 5], [5]]);
    const conv = new Conv2D(64, 3);
    conv.build([null, 8, 8, 32]);
    const limit = Math.sqrt(6 / (9 * 32 + 9 * 64));
    const greatest = conv.kernel!.abs().max().item();
    expect(greatest).toBeLessThanOrEqual(limit);
    expect(greatest).toBeGreaterThan(0.99 * limit);
    expect(conv.bias!.abs().max().item()).toBe(0);
  });

  check("keep to the number of channels they were built for", () => {
    const layer = new Conv2D(2, 2);
    layer.build([null, 4, 4, 3]);
    expect(() => layer.forward(ones([1, 4, 4, 2]))).toThrow(
      "Conv2D: expected float32[batch, height, width, 3] for x but received float32[1, 4, 4, 2]",
    );
    expect(layer.forward(ones([0, 4, 4, 3])).shape).toEqual([0, 3, 3, 2]);
  });

  check("carry sizes of pictures that are unknown", () => {
    const y = new Conv2D(2, 3).forward(input({ shape: [null, 7, 3] }));
    expect(y.shape).toEqual([null, null, 5, 2]);
    expect(new MaxPooling2D().forward(y).shape).toEqual([null, null, 2, 2]);
    expect(() => new Conv2DTranspose(2, 3).forward(y)).toThrow(
      "Conv2DTranspose: expected a known size of axis 1",
    );
  });
});

// What is made or called, and what is said of it.
const BAD: [string, () => unknown, string][] = [
  [
    "a kernel larger than the picture",
    () => new Conv2D(2, 3).forward(ones([1, 2, 5, 1])),
    "Conv2D: expected a kernelSize within the input, [null, 2, 5, 1], but received [3, 3]",
  ],
  [
    "a kernel that is too large where it is spread",
    () => new Conv1D(2, 3, { dilationRate: 4 }).build([null, 8, 1]),
    "Conv1D: expected a kernelSize within the input, [null, 8, 1], but received [3], which span [9];",
  ],
  [
    "windows larger than the picture",
    () => new MaxPooling2D(3).forward(ones([1, 2, 5, 1])),
    'MaxPooling2D: expected a poolSize within the input, [null, 2, 5, 1], but received [3, 3]; use padding "same"',
  ],
  [
    "strides of 0",
    () => new Conv2D(2, 3, { strides: 0 }),
    "Conv2D: expected a positive integer, or an array of 2, for strides but received 0",
  ],
  [
    "a stride of 0 on one axis",
    () => new MaxPooling2D(2, { strides: [1, 0] }),
    "MaxPooling2D: expected a positive integer, or an array of 2, for strides but received [1, 0]",
  ],
  [
    "a kernel of another rank",
    () => new Conv3D(2, [3, 3]),
    "Conv3D: expected a positive integer, or an array of 3, for kernelSize but received [3, 3]",
  ],
  ["no filters", () => new Conv2D(0, 3), "Conv2D: expected a positive integer for filters"],
  [
    "filters not divisible by groups",
    () => new Conv2D(4, 3, { groups: 3 }),
    "Conv2D: expected filters in a multiple of groups, 3, but received 4",
  ],
  [
    "channels not divisible by groups",
    () => new Conv2D(4, 3, { groups: 2 }).forward(ones([1, 4, 4, 3])),
    "Conv2D: expected channels in a multiple of groups, 2, for inputShape but received [null, 4, 4, 3]",
  ],
  [
    "a causal convolution of pictures",
    () => new Conv2D(4, 3, { padding: "causal" as never }),
    'Conv2D: expected one of valid, same for padding but received "causal"',
  ],
  [
    "another layout",
    () => new Conv2D(4, 3, { dataFormat: "nchw" as never }),
    'Conv2D: expected one of channelsLast, channelsFirst for dataFormat but received "nchw"',
  ],
  [
    "an outputPadding as large as the strides",
    () => new Conv2DTranspose(2, 3, { strides: 2, outputPadding: 2 }),
    "Conv2DTranspose: expected an outputPadding less than the strides, [2, 2], but received [2, 2]",
  ],
  [
    "pictures for sequences",
    () => new GlobalMaxPooling1D().forward(ones([2, 3, 3, 1])),
    "GlobalMaxPooling1D: expected float[batch, steps, channels] for x but received float32[2, 3, 3, 1]",
  ],
  [
    "a picture without a batch",
    () => new Conv2D(2, 3).forward(ones([5, 5, 1])),
    "Conv2D: expected float32[batch, height, width, channels] for x but received float32[5, 5, 1]; use expandDims(x, 0)",
  ],
  [
    "an option of another name",
    () => new Conv2D(2, 3, { stride: 2 } as never),
    "but received stride",
  ],
];

test.each(BAD)(
  "refuse %s",
  leakFree((_title, fn, message) => {
    expect(fn).toThrow(message);
  }),
);

// Layers that plans run as one step, or as two where the activation needs whole rows.
const FUSED: [string, () => PictureLayer, number[]][] = ["relu", "sigmoid", "tanh", "linear", "elu"]
  .flatMap((activation) => [
    { activation },
    { activation, groups: 3, padding: "same" },
    { activation, strides: 2, dilationRate: 1 },
    { activation, dilationRate: 2, dtype: "float64" },
  ])
  .flatMap((options): [string, () => PictureLayer, number[]][] => [
    [`Conv1D ${JSON.stringify(options)}`, () => new Conv1D(6, 3, options as object), [9, 9, 3]],
    [`Conv2D ${JSON.stringify(options)}`, () => new Conv2D(6, 3, options as object), [2, 7, 8, 3]],
    [
      `Conv3D ${JSON.stringify(options)}`,
      () => new Conv3D(9, 2, options as object),
      [9, 4, 5, 4, 3],
    ],
  ]);

test.each(FUSED)(
  "fuse %s without changing its result",
  leakFree((_title, create, shape) => {
    const layer = create();
    const x = randomNormal(shape, 0, 1, layer.dtype);
    layer.forward(x);
    for (const weight of layer.weights)
      assign(weight, randomNormal(weight.shape, 0, 1, weight.dtype));
    const forward = (given: Tensor): Tensor => layer.forward(given);
    const [fused, plain] = [true, false].map((fuse) => compiled(forward, { fuse }));
    expect(fused.plan(x)).toContain("convBias");
    expect(plain.plan(x)).not.toContain("convBias");
    expect(fused(x).sub(plain(x)).abs().max().item()).toBeLessThan(1e-5);
  }),
);

check("leave no weights behind where the input does not fit", () => {
  const layer = new Conv2D(4, 3, { groups: 2 });
  expect(() => layer.forward(ones([1, 2, 4, 2]))).toThrow("kernelSize within the input");
  expect([layer.isBuilt, layer.weights]).toEqual([false, []]);
  expect(layer.forward(ones([1, 3, 4, 2])).shape).toEqual([1, 1, 2, 4]);
});
