/** What every metric can: configuration, state, capture, direction. Batches are those of Keras' cases. */

import { join } from "node:path";
import { type Tensor, jit, metrics, setThreads, tidy } from "../../src";
import { deserialize, serialize } from "../../src/nn/serialization";
import { type Case, type Recorded, given, readCases } from "../../scripts/peers/case";
import { argumentsOf, make } from "../../scripts/peers/library";

interface MetricCase extends Case {
  batches: { inputs: Recorded[]; sampleWeight?: Recorded }[];
}

type AnyMetric = metrics.Metric<metrics.MetricResult> & {
  update(...tensors: Tensor[]): void;
};

const FILE = join(__dirname, "..", "golden", "keras", "metrics.jsonl");
const cases = readCases(FILE).cases as MetricCase[];

const titled = cases.map((item): [string, MetricCase] => [
  `${item.className} ${JSON.stringify(item.options)}, case ${item.number}`,
  item,
]);

function made(item: MetricCase): AnyMetric {
  const { args, options } = argumentsOf(item);
  return make("metrics", item.className, args, options) as AnyMetric;
}

/** The tensors of each batch. */
function batchesOf({ batches, dtype }: MetricCase): Tensor[][] {
  return batches.map(({ inputs, sampleWeight }) =>
    (sampleWeight ? [...inputs, sampleWeight] : inputs).map((input) => given(input, dtype)),
  );
}

test("every metric of Keras has cases", () => {
  const tried = new Set(cases.map(({ className }) => className));
  const abstract = ["Metric", "MeanMetric", "MeanMetricWrapper"];
  const classes = Object.entries(metrics).filter(
    ([, value]) => typeof value === "function" && value.prototype instanceof metrics.Metric,
  );
  const left = classes.map(([name]) => name).filter((name) => !tried.has(name));
  expect(left.filter((name) => !abstract.includes(name))).toEqual(["ConfusionMatrix"]);
});

describe.each(titled)("%s", (_, item) => {
  test("comes back from its configuration and its state, and runs captured", () => {
    tidy(() => {
      const [first, ...rest] = batchesOf(item);
      const metric = made(item);
      metric.update(...first);
      const early = metric.result();
      const copy = deserialize(JSON.parse(JSON.stringify(serialize(metric)))) as AnyMetric;
      expect(copy.constructor).toBe(metric.constructor);
      expect(copy.config()).toEqual(metric.config());
      const state = Object.fromEntries(
        Object.entries(metric.state()).map(([name, variable]) => [name, variable.array()]),
      );
      copy.loadState(state);
      expect(copy.result()).toEqual(early);
      setThreads(1);
      const update = jit((...batch: Tensor[]) => copy.update(...batch));
      for (const batch of rest) {
        metric.update(...batch);
        update(...batch);
      }
      setThreads(2);
      const [found, expected] = [copy, metric].map((each) => [each.result()].flat(2));
      // Captured sums of squares round otherwise than eager ones, in float32.
      expected.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 6));
      copy.reset();
      copy.update(...first);
      expect([copy.result()].flat(2)).toEqual(
        [early].flat(2).map((v) => expect.closeTo(v, 10) as number),
      );
    });
  });
});

test("metrics know which way is better", () => {
  const better = (direction: metrics.Direction): string[] =>
    [...new Set(cases.map(({ className }) => className))]
      .filter(
        (name) => made(cases.find((item) => item.className === name)!).direction === direction,
      )
      .sort();
  expect(better(null)).toEqual([...["Mean", "Sum"]]);
  expect(better("min")).toEqual([
    ...["BinaryCrossentropy", "CategoricalCrossentropy", "CategoricalHinge"],
    ...["FalseNegatives", "FalsePositives", "Hinge"],
    ...["KLDivergence", "LogCoshError", "MeanAbsoluteError", "MeanAbsolutePercentageError"],
    ...["MeanSquaredError", "MeanSquaredLogarithmicError", "Poisson", "RootMeanSquaredError"],
    ...["SparseCategoricalCrossentropy", "SquaredHinge"],
  ]);
});
