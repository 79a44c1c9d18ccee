// Preprocessing layers against Keras 3 (scripts/golden/preprocessing.py), and as parts of models.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  CategoryEncoding,
  Dataset,
  Dense,
  Discretization,
  FeatureSpace,
  HashedCrossing,
  Hashing,
  IntegerLookup,
  Model,
  Normalization,
  Sequential,
  StringLookup,
  type TableRows,
  Tensor,
  tensor,
} from "../../src";
import { create } from "../../src/nn/registry";

interface Case {
  layer: string;
  args?: unknown[];
  options: Record<string, unknown>;
  adapt?: unknown;
  x: unknown;
  y: unknown;
  vocabulary?: unknown[];
  boundaries?: number[];
}

const golden = JSON.parse(
  readFileSync(join(__dirname, "..", "golden", "preprocessing.json"), "utf8"),
) as {
  lookups: Case[];
  hashes: Case[];
  numeric: Case[];
  space: Case & { features: Record<string, string>; adapt: TableRows; x: TableRows };
};

const camel = (name: string): string =>
  name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

function options(given: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [camel(name), value]));
}

interface Adaptable {
  adapt(data: unknown): unknown;
  forward(x: unknown): Tensor;
  getVocabulary(): unknown[];
  binBoundaries: number[];
}

function layerOf({ layer, args = [], options: given }: Case): Adaptable {
  const names = ["numBins", "numTokens"];
  const positional =
    args.length === 0 ? {} : { [names[layer === "CategoryEncoding" ? 1 : 0]]: args[0] };
  return create("layer", layer, { ...positional, ...options(given) }) as Adaptable;
}

function close(y: Tensor, expected: unknown): void {
  const wanted = tensor(expected as number[], undefined, "float64");
  expect(y.shape).toEqual(wanted.shape);
  const values = wanted.data();
  y.data().forEach((value, i) => {
    expect(Math.abs(value - values[i])).toBeLessThanOrEqual(2e-5 * (1 + Math.abs(values[i])));
  });
}

const titles = (cases: Case[]): [string, Case][] =>
  cases.map((each) => [`${each.layer} ${JSON.stringify(each.options)}`, each]);

test.each(titles(golden.lookups))("%s has Keras' vocabulary and numbers", (_, each) => {
  const layer = layerOf(each);
  if (each.adapt) layer.adapt(each.adapt);
  expect(layer.getVocabulary()).toEqual(each.vocabulary);
  close(layer.forward(each.x), each.y);
});

test.each(titles(golden.hashes))("%s has Keras' bins", (_, each) => {
  const layer = layerOf(each);
  const x = each.layer === "CategoryEncoding" ? tensor(each.x as number[]) : each.x;
  close(layer.forward(x), each.y);
});

test.each(titles(golden.numeric))("%s computes as Keras", (_, each) => {
  const layer = layerOf(each);
  if (each.adapt) layer.adapt(each.adapt);
  if (each.boundaries) {
    const { binBoundaries } = layer;
    each.boundaries.forEach((limit, i) => expect(binBoundaries[i]).toBeCloseTo(limit, 5));
    expect(binBoundaries).toHaveLength(each.boundaries.length);
  }
  close(layer.forward(tensor(each.x as number[])), each.y);
});

test("FeatureSpace encodes columns and records as Keras", () => {
  const { features, options: given, adapt, x, y } = golden.space;
  const space = new FeatureSpace(features, options(given)).adapt(adapt);
  close(space.forward(x), y);
  const columns = x as Record<string, unknown[]>;
  const records = columns.age.map((_, i) =>
    Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column[i]])),
  );
  close(space.forward(records), y);
});

