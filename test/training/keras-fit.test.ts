/** fit and evaluate against Keras 3, in float64: scripts/golden/keras_fit.py. */

import {
  Dataset,
  Dense,
  type DenseOptions,
  type FitOptions,
  GradientTape,
  Layer,
  type Logs,
  Model,
  type Results,
  Sequential,
  type Tensor,
  add,
  concat,
  input,
  jit,
  losses,
  optimizers,
  regularizers,
  setThreads,
  tidy,
} from "../../src";
import { camelCase } from "../../src/tensor/spelling";
import {
  expectClose,
  expectGolden,
  type GoldenTensor,
  loadGolden,
  toTensor,
} from "../helpers/golden";

interface Described {
  class: "Dense" | "Spread";
  units: number;
  options: Record<string, unknown>;
}

interface Case {
  name: string;
  layers: Described[];
  loss: "sparseCategoricalCrossentropy" | "meanSquaredError";
  metrics?: "accuracy"[];
  weightedMetrics?: "accuracy"[];
  sampleWeight?: GoldenTensor;
  classWeight?: Record<number, number>;
  validated?: boolean;
  validationFreq?: number | number[];
  validationSteps?: number;
  validationSplit?: number;
  stepsPerEpoch?: number;
  start: GoldenTensor[];
  x: GoldenTensor;
  y: GoldenTensor;
  history: Logs & Record<string, number[]>;
  evaluated: Logs;
  weights: GoldenTensor[];
}

const RATE = 0.0625;
const BATCH = 8;
const EPOCHS = 3;
const TOLERANCE = { relative: 1e-11, absolute: 1e-13 };

const { cases } = loadGolden("keras-fit") as { cases: Case[] };

/** Passes on what it gets, and adds the mean of its squares to the loss. */
class Spread extends Layer {
  override forward(x: Tensor): Tensor {
    this.addLoss(x.square().mean().mul(0.125));
    return x;
  }
}

function layerOf({ class: name, units, options }: Described): Layer {
  if (name === "Spread") return new Spread();
  const values = Object.entries(options).map(([key, value]) => {
    if (typeof value !== "object" || value === null) return [key, value];
    const { regularizer, factor } = value as { regularizer: "l1" | "l2"; factor: number };
    return [key, regularizers[regularizer](factor)];
  });
  const given = Object.fromEntries(values) as DenseOptions;
  return new Dense(units, { ...given, dtype: "float64" });
}

function modelOf(item: Case): Sequential {
  const model = new Sequential(item.layers.map(layerOf)).build([null, 4], "float64");
  model.setWeights(item.start.map((weight) => toTensor(weight)));
  const { loss, metrics, weightedMetrics } = item;
  return model.compile({ optimizer: new optimizers.SGD(RATE), loss, metrics, weightedMetrics });
}

/** Options of fit beside the data and its weights. */
function optionsOf(item: Case, [x, y]: [Tensor, Tensor]): FitOptions {
  const { classWeight, validationFreq, validationSteps, stepsPerEpoch } = item;
  const common = { classWeight, validationFreq, validationSteps, stepsPerEpoch };
  const given = Object.fromEntries(
    Object.entries(common).filter(([, value]) => value !== undefined),
  );
  if (item.validated !== true) return given;
  const row = y.rank === 1 ? [] : [0];
  const first = [x.slice([0, 0], [7, 4]), y.slice([0, ...row], [7, ...row.map(() => 1)])] as const;
  return { ...given, validationData: first, validationBatchSize: 4 };
}

function expectLogs(
  name: string,
  found: Record<string, number | number[]>,
  expected: Record<string, number | number[]>,
): void {
  const names = Object.keys(expected).map(camelCase);
  expect(Object.keys(found).sort()).toEqual(names.sort());
  for (const [log, values] of Object.entries(expected)) {
    expectClose(`${name}, ${log}`, [found[camelCase(log)]].flat(), [values].flat(), TOLERANCE);
  }
}

function expectLike(item: Case, model: Sequential, history: Record<string, number[]>): void {
  expectLogs(item.name, history, item.history);
  expectWeights(item, model);
}

function expectWeights(item: Case, model: Sequential): void {
  model.weights.forEach((weight, i) =>
    expectGolden(`${item.name}, ${weight.name}`, weight, item.weights[i], TOLERANCE),
  );
}

