/** Small cases that Keras 3 computed; scripts/peers/README.md tells how they are made and compared. */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type Case, readCases } from "../../scripts/peers/case";
import { runCase } from "../../scripts/peers/run";
import { losses, metrics, optimizers } from "../../src";

const FOLDER = join(__dirname, "..", "golden", "keras");

/** The classes of nabla that Keras has as well, by the file of their cases. */
const CLASSES = {
  "optimizers.jsonl": namesOf(optimizers, optimizers.Optimizer),
  "schedules.jsonl": namesOf(optimizers.schedules, optimizers.schedules.Schedule, ["OneCycle"]),
  "metrics.jsonl": namesOf(metrics, metrics.Metric, [
    ...["ConfusionMatrix", "MeanMetric"], // Keras has none
    "MeanMetricWrapper", // of a function
  ]),
  "loss-objects.jsonl": namesOf(losses, losses.Loss, [
    ...["Circle", "CTC", "CategoricalGeneralizedCrossEntropy"], // as functions, in losses.jsonl
  ]),
};

function namesOf(
  all: object,
  base: abstract new (...args: never[]) => object,
  others: string[] = [],
): string[] {
  const classes = Object.entries(all).filter(
    ([, value]) =>
      typeof value === "function" && (value as { prototype?: unknown }).prototype instanceof base,
  );
  return classes.map(([name]) => name).filter((name) => !others.includes(name));
}

test.each(Object.entries(CLASSES))("%s has a case of each class", (file, names) => {
  const { cases } = readCases(join(FOLDER, file));
  const known = new Set(cases.map(({ className }) => className));
  expect(names.filter((name) => !known.has(name))).toEqual([]);
  expect(names.length).toBeGreaterThan(5);
});

function titled(item: Case): [string, Case] {
  return [`${item.className}, case ${item.number}, ${JSON.stringify(item.options)}`, item];
}

describe.each(readdirSync(FOLDER).sort())("Keras' values: %s", (file) => {
  const { cases } = readCases(join(FOLDER, file));

  test.each(cases.map(titled))("%s", (_title, item) => {
    const { verdict, message } = runCase(item);
    expect({ verdict, message }).toEqual({ verdict: "agrees", message: "" });
  });
});
