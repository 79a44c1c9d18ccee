/**
 * Few of many: two samples of a hundred are of the class that matters. Weights of classes make the
 * network look for them; AUC and a report by class tell more than the accuracy.
 *
 *   npm run example imbalanced
 */

import {
  Dense,
  Normalization,
  Sequential,
  type Tensor,
  metrics,
  randomNormal,
  tensor,
  trainTestSplit,
} from "nabla";

import {
  type ExampleOptions,
  csvFile,
  exampleCommand,
  numbersOf,
  runExample,
} from "../scripts/example-program";

const FEATURES = ["a", "b", "c", "d", "e", "f"];

interface Samples {
  x: number[][];
  y: number[];
}

/** Two clouds that overlap: the rare one lies aside, and on the rim of the other. */
function madeUp(count: number): Samples {
  const noise = randomNormal([count, FEATURES.length + 1]).array() as number[][];
  const y = noise.map((_, i) => (i % 50 === 0 ? 1 : 0));
  const x = noise.map(([sign, ...row], i) =>
    row.map((value, k) => (y[i] === 1 && k < 3 ? value + (sign > 0 ? 1.6 : -1.6) : value)),
  );
  return { x, y };
}

async function samples(options: ExampleOptions): Promise<Samples> {
  const file = csvFile(options, "samples.csv");
  if (file === undefined) return madeUp(20_000);
  const columns = await numbersOf(file, [...FEATURES, "label"]);
  const x = columns.label.map((_, i) => FEATURES.map((name) => columns[name][i]));
  return { x, y: columns.label };
}

async function main({ epochs, seed, ...options }: ExampleOptions): Promise<object> {
  const { x, y } = await samples({ epochs, seed, ...options });
  const { train, test } = trainTestSplit(y.length, { testSize: 0.25, stratify: y, seed });
  const rows = (chosen: number[]): Tensor => tensor(chosen.map((i) => x[i]));
  const labels = (chosen: number[]): Tensor => tensor(chosen.map((i) => [y[i]]));
  const rare = train.filter((i) => y[i] === 1).length;
  console.log(`${train.length} samples to train, ${rare} of them of the rare class`);

  const weights = { 0: train.length / (2 * (train.length - rare)), 1: train.length / (2 * rare) };
  const figures: Record<string, object> = {};
  for (const [name, classWeight] of [
    ["plain", undefined],
    ["weighed", weights],
  ] as const) {
    const model = new Sequential([
      new Normalization().adapt(rows(train)),
      new Dense(32, { activation: "relu" }),
      new Dense(1, { activation: "sigmoid" }),
    ]);
    model.compile({
      optimizer: "adam",
      loss: "binaryCrossentropy",
      metrics: [new metrics.AUC(), new metrics.Precision(), new metrics.Recall()],
    });
    const fitOptions = { epochs, batchSize: 128, verbose: 0 } as const;
    await model.fit(rows(train), labels(train), {
      ...fitOptions,
      ...(classWeight && { classWeight }),
    });
    const { auc, precision, recall } = await model.evaluate(rows(test), labels(test));
    const scores = (await model.predict(rows(test))).data();
    const predicted = Array.from(scores, (score) => (score > 0.5 ? 1 : 0));
    console.log(`\n${name}: AUC ${auc.toFixed(4)}`);
    const targetNames = ["common", "rare"];
    console.log(
      metrics.classificationReport(
        test.map((i) => y[i]),
        predicted,
        { targetNames },
      ),
    );
    figures[name] = { auc, precision, recall };
  }
  return figures;
}

const command = exampleCommand("imbalanced", {
  description: "Finds the few samples of a rare class, by weights of classes.",
  data: `samples.csv with the columns ${FEATURES.join(", ")}, label; without it samples are made up`,
  epochs: 20,
});
runExample(command, main);
