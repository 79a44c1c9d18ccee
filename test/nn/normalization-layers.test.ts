/** Normalisation: statistics, modes, what training keeps, and what is refused. */

import {
  BatchNormalization,
  Conv2D,
  Dense,
  Flatten,
  GradientTape,
  GroupNormalization,
  LayerNormalization,
  RMSNormalization,
  Sequential,
  type Tensor,
  mean,
  ones,
  optimizers,
  randomNormal,
  squaredDifference,
  tensor,
  tidy,
  zeros,
} from "../../src";
import { compiled, leakFree, leakFreeAsync, own } from "../helpers/leak-free";

const check = (title: string, body: () => void): void => test(title, leakFree(body));

describe("BatchNormalization", () => {
  // Of each column: mean and biased variance.
  const X = [[1, 10], [2, 10], [3, 40], [6, 20]]; // prettier-ignore
  const MEANS = [3, 20];
  const VARIANCES = [3.5, 150];

  check("normalises by the batch in training, and lets the moving statistics follow", () => {
    const layer = new BatchNormalization({ momentum: 0.75, epsilon: 1e-5, dtype: "float64" });
    const x = tensor(X, undefined, "float64");
    expect(layer.forward(x).sub(x).abs().max().item()).toBeLessThan(2e-4); // moments 0 and 1 so far
    const y = layer.train().forward(x);
    const found = y.array() as number[][];
    X.forEach((row, i) =>
      row.forEach((value, c) =>
        expect(found[i][c]).toBeCloseTo((value - MEANS[c]) / Math.sqrt(VARIANCES[c]), 4),
      ),
    );
    expect(layer.movingMean!.array()).toEqual(MEANS.map((value) => 0.25 * value));
    expect(layer.movingVariance!.array()).toEqual(VARIANCES.map((value) => 0.75 + 0.25 * value));
    const kept = layer.movingMean!.array();
    layer.eval().forward(x);
    expect(layer.movingMean!.array()).toEqual(kept);
  });

  check("computes as in inference where it is frozen", () => {
    const layer = new BatchNormalization();
    layer.forward(ones([1, 2]));
    layer.trainable = false;
    const y = layer.train().forward(tensor(X));
    expect(y.array()).toEqual(layer.eval().forward(tensor(X)).array());
    expect(layer.movingMean!.array()).toEqual([0, 0]);
    expect([layer.trainableWeights.length, layer.weights.length]).toEqual([0, 4]);
  });

  check("has Keras' weights in Keras' order", () => {
    const layer = new BatchNormalization();
    layer.build([null, 5, 3]);
    expect(layer.namedWeights().map(([name]) => name)).toEqual([
      "gamma",
      "beta",
      "movingMean",
      "movingVariance",
    ]);
    expect(layer.trainableWeights.length).toBe(2);
    expect([layer.options.momentum, layer.options.epsilon]).toEqual([0.99, 0.001]);
    expect(() => layer.forward(ones([2, 5]))).toThrow(
      "BatchNormalization: expected float32[batch, ..., 3] for x but received float32[2, 5]",
    );
  });

  check("is exact far from 0, where squares would lose their digits", () => {
    const far = tensor([[10000.5], [10001.5]]);
    const layer = new BatchNormalization({ epsilon: 1e-7 }).train();
    expect(layer.forward(far).array()).toEqual([[expect.closeTo(-1, 3)], [expect.closeTo(1, 3)]]);
  });

  check("keeps its statistics at a batch without samples", () => {
    const layer = new BatchNormalization().train();
    expect(layer.forward(zeros([0, 2])).shape).toEqual([0, 2]);
    expect(layer.movingVariance!.array()).toEqual([1, 1]);
  });

  check("follows each batch once, captured as by hand", () => {
    const batches = [1, 2, 3].map((seed) => randomNormal([8, 3], seed, seed));
    const run = (wrap: (fn: (x: Tensor) => Tensor) => (x: Tensor) => Tensor): unknown[] => {
      const model = new Sequential([new BatchNormalization({ momentum: 0.5 })]).train();
      const step = wrap((x) => {
        const tape = new GradientTape();
        const loss = tape.record(() => mean(squaredDifference(model.forward(x), x)));
        new optimizers.SGD(0.1).applyGradients(
          tape.gradient(loss, model.trainableWeights),
          model.trainableWeights,
        );
        return loss;
      });
      model.build([null, 3]);
      batches.forEach((batch) => step(batch));
      return model.weights.map((weight) => Array.from(weight.data()));
    };
    const eager = run((fn) => fn);
    const captured = run((fn) => compiled(fn));
    captured.forEach((values, i) =>
      (values as number[]).forEach((value, k) =>
        expect(value).toBeCloseTo((eager[i] as number[])[k], 5),
      ),
    );
  });

  test(
    "is trained by fit, and evaluated and predicted by its moving statistics",
    leakFreeAsync(async () => {
      const layer = new BatchNormalization({ momentum: 0.5 });
      const model = own(new Sequential([new Conv2D(3, 2), layer, new Flatten(), new Dense(1)]));
      const x = own(tidy(() => randomNormal([16, 4, 4, 2], 3, 2)));
      const y = own(tidy(() => x.mean([1, 2, 3]).reshape([16, 1])));
      model.compile({ optimizer: new optimizers.Adam(0.01), loss: "mse" });
      const { history } = await model.fit(x, y, { epochs: 20, batchSize: 8, verbose: 0 });
      expect(history.loss[19]).toBeLessThan(0.5 * history.loss[0]);
      expect(layer.training).toBe(false);
      const before = layer.movingMean!.array();
      expect(before).not.toEqual([0, 0, 0]);
      const predicted = own(await model.predict(x));
      const forward = tidy(() => model.forward(x).array()) as number[][];
      (predicted.array() as number[][]).forEach(([value], i) =>
        expect(value).toBeCloseTo(forward[i][0], 4),
      );
      expect(layer.movingMean!.array()).toEqual(before);
    }),
  );
});

