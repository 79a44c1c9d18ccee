/**
 * A table of mixed columns: the species of penguins by island, sex and measurements
 * (examples/data/penguins.csv). `FeatureSpace` makes tensors of the rows.
 *
 *   npm run example tabular
 *   npm run example tabular -- --folds        5 times 5-fold cross-validation
 */

import { join } from "node:path";

import {
  Dense,
  FeatureSpace,
  type RowSplit,
  Sequential,
  type TableRecord,
  kFold,
  metrics,
  setSeed,
  trainTestSplit,
} from "nabla";

import {
  type ExampleOptions,
  csvFile,
  exampleCommand,
  rowsOf,
  runExample,
} from "../scripts/example-program";

const SPECIES = ["Adelie", "Chinstrap", "Gentoo"];
const MEASURES = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"];

interface Options extends ExampleOptions {
  folds?: boolean;
}

/** Penguins that were measured; where the sex is not known, it is a category of its own. */
async function penguins(options: Options): Promise<TableRecord[]> {
  const rows = await rowsOf(
    csvFile(options, "penguins.csv") ?? join(__dirname, "data", "penguins.csv"),
  );
  return rows
    .filter((row) => MEASURES.every((name) => row[name] !== null))
    .map((row) => ({ ...row, sex: row.sex ?? "unknown" }));
}

function network(rows: readonly TableRecord[]): Sequential {
  const space = new FeatureSpace({
    island: "stringCategorical",
    sex: "stringCategorical",
    ...Object.fromEntries(MEASURES.map((name) => [name, "floatNormalized"])),
  });
  space.adapt(rows);
  const model = new Sequential([
    space,
    new Dense(32, { activation: "relu" }),
    new Dense(SPECIES.length, { activation: "softmax" }),
  ]);
  return model.compile({
    optimizer: "adam",
    loss: "sparseCategoricalCrossentropy",
    metrics: ["accuracy"],
  });
}

async function main({ epochs, seed, folds, ...options }: Options): Promise<object> {
  const rows = await penguins({ epochs, seed, ...options });
  const labels = rows.map(({ species }) => SPECIES.indexOf(String(species)));

  async function trained({ train, test }: RowSplit, verbose: 0 | 1): Promise<Sequential> {
    const [x, y] = [train.map((i) => rows[i]), train.map((i) => labels[i])];
    const model = network(x);
    const validationData = [test.map((i) => rows[i]), test.map((i) => labels[i])] as const;
    await model.fit(x, y, { epochs, verbose, ...(verbose === 1 && { validationData }) });
    return model;
  }

  if (folds !== true) {
    const split = trainTestSplit(rows.length, { testSize: 0.2, stratify: labels, seed });
    const model = await trained(split, 1);
    const probabilities = await model.predict(split.test.map((i) => rows[i]));
    const truth = split.test.map((i) => labels[i]);
    console.log(metrics.classificationReport(truth, probabilities, { targetNames: SPECIES }));
    const { accuracy } = await model.evaluate(
      split.test.map((i) => rows[i]),
      truth,
    );
    console.log(`accuracy of ${truth.length} penguins: ${accuracy.toFixed(4)}`);
    return { accuracy };
  }

  const accuracies: number[] = [];
  const tested: number[][] = [];
  for (let repeat = 0; repeat < 5; repeat++) {
    for (const split of kFold(rows.length, 5, { stratify: labels, seed: seed + repeat })) {
      setSeed(seed + accuracies.length);
      const model = await trained(split, 0);
      const [x, y] = [split.test.map((i) => rows[i]), split.test.map((i) => labels[i])];
      accuracies.push((await model.evaluate(x, y)).accuracy);
      tested.push(split.test);
      model.dispose();
    }
    const done = accuracies.slice(-5);
    console.log(`repeat ${repeat + 1} of 5: ${done.map((value) => value.toFixed(4)).join(" ")}`);
  }
  const mean = accuracies.reduce((a, b) => a + b, 0) / accuracies.length;
  console.log(`mean accuracy of 5 x 5 folds: ${mean.toFixed(4)}`);
  return { mean, accuracies, tested, rows: rows.length };
}

const command = exampleCommand("tabular", {
  description: "Tells the species of penguins from a table of mixed columns.",
  data: "penguins.csv; examples/data by default",
  epochs: 100,
}).option("--folds", "5 times 5-fold cross-validation instead of one split");
runExample(command, main);
