/** fit and evaluate against Keras 3, in float64: scripts/golden/keras_fit.py. */

import {
  Dataset,
  Dense,
  type DenseOptions,
  GradientTape,
  Layer,
  type Logs,
  Sequential,
  type Tensor,
  add,
  jit,
  losses,
  optimizers,
  regularizers,
  setThreads,
  tidy,
} from "../../src";
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
  const { loss, metrics } = item;
  return model.compile({ optimizer: new optimizers.SGD(RATE), loss, metrics });
}

function expectLike(item: Case, model: Sequential, history: Record<string, number[]>): void {
  expect(Object.keys(history).sort()).toEqual(Object.keys(item.history).sort());
  for (const [name, values] of Object.entries(item.history)) {
    expectClose(`${item.name}, ${name}`, history[name], values, TOLERANCE);
  }
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

  test.each([1, 2])("fit of tensors, and evaluate, on %d threads", async (threads) => {
    setThreads(threads);
    const model = modelOf(item);
    const options = { ...settings, batchSize: BATCH, shuffle: false };
    const { history } = await model.fit(...data(), options);
    expectLike(item, model, history);
    const evaluated = await model.evaluate(...data(), { batchSize: BATCH });
    for (const [name, value] of Object.entries(item.evaluated)) {
      expectClose(`evaluated ${name}`, [evaluated[name]], [value], TOLERANCE);
    }
    setThreads(2);
  });

  test("fit of a dataset that is fed", async () => {
    const model = modelOf(item);
    const batches = Dataset.fromTensorSlices(data()).batch(BATCH).map((pair) => pair); // prettier-ignore
    const { history } = await model.fit(batches, settings);
    expectLike(item, model, history);
  });

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
