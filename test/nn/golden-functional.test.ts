/**
 * Random functional models of Keras 3 (shared layers, two inputs, two outputs, models in models): outputs
 * and gradients from the same weights, eager and captured; and `fit` beside a loop by hand, to the bit.
 */

import * as nabla from "../../src";
import {
  type Layer,
  GradientTape,
  Model,
  type Tensor,
  type Variable,
  input,
  jit,
  losses,
  optimizers,
  tensor,
  tidy,
} from "../../src";
import { loadGolden } from "../helpers/golden";
import { fraction } from "../helpers/golden-streams";

interface Described {
  inputs: number[][];
  layers: ({ class: string; arguments: unknown[]; options: object } | { model: Described })[];
  calls: [layer: number, values: number[]][];
  outputs: number[];
}

interface Golden extends Described {
  results: number[][];
  gradients: number[][];
}

type Network = Model<Tensor[], Tensor[]>;

const BATCH = 4;
const { models } = loadGolden("functional") as { models: Golden[] };

const one = <T>(list: T[]): T | T[] => (list.length > 1 ? list : list[0]);

/** The model, and its layers in the order of the description, those of models in their place. */
function made(described: Described): { model: Network; layers: Layer<object>[] } {
  const values: Tensor[] = described.inputs.map((shape) => input({ shape }));
  const called: Layer<object>[] = [];
  const layers: Layer<object>[] = [];
  for (const each of described.layers) {
    if ("model" in each) {
      const inner = made(each.model);
      called.push(inner.model);
      layers.push(...inner.layers);
    } else {
      const Class = nabla[each.class as "Dense"] as new (...args: unknown[]) => Layer<object>;
      called.push(new Class(...each.arguments, each.options));
      layers.push(called.at(-1)!);
    }
  }
  for (const [layer, places] of described.calls) {
    values.push(called[layer].apply(one(places.map((place) => values[place])) as never) as Tensor);
  }
  const inputs = one(values.slice(0, described.inputs.length));
  const outputs = one(described.outputs.map((place) => values[place]));
  return { model: new Model({ inputs, outputs }) as unknown as Network, layers };
}

function stream(number: number, place: number, shape: readonly number[], low = -0.75): Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  const values = Float32Array.from(
    { length: size },
    (_, i) => fraction(1000 * number + place, i) * 1.5 + low,
  );
  return tensor(values, shape);
}

/** The model with the weights that Keras' had, and its trainable weights in their order. */
function weighted(number: number): { model: Network; trainable: Variable[] } {
  const { model, layers } = made(models[number]);
  let place = 0;
  for (const layer of layers) {
    const low = layer.constructor.name.includes("Normalization") ? 0.25 : -0.75;
    layer.setWeights(layer.weights.map(({ shape }) => stream(number, place++, shape, low)));
  }
  return { model, trainable: layers.flatMap((layer) => layer.trainableWeights) };
}

const inputsOf = (number: number): Tensor[] =>
  models[number].inputs.map((shape, i) => stream(number, 900 + i, [BATCH, ...shape]));

function expectClose(actual: Tensor, expected: readonly number[]): void {
  const values = actual.data();
  expect(values.length).toBe(expected.length);
  // To 1e-5 of the greatest magnitude, which is 1 or more.
  const scale = expected.reduce((greatest, value) => Math.max(greatest, Math.abs(value)), 1);
  const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(values[i] - value)), 0);
  expect(worst).toBeLessThan(1e-5 * scale);
}

const numbers = models.map((_, number) => number);

test("there are thirty models of every kind", () => {
  const isNested = (layer: object): boolean => "model" in layer;
  expect(models).toHaveLength(30);
  for (const { inputs, outputs, layers, calls } of models) {
    expect([inputs.length, outputs.length]).toEqual([2, 2]);
    expect(layers.some(isNested)).toBe(true);
    expect(new Set(calls.map(([layer]) => layer)).size).toBeLessThan(calls.length);
  }
});

test.each(numbers)("model %d: outputs and gradients are Keras'", (number) => {
  const { model, trainable } = weighted(number);
  const inputs = inputsOf(number);
  const run = (first: Tensor, second: Tensor): { outputs: Tensor[]; gradients: Tensor[] } => {
    const tape = new GradientTape();
    tape.watch(first);
    tape.watch(second);
    const total = tape.record(() => {
      const outputs = model.forward([first, second]);
      const [a, b] = outputs.map((y, i) => y.mul(stream(number, 950 + i, y.shape)).sum());
      return a.add(b);
    });
    const gradients = tape.gradient(total, [...trainable, first, second], {
      unconnected: "zero",
    });
    return { outputs: model.forward([first, second]), gradients };
  };
  const { results, gradients } = models[number];
  for (const each of [run, jit(run)]) {
    const found = tidy(() => each(inputs[0], inputs[1]));
    found.outputs.forEach((y, i) => expectClose(y, results[i]));
    expect(found.gradients).toHaveLength(gradients.length);
    found.gradients.forEach((gradient, i) => expectClose(gradient, gradients[i]));
  }
  expect(model.countParams()).toBe(model.weights.reduce((n, { size }) => n + size, 0));
});

test.each(numbers)("model %d: fit equals the loop by hand to the bit", async (number) => {
  const [byFit, byHand] = [weighted(number), weighted(number)];
  const inputs = inputsOf(number);
  const targets = tidy(() =>
    byHand.model.forward(inputs).map(({ shape }, i) => stream(number, 970 + i, shape)),
  );
  const rate = 0.05;
  byFit.model.compile({ optimizer: new optimizers.SGD(rate), loss: ["mse", "mse"] });
  await byFit.model.fit(inputs, targets, { epochs: 2, batchSize: 2, shuffle: false, verbose: 0 });

  const optimizer = new optimizers.SGD(rate);
  const { model } = byHand;
  const weights = model.trainableWeights;
  const step = jit((x: Tensor[], y: Tensor[]) => {
    const tape = new GradientTape();
    const loss = tape.record(() => {
      const [a, b] = model.forward(x).map((p, i) => losses.meanSquaredError(y[i], p).mean());
      return a.add(b);
    });
    optimizer.applyGradients(tape.gradient(loss, weights), weights);
  });
  model.train();
  for (let epoch = 0; epoch < 2; epoch++) {
    for (let start = 0; start < BATCH; start += 2) {
      const rows = (list: Tensor[]): Tensor[] => list.map((x) => x.slice(start, 2));
      tidy(() => step(rows(inputs), rows(targets)));
    }
  }
  byFit.model.weights.forEach((weight, i) =>
    expect(weight.data()).toEqual(model.weights[i].data()),
  );
});