test("Normalization finds the same statistics in batches", () => {
  const x = tensor([
    [1, 5],
    [2, 9],
    [4, -3],
    [8, 1],
  ]);
  const whole = new Normalization().adapt(x);
  const pieces = new Normalization().adapt(Dataset.fromTensorSlices(x).batch(3));
  const before = whole.forward(x);
  close(pieces.forward(x), before.array());
  expect(whole.weights.map(({ shape }) => shape)).toEqual([[2], [2], []]);
});

const rows = Array.from({ length: 60 }, (_, i) => ({
  size: i % 10,
  color: ["red", "green", "blue"][i % 3],
}));
const targets = rows.map(({ size, color }) => [size + (color === "red" ? 10 : 0)]);

test("a model takes rows of a table, in fit, evaluate and predict, and after it was saved", async () => {
  const space = new FeatureSpace({ size: "float_normalized", color: "stringCategorical" });
  space.adapt(rows);
  const model = new Sequential([space, new Dense(1)]);
  model.compile({ optimizer: "adam", loss: "mse" });
  const { history } = await model.fit(rows, targets, { epochs: 3, verbose: 0 });
  expect(history.loss[2]).toBeLessThan(history.loss[0]);
  expect((await model.evaluate(rows, targets)).loss).toBeGreaterThan(0);
  const loaded = await Model.fromBytes(model.toBytes());
  const [own, other] = [await model.predict(rows), await loaded.predict(rows)];
  expect(other.array()).toEqual(own.array());
  expect(own.shape).toEqual([60, 1]);
});

test("a model that begins with a vocabulary takes strings", async () => {
  const lookup = new StringLookup({ outputMode: "multiHot" }).adapt(rows.map(({ color }) => color));
  const model = new Sequential([lookup, new Dense(1)]);
  model.compile({ optimizer: "sgd", loss: "mse" });
  await model.fit(
    rows.map(({ color }) => [color]),
    targets,
    { verbose: 0 },
  );
  const loaded = await Model.fromBytes(model.toBytes());
  const y = await loaded.predict([["red"], ["violet"]]);
  expect(y.array()).toEqual((await model.predict([["red"], ["violet"]])).array());
});

test("limits that were learned are saved", async () => {
  const x = tensor([[1], [2], [3], [4], [5], [6]]);
  const layer = new Discretization({ numBins: 3 }).adapt(x);
  const model = new Sequential([layer, new CategoryEncoding(3), new Dense(1)]);
  const before = await model.predict(x);
  const loaded = await Model.fromBytes(model.toBytes());
  expect((await loaded.predict(x)).array()).toEqual(before.array());
});

test("numbers are turned back into tokens and values", () => {
  const lookup = new StringLookup({ vocabulary: ["a", "b"], invert: true });
  expect(
    lookup.lookup([
      [0, 1],
      [2, 9],
    ]),
  ).toEqual([
    ["[UNK]", "a"],
    ["b", "[UNK]"],
  ]);
});

test("bad input is refused with what was expected", () => {
  expect(() => new StringLookup().forward(["a"])).toThrow("call of adapt first");
  expect(() => new StringLookup({ vocabulary: ["a", "a"] })).toThrow("each token once");
  expect(() => new StringLookup({ vocabulary: ["a"], numOovIndices: 0 }).forward(["b"])).toThrow(
    "numOovIndices is 0",
  );
  expect(() => new IntegerLookup({ vocabulary: [1] }).forward([1.5])).toThrow("integers for x");
  expect(() => new Hashing(3).forward([["a"], ["b", "c"]])).toThrow("ragged");
  expect(() => new HashedCrossing(3).forward(["a"])).toThrow("at least two features");
  expect(() => new Normalization({ mean: 1 })).toThrow("mean alone");
  expect(() => new Discretization()).toThrow("neither");
  expect(() => new FeatureSpace({ a: "text" })).toThrow("expected one of float,");
  const space = new FeatureSpace({ a: "float" });
  expect(() => space.forward([{ b: 1 }])).toThrow("a value for a in each record");
  expect(() => space.forward([{ a: "x" }])).toThrow("numbers for a");
});
