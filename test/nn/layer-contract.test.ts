/** What every layer does: configuration, shapes, gradients, capture, training. */

import {
  Dense,
  Flatten,
  GradientTape,
  Model,
  Sequential,
  type Shape,
  type Tensor,
  getThreads,
  gradcheck,
  input,
  mean,
  randomNormal,
  setSeed,
  setThreads,
  square,
  tidy,
} from "../../src";
import { native } from "../../src/addon/native";
import { namesOf } from "../../src/nn/registry";
import { deserialize, serialize } from "../../src/nn/serialization";
import { compiled, leakFree, leakFreeAsync, own } from "../helpers/leak-free";
import { type LayerSample, layerSamples } from "../samples/layers";

type Inputs = Tensor | Tensor[];
type Forward = (x: Inputs) => Tensor;

const THREADS = getThreads();
const WORTH = 5000;

afterEach(() => {
  setThreads(THREADS);
  native.setWorthAPart(WORTH);
});

function isSeveral(shape: LayerSample["shape"]): shape is readonly Shape[] {
  return Array.isArray(shape[0]);
}

function inputsOf({ shape }: LayerSample, dtype: "float32" | "float64" = "float32"): Inputs {
  if (isSeveral(shape)) return shape.map((own) => randomNormal(own, 0, 1, dtype));
  return randomNormal(shape, 0, 1, dtype);
}

const list = (x: Inputs): Tensor[] => (Array.isArray(x) ? x : [x]);

function forwardOf(layer: { forward(x: never): Tensor }): Forward {
  return (x) => layer.forward(x as never);
}

const open = (shape: Shape): (number | null)[] => [null, ...shape.slice(1)];

beforeEach(() => tidy(() => setSeed(5)));

const titled = layerSamples.map((item): [string, LayerSample] => [item.title, item]);

describe.each(titled)("%s", (_title, item) => {
  const check = (title: string, body: () => void): void => test(title, leakFree(body));

  check("comes back from its configuration", () => {
    const layer = item.make();
    const x = inputsOf(item);
    const y = forwardOf(layer)(x).array();
    const json = JSON.stringify(serialize(layer));
    const copy = deserialize(JSON.parse(json)) as typeof layer;
    copy.loadState(layer.state());
    expect(JSON.stringify(serialize(copy))).toBe(json);
    expect(forwardOf(copy)(x).array()).toEqual(y);
    expect(forwardOf(layer.clone())(x).array()).toEqual(y);
  });

  check("tells the shape of its result", () => {
    const layer = item.make();
    const shape = isSeveral(item.shape) ? item.shape.map(open) : open(item.shape);
    const told = layer.outputShape(shape as never);
    expect(told).toEqual(open(forwardOf(layer)(inputsOf(item)).shape));
  });

  check("stands in a graph", () => {
    const layer = item.make();
    const symbol = (shape: Shape): Tensor => input({ shape: shape.slice(1) });
    const places = isSeveral(item.shape) ? item.shape.map(symbol) : symbol(item.shape);
    const model = new Model({ inputs: places, outputs: forwardOf(layer)(places) } as never);
    const x = inputsOf(item);
    expect(model.forward(x as never).array()).toEqual(forwardOf(layer)(x).array());
  });

  check("has the gradients of differences", () => {
    const layer = item.make("float64");
    const x = inputsOf(item, "float64");
    forwardOf(layer)(x);
    if (item.draws !== true) layer.train();
    const many = list(x);
    const given = Array.isArray(x) ? many : undefined;
    const f = (...points: Tensor[]): Tensor =>
      forwardOf(layer)(given === undefined ? points[0] : points.slice(0, many.length));
    gradcheck(f, [...many, ...layer.trainableWeights], { samples: 40 });
  });

  check("gives the same captured, unfused, on one thread and on two", () => {
    const layer = item.make();
    const x = inputsOf(item);
    const forward = forwardOf(layer);
    forward(x);
    if (item.draws !== true) layer.train();
    const step = (given: Inputs): Tensor[] => {
      const tape = new GradientTape();
      for (const tensor of list(given)) tape.watch(tensor);
      const [y, loss] = tape.record(() => {
        const result = forward(given);
        return [result, mean(square(result))];
      });
      const sources = [...list(given), ...layer.trainableWeights];
      return [y, ...tape.gradient(loss, sources)];
    };
    const state = Object.entries(layer.state()).map(([path, value]) => [path, value.array()]);
    const run = (fn: (given: Inputs) => Tensor[]): unknown[] => {
      layer.loadState(Object.fromEntries(state) as never);
      return fn(x).map((tensor) => Array.from(tensor.data()));
    };
    setThreads(1);
    const expected = run(step);
    for (const threads of [1, 2]) {
      setThreads(threads);
      native.setWorthAPart(0);
      for (const fuse of [true, false]) expectClose(run(compiled(step, { fuse })), expected);
    }
  });

  if (isSeveral(item.shape)) return;

  test(
    "learns by fit, and predicts what forward gives",
    leakFreeAsync(async () => {
      const x = own(inputsOf(item) as Tensor);
      const layer = item.make();
      const model = own(new Sequential([layer, new Flatten(), new Dense(1)]));
      const y = Array.from({ length: x.shape[0] }, (_, i) => [i % 2]);
      model.compile({ optimizer: "adam", loss: "meanSquaredError" });
      const { history } = await model.fit(x, y, { epochs: 3, batchSize: 2, verbose: 0 });
      expect(history.loss.length).toBe(3);
      expect(history.loss.every(Number.isFinite)).toBe(true);
      const predicted = own(await model.predict(x));
      const forward = tidy(() => Array.from(model.forward(x).data()));
      expectClose([Array.from(predicted.data())], [forward]);
    }),
  );
});

function expectClose(found: unknown[], expected: unknown[]): void {
  expect(found.length).toBe(expected.length);
  found.forEach((values, i) => {
    const [a, b] = [values, expected[i]] as number[][];
    const scale = Math.max(1, ...b.map(Math.abs));
    const worst = Math.max(0, ...a.map((value, k) => Math.abs(value - b[k]) / scale));
    expect({ which: i, ok: a.length === b.length && worst < 1e-5, worst }).toMatchObject({
      which: i,
      ok: true,
    });
  });
}

test("every layer of the library has a sample", () => {
  const models = ["Model", "Sequential"];
  // Their results are numbers of categories: test/nn/preprocessing.test.ts.
  const categories = [
    ...["CategoryEncoding", "Discretization", "FeatureSpace", "HashedCrossing", "Hashing"],
    ...["IntegerLookup", "StringLookup"],
  ];
  const missing = namesOf("layer").filter(
    (name) =>
      ![...models, ...categories].includes(name) &&
      !layerSamples.some(({ title }) => title.startsWith(`${name} `)),
  );
  expect(missing).toEqual([]);
});
