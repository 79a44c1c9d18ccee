/** Options of fit and evaluate beside those that test/training/keras-fit.test.ts compares with Keras. */

import {
  Dataset,
  Dense,
  type FitOptions,
  type Model,
  Sequential,
  type Tensor,
  losses,
  metrics,
  optimizers,
  tensor,
} from "../../src";
import { leakFreeAsync, own } from "../helpers/leak-free";

const silent = { verbose: 0 } as const;

function model(rate = 0, units = 1): Model {
  const made = own(new Sequential([new Dense(units, { kernelInitializer: "zeros" })]));
  made.build([null, 1]);
  return made.compile({ optimizer: new optimizers.SGD(rate), loss: "mse" });
}

/** Samples 0, 1, 2, ...; of a model that predicts 0 their loss is their square. */
function counted(samples: number): [Tensor, Tensor] {
  const values = Float32Array.from({ length: samples }, (_, i) => i);
  return [own(tensor(values)), own(tensor(values))];
}

const mean = (...values: number[]): number =>
  values.reduce((sum, value) => sum + value * value, 0) / values.length;

describe.each([
  ["in memory", (data: Dataset<[Tensor, Tensor]>) => data],
  ["fed", (data: Dataset<[Tensor, Tensor]>) => data.map((element) => element)],
] as const)("stepsPerEpoch over data %s", (_, change) => {
  const run = async (samples: number, stepsPerEpoch: number, endless = false) => {
    const batches = Dataset.fromTensorSlices(counted(samples)).batch(1);
    const data = change(endless ? batches.repeat() : batches);
    const { history } = await model().fit(data, { epochs: 3, stepsPerEpoch, ...silent });
    return history.loss;
  };

  test(
    "goes on where the epoch before ended, and anew after the end",
    leakFreeAsync(async () => {
      expect(await run(4, 2)).toEqual([mean(0, 1), mean(2, 3), mean(0, 1)]);
      expect(await run(3, 2)).toEqual([mean(0, 1), mean(2), mean(0, 1)]);
      expect(await run(2, 5)).toEqual([mean(0, 1), mean(0, 1), mean(0, 1)]);
      expect(await run(3, 2, true)).toEqual([mean(0, 1), mean(2, 0), mean(1, 2)]);
    }),
  );

  test(
    "lets a dataset without an end be evaluated by steps",
    leakFreeAsync(async () => {
      const data = change(Dataset.fromTensorSlices(counted(3)).batch(1).repeat());
      const { loss } = await model().evaluate(data, { steps: 4 });
      expect(loss).toBeCloseTo(mean(0, 1, 2, 0));
      const endless = model().fit(data, { ...silent, validationData: data, stepsPerEpoch: 1 });
      await expect(endless).rejects.toThrow("fit: validationData: expected a dataset that ends");
      await model().fit(data, {
        ...{ validationData: data, stepsPerEpoch: 1, validationSteps: 1 },
        ...silent,
      });
    }),
  );
});

test(
  "x with one axis is samples of one number",
  leakFreeAsync(async () => {
    const trained = own(new Sequential([new Dense(1)])).compile({
      optimizer: new optimizers.Adam(0.5),
      loss: "mse",
    });
    const { history } = await trained.fit([1, 2, 3, 4], [1, 3, 5, 7], { epochs: 200, ...silent });
    expect(history.loss[199]).toBeLessThan(0.1);
    const predicted = own(await trained.predict([5, 6]));
    expect(predicted.shape).toEqual([2, 1]);
    expect(predicted.data()[0]).toBeCloseTo(9, 0);
    const { loss } = await trained.evaluate([1, 2], [1, 3]);
    expect(loss).toBeLessThan(0.2);
  }),
);

test(
  "a single sample of several numbers is told to be put into brackets",
  leakFreeAsync(async () => {
    const wide = own(new Sequential([new Dense(2)])).build([null, 4]);
    wide.compile({ optimizer: "sgd", loss: "mse" });
    await expect(wide.predict([0.1, 0.2, 0.3, 0.4])).rejects.toThrow(
      "expected samples [n, 4] for x but received float32[4], which is 4 samples of one number; put a " +
        "single sample into brackets, [x]",
    );
    await expect(wide.fit([1, 2, 3, 4], [1, 2, 3, 4], silent)).rejects.toThrow(/into brackets/);
    expect(own(await wide.predict([[0.1, 0.2, 0.3, 0.4]])).shape).toEqual([1, 2]);
  }),
);

