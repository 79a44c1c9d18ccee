/**
 * One network with two answers: from what is measured of a fruit its kind, and its weight.
 *
 *   npm run example multi-output
 */

import {
  Dense,
  Model,
  Normalization,
  type Tensor,
  input,
  randomNormal,
  randomUniform,
  tensor,
  trainTestSplit,
} from "nabla";

import {
  type ExampleOptions,
  csvFile,
  exampleCommand,
  numbersOf,
  rmse,
  runExample,
} from "../scripts/example-program";

const MEASURES = ["length", "width", "redness"];

interface Fruit {
  measures: number[][];
  kind: number[];
  weight: number[];
}

/** Three kinds: cherries, apples and bananas, in cm and g. */
function madeUp(count: number): Fruit {
  const noise = randomNormal([count, 4]).array() as number[][];
  const kind = Array.from(randomUniform([count]).data(), (value) => Math.floor(3 * value));
  const measures = noise.map(([a, b, c], i) => {
    const width = [2, 7.5, 3.6][kind[i]] * (1 + 0.15 * a);
    return [
      width * [1, 0.95, 5][kind[i]] * (1 + 0.05 * b),
      width,
      [0.8, 0.6, 0.1][kind[i]] + 0.15 * c,
    ];
  });
  // A body of revolution, whose density depends on the kind.
  const weight = measures.map(
    ([length, width], i) =>
      [0.55, 0.42, 0.75][kind[i]] * length * width ** 2 * (1 + 0.03 * noise[i][3]),
  );
  return { measures, kind, weight };
}

async function fruit(options: ExampleOptions): Promise<Fruit> {
  const file = csvFile(options, "fruit.csv");
  if (file === undefined) return madeUp(6000);
  const { kind, weight, ...columns } = await numbersOf(file, [...MEASURES, "kind", "weight"]);
  return { measures: kind.map((_, i) => MEASURES.map((name) => columns[name][i])), kind, weight };
}

async function main({ epochs, seed, ...options }: ExampleOptions): Promise<object> {
  const { measures, kind, weight } = await fruit({ epochs, seed, ...options });
  const { train, test } = trainTestSplit(kind.length, { testSize: 0.2, seed });
  const scale = Math.max(...weight);
  const part = (chosen: number[]): { x: Tensor; y: { kind: Tensor; weight: Tensor } } => ({
    x: tensor(chosen.map((i) => measures[i])),
    y: {
      kind: tensor(
        chosen.map((i) => kind[i]),
        undefined,
        "int32",
      ),
      weight: tensor(chosen.map((i) => [weight[i] / scale])),
    },
  });
  const [trained, tested] = [part(train), part(test)];

  const x = input({ shape: [MEASURES.length] });
  const scaled = new Normalization().adapt(trained.x).forward(x);
  const hidden = new Dense(64, { activation: "relu" }).forward(scaled);
  const model = new Model({
    inputs: x,
    outputs: {
      kind: new Dense(3, { activation: "softmax" }).forward(hidden),
      weight: new Dense(1).forward(new Dense(32, { activation: "relu" }).forward(hidden)),
    },
  });
  model.compile({
    optimizer: "adam",
    loss: { kind: "sparseCategoricalCrossentropy", weight: "mse" },
    lossWeights: { weight: 10 },
    metrics: { kind: ["accuracy"] },
  });
  await model.fit(trained.x, trained.y, { epochs, verbose: 2 });

  const { kindAccuracy } = await model.evaluate(tested.x, tested.y);
  const predicted = (await model.predict(tested.x)) as unknown as { weight: Tensor };
  const error = scale * rmse(predicted.weight.data(), tested.y.weight.data());
  const mean = train.reduce((sum, i) => sum + weight[i], 0) / train.length;
  const truth = test.map((i) => weight[i]);
  const baseline = rmse(truth, new Array<number>(truth.length).fill(mean));
  console.log(`kind: ${(100 * kindAccuracy).toFixed(1)} % right`);
  console.log(`weight: RMSE ${error.toFixed(1)} g; their mean ${baseline.toFixed(1)} g`);
  return { kindAccuracy, rmse: error, baseline };
}

const command = exampleCommand("multi-output", {
  description: "Tells the kind of a fruit and its weight by one network.",
  data: `fruit.csv with the columns ${MEASURES.join(", ")}, kind (0 to 2), weight; without it fruit is made up`,
  epochs: 20,
});
runExample(command, main);
