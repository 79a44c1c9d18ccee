/** Layers without kernels of their own: what is special about each, and what they refuse. */

import {
  ActivityRegularization,
  Add,
  AlphaDropout,
  Concatenate,
  Cropping1D,
  Cropping2D,
  Dense,
  Dot,
  GaussianNoise,
  Identity,
  Lambda,
  Model,
  PReLU,
  Permute,
  ReLU,
  RepeatVector,
  Reshape,
  Resizing,
  Sequential,
  SpatialDropout2D,
  Subtract,
  UnitNormalization,
  UpSampling2D,
  ZeroPadding2D,
  input,
  ones,
  optimizers,
  randomNormal,
  register,
  tensor,
  tidy,
  zeros,
} from "../../src";
import { serialize } from "../../src/nn/serialization";
import { leakFree, leakFreeAsync, own } from "../helpers/leak-free";

const check = (title: string, body: () => void): void => test(title, leakFree(body));

check("a Lambda computes any function, and is saved by the name of a registered one", () => {
  const x = tensor([1, 2]);
  expect(new Lambda((y: typeof x) => y.add(1)).forward(x).array()).toEqual([2, 3]);
  expect(() => serialize(new Lambda((y: typeof x) => y.add(1)))).toThrow("call register(name, it)");
  register("simpleLayersTwice", (y: typeof x): unknown => y.mul(2));
  expect(new Lambda("simpleLayersTwice").forward(x).array()).toEqual([2, 4]);
  expect(() => new Lambda("noSuchFunction")).toThrow('for fn but received "noSuchFunction"');
});

check("Reshape carries unknown sizes, and sizes that follow from others", () => {
  expect(new Reshape([3, -1]).outputShape([null, 2, 6])).toEqual([null, 3, 4]);
  expect(new Reshape([]).forward(ones([4, 1])).shape).toEqual([4]);
  expect(() => new Reshape([5]).forward(ones([2, 6]))).toThrow(
    "Reshape: expected 6 elements, those of a sample of float32[2, 6], for targetShape but received [5]",
  );
  expect(() => new Reshape([-1, -1])).toThrow("Reshape: expected one -1 at most for targetShape");
});

check("spatial dropout drops whole channels", () => {
  const layer = new SpatialDropout2D(0.5, { seed: 3 }).train();
  const sums = layer
    .forward(ones([50, 2, 3, 8]))
    .sum([1, 2])
    .data();
  expect(new Set(sums)).toEqual(new Set([0, 12]));
  expect(
    layer
      .eval()
      .forward(ones([1, 2, 2, 1]))
      .sum()
      .item(),
  ).toBe(4);
});

check("noise is drawn in training alone", () => {
  const x = zeros([1000]);
  for (const layer of [new GaussianNoise(0.5, { seed: 1 }), new AlphaDropout(0.2, { seed: 1 })]) {
    expect(layer.forward(x).abs().max().item()).toBe(0);
    expect(layer.train().forward(x).abs().max().item()).toBeGreaterThan(0.1);
  }
});

check("UnitNormalization leaves zeros as they are", () => {
  const y = new UnitNormalization().forward(tensor([[3, 4], [0, 0]])); // prettier-ignore
  expect(y.array()).toEqual([
    [expect.closeTo(0.6, 6), expect.closeTo(0.8, 6)],
    [0, 0],
  ]);
});

check("ReLU takes options, PReLU learns one slope for shared axes", () => {
  const x = tensor([[-2, 0.5, 3]]);
  const relu = new ReLU({ maxValue: 2, negativeSlope: 0.5, threshold: 1 });
  expect(relu.forward(x).array()).toEqual([[-1.5, -0.25, 2]]);
  const prelu = new PReLU({ sharedAxes: [1, 2] });
  prelu.build([null, 5, 4, 3]);
  expect(prelu.alpha!.shape).toEqual([1, 1, 3]);
  prelu.build([null, 7, 7, 3]); // other sizes along shared axes
  expect(() => prelu.build([null, 5, 4, 2])).toThrow("PReLU: expected [batch, axis 1, axis 2, 3]");
});

test(
  "a model with a residual connection learns",
  leakFreeAsync(async () => {
    const x = input({ shape: [4] });
    const hidden = new Dense(4, { activation: "relu" }).forward(x);
    const both = new Concatenate().forward([new Add().forward([x, hidden]), hidden]);
    const model = own(new Model({ inputs: x, outputs: new Dense(1).forward(both) }));
    const data = own(tidy(() => randomNormal([64, 4])));
    const y = own(tidy(() => data.sum(1, true).abs()));
    model.compile({ optimizer: new optimizers.Adam(0.02), loss: "mse" });
    const { history } = await model.fit(data, y, { epochs: 12, batchSize: 8, verbose: 0 });
    expect(history.loss[11]).toBeLessThan(0.6 * history.loss[0]);
  }),
);