test(
  "weights of classes go by labels, one-hot rows, and those of a dataset",
  leakFreeAsync(async () => {
    const x = own(tensor([[0], [0], [0]]));
    const hot = own(tensor([[1, 0], [0, 1], [0, 1]])); // prettier-ignore
    const labels = own(tensor([0, 1, 1], undefined, "int32"));
    const logs = async (
      y: Tensor,
      loss: losses.Loss<object>,
      options: FitOptions,
    ): Promise<number> => {
      const twoClasses = model(0, 2).compile({ optimizer: new optimizers.SGD(0), loss });
      const { history } = await twoClasses.fit(x, y, { ...silent, ...options });
      return history.loss[0];
    };
    const fromLogits = true;
    const dense = new losses.CategoricalCrossentropy({ fromLogits });
    const sparse = new losses.SparseCategoricalCrossentropy({ fromLogits });
    const expected = (Math.LN2 * (1 + 3 + 3)) / 3;
    expect(await logs(hot, dense, { classWeight: { 1: 3 } })).toBeCloseTo(expected);
    expect(await logs(labels, sparse, { classWeight: [1, 3] })).toBeCloseTo(expected);
    expect(await logs(labels, sparse, { sampleWeight: [1, 3, 3] })).toBeCloseTo(expected);
    const elements = Dataset.fromTensorSlices([x, labels, own(tensor([1, 3, 3]))] as const);
    const twoClasses = model(0, 2).compile({ optimizer: new optimizers.SGD(0), loss: sparse });
    const { history } = await twoClasses.fit(elements.batch(2), silent);
    expect(history.loss[0]).toBeCloseTo(expected);
  }),
);

const refused: [string, FitOptions, RegExp][] = [
  ["stepsPerEpoch", { stepsPerEpoch: 0 }, /integer of at least 1 for stepsPerEpoch/],
  ["validationSteps", { validationSteps: 1.5 }, /for validationSteps but received 1.5/],
  ["validationFreq", { validationFreq: 0 }, /for validationFreq but received 0/],
  ["validationBatchSize", { validationBatchSize: -1 }, /for validationBatchSize but received -1/],
  ["classWeight", { classWeight: { 1: -1 } }, /by label for classWeight but received 1: -1/],
  ["sampleWeight", { sampleWeight: [1, 2] }, /as many rows in x, y and sampleWeight/],
  ["both", { sampleWeight: [1, 2], classWeight: {} }, /sampleWeight or classWeight but/],
  [
    "a callback of Keras' names",
    { callbacks: { on_epoch_end: () => undefined } as object },
    /expected onEpochEnd for callbacks but received on_epoch_end/,
  ],
];

test.each(refused)("%s that cannot be is refused", async (_, options, message) => {
  await leakFreeAsync(async () => {
    const [x, y] = counted(3);
    await expect(model().fit(x, y, { ...silent, ...options })).rejects.toThrow(message);
  })();
});

describe("outputs by name", () => {
  test("losses and metrics that belong to no output are refused", async () => {
    const compile = (options: object): void =>
      void model().compile({ optimizer: "sgd", ...options } as never);
    expect(() => compile({ loss: { a: "mse" }, metrics: { a: 5 } })).toThrow(
      /metrics but received 5/,
    );
    expect(() => compile({ loss: {} })).toThrow(/a loss for one output at least/);
    expect(() => compile({ loss: "mse", metrics: 5 })).toThrow(
      /an array for metrics but received 5/,
    );
    const named = model().compile({ optimizer: "sgd", loss: { a: "mse" } });
    await expect(named.fit(...counted(2), silent)).rejects.toThrow(
      "expected a tensor for the output a in y but received one tensor",
    );
  });

  test("metrics of the same name are told apart", async () => {
    const twice = model().compile({
      optimizer: new optimizers.SGD(0),
      loss: "mse",
      metrics: ["mae", new metrics.MeanAbsoluteError({ name: "mae" })],
      weightedMetrics: ["mae"],
    });
    const { history } = await twice.fit(...counted(3), { ...silent, sampleWeight: [0, 0, 1] });
    expect(Object.keys(history)).toEqual(["loss", "mae", "mae2", "weightedMae"]);
    expect(history.mae[0]).toBe(1);
    expect(history.weightedMae[0]).toBe(2);
  });
});

test("weights in the data and as an option are refused together", async () => {
  const [x, y] = counted(2);
  const weights = own(tensor([1, 2]));
  await expect(
    model().fit([x, y, weights] as never, undefined as never, { ...silent, sampleWeight: [1, 2] }),
  ).rejects.toThrow("expected weights in [x, y, sampleWeight] or as the option sampleWeight");
});

test("a metric that gives one number a batch weighs by class", async () => {
  const mae = (y: Tensor, p: Tensor): Tensor => losses.meanAbsoluteError(y, p).mean();
  const weighted = own(new Sequential([new Dense(1, { kernelInitializer: "zeros" })]));
  weighted.compile({ optimizer: new optimizers.SGD(0), loss: "mse", weightedMetrics: [mae] });
  const [x, y] = counted(3);
  const { history } = await weighted.fit(x, y, { ...silent, classWeight: { 0: 1, 1: 2, 2: 3 } });
  expect(Object.values(history).map(([value]) => value)).toContain(1);
});