describe.each(cases.map((item): [string, Case] => [item.name, item]))("%s", (_, item) => {
  const data = (): [Tensor, Tensor] => [toTensor(item.x), toTensor(item.y)];
  const settings = { epochs: EPOCHS, verbose: 0 } as const;
  const weights = item.sampleWeight;

  test.each([1, 2])("fit of tensors, and evaluate, on %d threads", async (threads) => {
    setThreads(threads);
    const model = modelOf(item);
    const pair = data();
    const sampleWeight = weights === undefined ? {} : { sampleWeight: toTensor(weights) };
    const { validationSplit } = item;
    const split = validationSplit === undefined ? {} : { validationSplit };
    const given = { ...optionsOf(item, pair), ...sampleWeight, ...split };
    const options = { ...settings, ...given, batchSize: BATCH, shuffle: false };
    const { history } = await model.fit(...pair, options);
    expectLike(item, model, history);
    const evaluated = await model.evaluate(...pair, { batchSize: BATCH });
    expectLogs("evaluated", evaluated, item.evaluated);
    expect([...evaluated]).toEqual(Object.values(evaluated));
    setThreads(2);
  });

  test("fit of a dataset that is fed", async () => {
    const model = modelOf(item);
    const pair = data();
    const element = weights === undefined ? pair : [...pair, toTensor(weights)];
    const samples = Dataset.fromTensorSlices(element) as Dataset<[Tensor, Tensor]>;
    const { validationSplit = 0 } = item;
    const kept = samples.take(Math.floor(pair[0].shape[0] * (1 - validationSplit)));
    const batches = kept.batch(BATCH).map((pair) => pair); // prettier-ignore
    const options = { ...settings, ...optionsOf(item, pair) };
    if (validationSplit > 0) {
      const rest = samples.skip(kept.length).batch(2).map((pair) => pair); // prettier-ignore
      options.validationData = rest;
    }
    const { history } = await model.fit(batches, options);
    expectLike(item, model, history);
  });

  if (item.name !== "regularizers") return;

  test.each([
    ["eager", (step: Step) => step],
    ["captured", (step: Step) => jit(step)],
    ["without fusion", (step: Step) => jit(step, { fuse: false })],
  ])("a loop of one's own, %s", (_way, prepare) => {
    const model = modelOf(item);
    const optimizer = new optimizers.SGD(RATE);
    const step = prepare((x, y) => {
      const tape = new GradientTape();
      const loss = tape.record(() => {
        const loss = losses[item.loss](y, model.forward(x)).mean();
        return model.losses.reduce((total, each) => add(total, each), loss);
      });
      const weights = model.trainableWeights;
      optimizer.applyGradients(tape.gradient(loss, weights), weights);
    });
    const batches = Dataset.fromTensorSlices(data()).batch(BATCH);
    for (let epoch = 0; epoch < EPOCHS; epoch++) {
      for (const [x, y] of batches) tidy(() => step(x, y));
    }
    expectWeights(item, model);
  });

  test("trainOnBatch, testOnBatch and predictOnBatch", async () => {
    const model = modelOf(item);
    const batches = Dataset.fromTensorSlices(data()).batch(BATCH);
    for (let epoch = 0; epoch < EPOCHS; epoch++) {
      model.resetMetrics();
      let results: Results | undefined;
      for (const [x, y] of batches) results = await model.trainOnBatch(x, y);
      expectClose("loss", [results!.loss], [item.history.loss[epoch]], TOLERANCE);
    }
    expectWeights(item, model);
    model.resetMetrics();
    const tested = await model.testOnBatch(...data());
    const whole = await model.evaluate(...data(), { batchSize: "full" });
    expect(Object.entries(tested)).toEqual(Object.entries(whole));
    const [x] = data();
    const predicted = await model.predictOnBatch(x);
    expect(predicted.array()).toEqual((await model.predict(x)).array());
  });
});

interface Several {
  name: string;
  loss: Record<string, "sparseCategoricalCrossentropy" | "meanSquaredError">;
  lossWeights?: Record<string, number>;
  metrics?: Record<string, ("accuracy" | "mae" | "mse")[]>;
  weightedMetrics?: Record<string, ("accuracy" | "mae" | "mse")[]>;
  sampleWeight?: Record<string, GoldenTensor>;
  start: GoldenTensor[];
  x: Record<"a" | "b", GoldenTensor>;
  y: Record<"kind" | "value", GoldenTensor>;
  history: Record<string, number[]>;
  evaluated: Record<string, number>;
  predicted: Record<"kind" | "value", GoldenTensor>;
  weights: GoldenTensor[];
}

class Join extends Layer {
  override forward([a, b]: [Tensor, Tensor]): Tensor {
    return concat([a, b], -1);
  }
}

type Inputs<T> = Record<"a" | "b", T>;
type Outputs<T> = Record<"kind" | "value", T>;