test(
  "ActivityRegularization adds to the loss, once a sample",
  leakFreeAsync(async () => {
    const layer = new ActivityRegularization({ l1: 0.5, l2: 0.25 });
    expect(JSON.stringify(layer.config())).not.toContain("activityRegularizer");
    const model = own(new Sequential([layer]));
    const x = own(tensor([[1, -2], [0, 2]])); // prettier-ignore
    model.compile({ optimizer: "sgd", loss: "mse" });
    const found = (await model.evaluate(x, x)) as unknown;
    // (0.5 (1 + 2 + 0 + 2) + 0.25 (1 + 4 + 0 + 4)) / 2 samples
    expect(JSON.stringify(found)).toContain("2.375");
  }),
);

// What is made or called, and what is said of it.
const BAD: [string, () => unknown, string][] = [
  [
    "merging one tensor that is no array",
    () => new Add().forward(ones([2, 3]) as never),
    "Add: expected an array of tensors for x but received float32[2, 3]",
  ],
  [
    "merging nothing",
    () => new Add().forward([]),
    "Add: expected at least one tensor for x but received an empty array",
  ],
  [
    "subtracting three",
    () => new Subtract().forward([1, 2, 3].map(() => ones([2, 3]))),
    "Subtract: expected two tensors for x but received 3",
  ],
  [
    "summing over axes of other sizes",
    () => new Dot(1).forward([ones([2, 3]), ones([2, 4])]),
    "Dot: expected as many elements along the axes summed over for x but received float32[2, 3] and float32[2, 4]",
  ],
  [
    "summing over the batch",
    () => new Dot(0).forward([ones([2, 3]), ones([2, 3])]),
    "Dot: expected an axis in [1, 2) of x[0], float32[2, 3], but received 0",
  ],
  [
    "an order that is none",
    () => new Permute([1, 3]),
    "Permute: expected each of 1, 2, ... once for dims but received [1, 3]",
  ],
  [
    "an order of other axes",
    () => new Permute([2, 1]).forward(ones([2, 3])),
    "Permute: expected [batch, axis 1, axis 2] for x but received float32[2, 3]",
  ],
  [
    "repeating more than vectors",
    () => new RepeatVector(2).forward(ones([2, 3, 4])),
    "RepeatVector: expected [batch, features] for x but received float32[2, 3, 4]",
  ],
  [
    "cutting off everything",
    () => new Cropping1D(2).forward(ones([1, 4, 2])),
    "Cropping1D: expected more than 4 elements, which are cut off, on axis 1 of x but received float32[1, 4, 2]",
  ],
  [
    "negative cropping",
    () => new Cropping2D([-1, 0]),
    "Cropping2D: expected a non-negative integer, 2 of them, or a pair for each axis, for cropping but received [-1,0]",
  ],
  [
    "padding of another rank",
    () => new ZeroPadding2D([1, 2, 3]),
    "ZeroPadding2D: expected a non-negative integer, 2 of them, or a pair for each axis, for padding but received [1,2,3]",
  ],
  [
    "an interpolation of another name",
    () => new UpSampling2D(2, { interpolation: "cubic" as never }),
    'UpSampling2D: expected one of nearest, bilinear, bicubic, lanczos3, lanczos5 for interpolation but received "cubic"',
  ],
  [
    "a size of 0",
    () => new Resizing(0, 3),
    "Resizing: expected a positive integer for height but received 0",
  ],
  [
    "integers to resize",
    () => new Resizing(2, 2).forward(ones([1, 3, 3, 1], "uint8")),
    "Resizing: expected float[batch, height, width, channels] for x but received uint8[1, 3, 3, 1]; use Rescaling or cast",
  ],
  ["a rate above 1", () => new SpatialDropout2D(1.5), "SpatialDropout2D: expected a finite number"],
  [
    "a second regularizer",
    () => new ActivityRegularization({ activityRegularizer: "l2" } as never),
    "but received activityRegularizer",
  ],
  [
    "unknown options",
    () => new Identity({ rate: 1 } as never),
    "Identity: expected options among name, dtype, trainable, activityRegularizer but received rate",
  ],
];

test.each(BAD)(
  "refuse %s",
  leakFree((_title, fn, message) => {
    expect(fn).toThrow(message);
  }),
);
