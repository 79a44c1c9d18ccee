import {
  Dataset,
  Dense,
  Dropout,
  GradientTape,
  type Model,
  Sequential,
  type Tensor,
  getThreads,
  jit,
  losses,
  metrics,
  optimizers,
  randomUniform,
  setSeed,
  setThreads,
  tensor,
  tidy,
} from "../../src";
import { native } from "../../src/addon/native";
import { leakFreeAsync, own } from "../helpers/leak-free";

const SAMPLES = 90;
const FEATURES = 12;
const CLASSES = 4;

interface Samples {
  x: Tensor;
  y: Tensor;
}

/** Frees the tensors that seeding needs. */
function seed(value: number): void {
  tidy(() => setSeed(value));
}

/** Points around one centre a class. */
function samples(count = SAMPLES): Samples {
  const labels = Int32Array.from({ length: count }, (_, i) => (i * 7) % CLASSES);
  const noise = randomUniform([count, FEATURES]);
  const data = noise.data().map((value, i) => {
    const label = labels[Math.floor(i / FEATURES)];
    return value + (i % CLASSES === label ? 1 : 0);
  });
  noise.dispose();
  return { x: own(tensor(data, [count, FEATURES])), y: own(tensor(labels)) };
}

function classifier(): Model {
  const model = new Sequential([
    new Dense(24, { activation: "relu" }),
    new Dropout(0.2),
    new Dense(CLASSES, { activation: "softmax" }),
  ]);
  return own(model);
}

function compiled(model = classifier()): Model {
  return model.compile({
    optimizer: new optimizers.Adam(0.01),
    loss: "sparseCategoricalCrossentropy",
    metrics: ["accuracy"],
  });
}

function weightsOf(model: Model): number[][] {
  return model.weights.map((weight) => [...weight.data()]);
}

const silent = { verbose: 0 } as const;

/** The loop by hand: mean losses and accuracies of each epoch. */
function trainByHand(model: Model, data: Dataset<[Tensor, Tensor]>, epochs: number): number[][] {
  const optimizer = new optimizers.Adam(0.01);
  const loss = new metrics.Mean();
  const accuracy = new metrics.SparseCategoricalAccuracy();
  const step = own(
    jit((x: Tensor, y: Tensor) => {
      const tape = new GradientTape();
      const { mean, each, predicted } = tape.record(() => {
        const predicted = model.forward(x);
        const each = losses.sparseCategoricalCrossentropy(y, predicted);
        return { mean: each.mean(), each, predicted };
      });
      const weights = model.trainableWeights;
      optimizer.applyGradients(tape.gradient(mean, weights), weights);
      loss.update(each);
      accuracy.update(y, predicted);
    }),
  );
  model.train();
  const epoch = (): number[] => {
    loss.reset();
    accuracy.reset();
    for (const [x, y] of data) step(x, y);
    return [loss.result(), accuracy.result()];
  };
  return Array.from({ length: epochs }, () => tidy(epoch));
}

