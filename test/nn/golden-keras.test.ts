/** Small cases that Keras 3 computed; scripts/peers/README.md tells how they are made and compared. */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type Case, readCases } from "../../scripts/peers/case";
import { runCase } from "../../scripts/peers/run";
import { namesOf } from "../../src/nn/registry";

const FOLDER = join(__dirname, "..", "golden", "keras");

/** By file of cases, the kind of its classes, and those that are nabla's own or have their cases elsewhere. */
const CLASSES: Record<string, [kind: string, others: string[]]> = {
  "optimizers.jsonl": ["optimizer", []],
  "schedules.jsonl": ["schedule", ["OneCycle"]],
  "metrics.jsonl": ["metric", ["ConfusionMatrix", "MeanMetricWrapper"]],
  "loss-objects.jsonl": [
    "loss",
    ["FunctionLoss", "Circle", "CTC", "CategoricalGeneralizedCrossEntropy"],
  ],
};

test.each(Object.entries(CLASSES))("%s has a case of each class", (file, [kind, others]) => {
  const names = namesOf(kind).filter((name) => /^[A-Z]/.test(name) && !others.includes(name));
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