/** The same as a graph and as a class. */
class Subclass extends Model<Inputs<Tensor>, Outputs<Tensor>> {
  hidden = new Dense(5, {
    ...{ activation: "tanh", kernelRegularizer: regularizers.l2(0.0625), dtype: "float64" },
  });
  join = new Join();
  kind = new Dense(3, { activation: "softmax", dtype: "float64" });
  value = new Dense(1, { dtype: "float64" });

  override forward({ a, b }: Inputs<Tensor>): Outputs<Tensor> {
    const joined = this.join.forward([this.hidden.forward(a), b]);
    return { kind: this.kind.forward(joined), value: this.value.forward(joined) };
  }
}

function graph(): Model<Inputs<Tensor>, Outputs<Tensor>> {
  const { hidden, join, kind, value } = new Subclass();
  const a = input({ shape: [4], dtype: "float64" });
  const b = input({ shape: [2], dtype: "float64" });
  const joined = join.forward([hidden.forward(a), b]);
  const outputs = { kind: kind.forward(joined), value: value.forward(joined) };
  return new Model({ inputs: { a, b }, outputs });
}

const { several } = loadGolden("keras-fit") as { several: Several[] };

describe.each(several.map((item): [string, Several] => [item.name, item]))("%s", (_, item) => {
  const tensors = <K extends string>(values: Record<K, GoldenTensor>): Record<K, Tensor> =>
    Object.fromEntries(
      Object.entries<GoldenTensor>(values).map(([name, value]) => [name, toTensor(value)]),
    ) as Record<K, Tensor>;

  async function compiled(make: () => Model<Inputs<Tensor>, Outputs<Tensor>>) {
    const model = make();
    (await model.predict(tensors(item.x))) satisfies Outputs<Tensor>;
    model.setWeights(item.start.map((weight) => toTensor(weight)));
    const { loss, lossWeights, metrics, weightedMetrics } = item;
    const named = { lossWeights, metrics, weightedMetrics };
    const given = Object.fromEntries(
      Object.entries(named).filter(([, value]) => value !== undefined),
    );
    return model.compile({ optimizer: new optimizers.SGD(RATE), loss, ...given });
  }

  test.each([
    ["a graph", graph],
    ["a subclass", () => new Subclass()],
  ])("%s, of tensors and fed", async (_what, make) => {
    for (const isFed of [false, true]) {
      const model = await compiled(make);
      const [x, y] = [tensors(item.x), tensors(item.y)];
      const { sampleWeight } = item;
      const weights = sampleWeight && tensors(sampleWeight);
      const weighed = weights === undefined ? {} : { sampleWeight: weights };
      const element = weights === undefined ? ([x, y] as const) : ([x, y, weights] as const);
      const samples = Dataset.fromTensorSlices(element) as unknown as Dataset<
        readonly [Inputs<Tensor>, Outputs<Tensor>]
      >;
      const emit = jest.spyOn(process, "emitWarning").mockImplementation();
      const options = { epochs: EPOCHS, verbose: 0 } as const;
      const { history } = isFed
        ? await model.fit(samples.batch(BATCH).map((each) => each), options) // prettier-ignore
        : await model.fit(x, y, { ...options, ...weighed, batchSize: BATCH, shuffle: false });
      emit.mockRestore();
      expectLogs(item.name, history, item.history);
      model.weights.forEach((weight, i) =>
        expectGolden(`${item.name}, ${weight.name}`, weight, item.weights[i], TOLERANCE),
      );
      const evaluated = await model.evaluate(x, y, { ...weighed, batchSize: BATCH });
      expectLogs("evaluated", evaluated, item.evaluated);
      const predicted = await model.predict(x, { batchSize: BATCH });
      expectGolden("kind", predicted.kind, item.predicted.kind, TOLERANCE);
      expectGolden("value", predicted.value, item.predicted.value, TOLERANCE);
    }
  });
});

type Step = (x: Tensor, y: Tensor) => void;

test("losses are those of the last run, and go by layers", () => {
  const first = new Dense(2, { kernelRegularizer: "l2" });
  const second = new Spread();
  const model = new Sequential([first, second]).build([null, 3]);
  const counts = (): number[] => [model, first, second].map((layer) => layer.losses.length);
  expect(counts()).toEqual([1, 1, 0]);
  tidy(() => {
    const x = toTensor({ shape: [2, 3], dtype: "float32", data: [1, 2, 3, 4, 5, 6] });
    for (let i = 0; i < 3; i++) model.forward(x);
    expect(counts()).toEqual([2, 1, 1]);
  });
  first.trainable = false;
  expect(counts()).toEqual([1, 0, 1]);
});

test("addLoss refuses what is no loss", () => {
  expect(() => new Spread().addLoss(1 as never)).toThrow(
    "Spread: addLoss: expected a Tensor for loss but received 1",
  );
});