describe("fit", () => {
  const threads = getThreads();
  afterEach(() => {
    setThreads(threads);
    native.setWorthAPart(8000);
  });

  test.each([1, 2])(
    "computes the same bits natively, batch by batch and by hand, with %i threads",
    async (count) => {
      setThreads(count);
      native.setWorthAPart(0);
      await leakFreeAsync(async () => {
        const prepare = (): { model: Model; data: Dataset<[Tensor, Tensor]> } => {
          seed(11);
          const { x, y } = samples();
          return {
            model: classifier().build([null, FEATURES]),
            data: Dataset.fromTensorSlices([x, y]).shuffle(50).batch(16),
          };
        };
        const epochs = 4;
        const whole = prepare();
        const history = await compiled(whole.model).fit(whole.data, { epochs, ...silent });
        const fed = prepare();
        const mapped = fed.data.map((element) => element);
        const fedHistory = await compiled(fed.model).fit(mapped, { epochs, ...silent });
        const byHand = prepare();
        const figures = trainByHand(byHand.model, byHand.data, epochs);

        expect(weightsOf(whole.model)).toEqual(weightsOf(byHand.model));
        expect(weightsOf(fed.model)).toEqual(weightsOf(byHand.model));
        expect(history.history).toEqual({
          loss: figures.map(([loss]) => loss),
          accuracy: figures.map(([, accuracy]) => accuracy),
        });
        expect(fedHistory.history).toEqual(history.history);
        expect(history.epoch).toEqual([0, 1, 2, 3]);
      })();
    },
  );

  test(
    "learns from arrays, and returns a history with validation",
    leakFreeAsync(async () => {
      seed(3);
      const { x, y } = samples(200);
      const model = compiled();
      const { history } = await model.fit(x.array() as number[][], y.array() as number[], {
        epochs: 20,
        validationSplit: 0.25,
        ...silent,
      });
      expect(Object.keys(history)).toEqual(["loss", "accuracy", "valLoss", "valAccuracy"]);
      expect(history.loss).toHaveLength(20);
      expect(history.accuracy[19]).toBeGreaterThan(0.95);
      expect(history.valAccuracy[19]).toBeGreaterThan(0.9);
    }),
  );

  test(
    "weighs epoch metrics by samples, and evaluate agrees with the last validation",
    leakFreeAsync(async () => {
      seed(5);
      const { x, y } = samples(50);
      const model = compiled();
      const data = [x, y] as const;
      const { history } = await model.fit(data, { validationData: data, ...silent });
      const evaluated = await model.evaluate(data, { batchSize: 7 });
      const predicted = own(tidy(() => model.eval().forward(x)));
      const mean = tidy(() => losses.sparseCategoricalCrossentropy(y, predicted).mean().item());
      expect(evaluated.loss).toBeCloseTo(mean, 6);
      expect(history.valLoss[0]).toBeCloseTo(mean, 6);
      expect(history.valAccuracy[0]).toBeCloseTo(evaluated.accuracy, 12);
    }),
  );

  test(
    "with batchSize full takes one step of plain gradient descent an epoch",
    leakFreeAsync(async () => {
      const x = own(tensor([[1], [2], [3]]));
      const model = own(
        new Sequential([new Dense(1, { useBias: false, kernelInitializer: "zeros" })]),
      );
      model.compile({ optimizer: new optimizers.SGD(0.1), loss: "mse" });
      await model.fit(x, [2, 4, 6], { batchSize: "full", epochs: 2, ...silent });
      // The mean of (w x - 2 x)^2 has the slope 2 (w - 2) 14/3 at w.
      const step = (w: number): number => w - (0.1 * 2 * (w - 2) * 14) / 3;
      expect(model.weights[0].data()[0]).toBeCloseTo(step(step(0)), 5);
      expect(model.optimizer.iterations.item()).toBe(2);
    }),
  );

  test(
    "takes a batch of any place for the smaller one",
    leakFreeAsync(async () => {
      seed(7);
      const { x, y } = samples(50);
      const data = Dataset.fromTensorSlices([x, y]).batch(16).shuffle(4, { seed: 2 });
      const model = compiled();
      await model.fit(data, { epochs: 3, ...silent });
      expect(model.optimizer.iterations.item()).toBe(12);
    }),
  );

  test(
    "trains on a generator's batches",
    leakFreeAsync(async () => {
      seed(9);
      const data = Dataset.fromGenerator(function* () {
        for (let i = 0; i < 5; i++) {
          const x = tensor([[i], [i + 1]]);
          const y = tensor([[2 * i], [2 * i + 2]]);
          yield [x, y] as [Tensor, Tensor];
        }
      });
      const model = own(new Sequential([new Dense(1)]));
      model.compile({ optimizer: new optimizers.SGD(0.02), loss: "meanSquaredError" });
      const { history } = await model.fit(data, { epochs: 40, validationData: data, ...silent });
      expect(history.valLoss[39]).toBeLessThan(0.05 * history.valLoss[0]);
    }),
  );

  test(
    "begins at initialEpoch",
    leakFreeAsync(async () => {
      const { x, y } = samples(20);
      const { epoch } = await compiled().fit(x, y, { initialEpoch: 3, epochs: 5, ...silent });
      expect(epoch).toEqual([3, 4]);
    }),
  );

  test(
    "stops at the batch whose loss is NaN if asked to",
    leakFreeAsync(async () => {
      const values = Float32Array.from({ length: 40 }, (_, i) => (i === 9 ? NaN : i / 40));
      const x = own(tensor(values, [40, 1]));
      const y = own(
        tensor(
          values.map(() => 1),
          [40, 1],
        ),
      );
      const model = own(new Sequential([new Dense(1)]));
      model.compile({ optimizer: "sgd", loss: "mse" });
      const options = { batchSize: 4, epochs: 5, shuffle: false, terminateOnNaN: true, ...silent };
      const emit = jest.spyOn(process, "emitWarning").mockImplementation();
      const { history } = await model.fit(x, y, options);
      expect(emit).toHaveBeenCalledTimes(1);
      emit.mockRestore();
      expect(history.loss).toEqual([NaN]);
      expect(model.optimizer.iterations.item()).toBe(3);
    }),
  );

  test(
    "leaves each layer's mode as it was, and trains frozen layers not at all",
    leakFreeAsync(async () => {
      const { x, y } = samples(40);
      const model = compiled();
      model.build([null, FEATURES]);
      const [hidden] = (model as Sequential).layers;
      hidden.trainable = false;
      model.eval();
      const before = weightsOf(model);
      await model.fit(x, y, silent);
      expect(model.modules().every((module) => !module.training)).toBe(true);
      expect(weightsOf(model).slice(0, 2)).toEqual(before.slice(0, 2));
      expect(weightsOf(model)[2]).not.toEqual(before[2]);
    }),
  );
});

describe("predict", () => {
  test(
    "gives the rows that forward gives, whatever the batches",
    leakFreeAsync(async () => {
      seed(1);
      const { x } = samples(70);
      const model = classifier().eval();
      const expected = own(tidy(() => model.forward(x))).data();
      for (const batchSize of [1, 16, 70, 200, "full"] as const) {
        const found = own(await model.predict(x, { batchSize }));
        expect(found.shape).toEqual([70, CLASSES]);
        found.data().forEach((value, i) => expect(value).toBeCloseTo(expected[i], 6));
      }
      const batches = Dataset.fromTensorSlices(x).batch(16);
      for (const data of [batches, batches.map((rows) => rows)]) {
        const found = own(await model.predict(data)).data();
        found.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 6));
      }
    }),
  );

  test(
    "answers calls at once, of several sizes, and from within a scope of nobody",
    leakFreeAsync(async () => {
      const model = classifier();
      const { x } = samples(300);
      const single = own(tensor(new Float32Array(FEATURES), [1, FEATURES]));
      const calls = [x, single, x, single, single].map((data) => model.predict(data));
      const results = await Promise.all(calls);
      results.forEach(own);
      expect(results.map(({ shape }) => shape[0])).toEqual([300, 1, 300, 1, 1]);
      expect(results[0].data()).toEqual(results[2].data());
      expect(results[1].data()).toEqual(results[3].data());
    }),
  );
});