check("LayerNormalization has weights of the sizes of its axes", () => {
  const layer = new LayerNormalization({ axis: [-1, 1] });
  layer.build([null, 3, 4, 5]);
  expect(layer.weights.map(({ shape }) => shape)).toEqual([[3, 5], [3, 5]]); // prettier-ignore
  const rms = new RMSNormalization();
  rms.build([null, 3, 4]);
  expect(rms.weights.map(({ shape }) => shape)).toEqual([[4]]);
});

// What is made or called, and what is said of it.
const BAD: [string, () => unknown, string][] = [
  [
    "channels not divisible by groups",
    () => new GroupNormalization({ groups: 3 }).forward(ones([2, 5, 4])),
    "GroupNormalization: expected channels in a multiple of groups, 3, on axis 2 of inputShape but received [null, 5, 4]",
  ],
  [
    "no groups",
    () => new GroupNormalization({ groups: 0 }),
    "GroupNormalization: expected a positive integer, or -1, for groups but received 0",
  ],
  [
    "an axis that is not there",
    () => new LayerNormalization({ axis: 3 }).forward(ones([2, 3])),
    "LayerNormalization: expected an axis in [-2, 2) but received 3",
  ],
  [
    "an axis of unknown size",
    () => new BatchNormalization().build([null, null]),
    "BatchNormalization: expected a known size of axis 1 for inputShape but received [null, null]",
  ],
  [
    "a momentum above 1",
    () => new BatchNormalization({ momentum: 1.5 }),
    "BatchNormalization: expected a finite number in [0, 1] for momentum but received 1.5",
  ],
  [
    "an epsilon of 0",
    () => new LayerNormalization({ epsilon: 0 }),
    "LayerNormalization: expected a finite number > 0 for epsilon but received 0",
  ],
  [
    "integers",
    () => new BatchNormalization().forward(ones([2, 3], "int32")),
    "BatchNormalization: expected float32[batch, ..., channels] for x but received int32[2, 3]",
  ],
];

test.each(BAD)(
  "refuse %s",
  leakFree((_title, fn, message) => {
    expect(fn).toThrow(message);
  }),
);
