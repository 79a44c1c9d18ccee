/**
 * An autoencoder learns what three sensors of a machine look like together in good order; what it does
 * not restore well is a fault.
 *
 *   npm run example anomaly
 */

import {
  Dense,
  Sequential,
  type Tensor,
  metrics,
  randomNormal,
  randomUniform,
  tensor,
} from "nabla";

import {
  type ExampleOptions,
  csvFile,
  exampleCommand,
  numbersOf,
  runExample,
} from "../scripts/example-program";

const SENSORS = ["speed", "current", "heat"];
/** Samples of time that are looked at together. */
const WINDOW = 32;

interface Windows {
  x: Tensor;
  /** Whether there is a fault in each. */
  isFaulty: boolean[];
}

/** Speed swings, current follows it, heat follows both slowly. Faults: a dead sensor, a jump, a drift. */
function madeUp(count: number, share: number): Windows {
  const noise = randomNormal([count, WINDOW * SENSORS.length]).array() as number[][];
  const chance = randomUniform([count, 4]).array() as number[][];
  const isFaulty = chance.map(([a]) => a < share);
  const rows = chance.map(([, phase, pace, kind], i) => {
    const row: number[] = [];
    for (let t = 0; t < WINDOW; t++) {
      const angle = 2 * Math.PI * (phase + (t * (1 + pace)) / WINDOW);
      const speed = Math.sin(angle);
      row.push(speed, 0.8 * speed ** 2 + 0.3 * speed, 0.5 * Math.sin(angle - 0.7));
    }
    for (let k = 0; k < row.length; k++) row[k] += 0.08 * noise[i][k];
    if (!isFaulty[i]) return row;
    const fault = Math.floor(3 * kind);
    const begin = Math.floor((WINDOW / 2) * phase);
    for (let t = begin; t < WINDOW; t++) {
      if (fault === 0) row[3 * t + 1] = 0.08 * noise[i][3 * t];
      if (fault === 1 && t < begin + 4) row[3 * t] += 1.5;
      if (fault === 2) row[3 * t + 2] += (0.9 * (t - begin)) / (WINDOW - begin);
    }
    return row;
  });
  return { x: tensor(rows), isFaulty };
}

/** Windows of a file, one behind the other; a column `fault`, if any is not 0, marks a faulty one. */
async function windowsOf(file: string, names: readonly string[]): Promise<Windows> {
  const { fault, ...columns } = await numbersOf(file, names);
  const count = Math.floor(columns.speed.length / WINDOW);
  const samples = Array.from({ length: count }, (_, i) => i * WINDOW);
  const rows = samples.map((begin) =>
    Array.from({ length: WINDOW }, (_, t) =>
      SENSORS.map((name) => columns[name][begin + t]),
    ).flat(),
  );
  const isFaulty = samples.map((begin) =>
    (fault ?? []).slice(begin, begin + WINDOW).some((value) => value !== 0),
  );
  return { x: tensor(rows), isFaulty };
}

async function main({ epochs, ...options }: ExampleOptions): Promise<object> {
  const goodFile = csvFile({ epochs, ...options }, "good.csv");
  const testFile = csvFile({ epochs, ...options }, "test.csv");
  const good = goodFile ? await windowsOf(goodFile, SENSORS) : madeUp(4000, 0);
  const test = testFile ? await windowsOf(testFile, [...SENSORS, "fault"]) : madeUp(1000, 0.1);

  const width = WINDOW * SENSORS.length;
  const model = new Sequential([
    new Dense(48, { activation: "relu" }),
    new Dense(6),
    new Dense(48, { activation: "relu" }),
    new Dense(width),
  ]);
  model.compile({ optimizer: "adam", loss: "mse" });
  await model.fit(good.x, good.x, { epochs, batchSize: 64, validationSplit: 0.1, verbose: 2 });

  /** How much of each window is not restored. */
  const errorsOf = async (x: Tensor): Promise<number[]> => {
    const restored = await model.predict(x);
    return Array.from(restored.sub(x).square().mean(1).data());
  };
  const usual = (await errorsOf(good.x)).sort((a, b) => a - b);
  const threshold = usual[Math.floor(0.99 * (usual.length - 1))];
  const errors = await errorsOf(test.x);
  const truth = test.isFaulty.map(Number);
  const auc = new metrics.AUC({ numThresholds: 1000 });
  const largest = Math.max(...errors);
  auc.update(tensor(truth), tensor(errors.map((error) => error / largest)));
  const found = errors.map((error) => Number(error > threshold));
  const targetNames = ["good", "faulty"];
  console.log(metrics.classificationReport(truth, found, { targetNames, labels: [0, 1] }));
  console.log(
    `AUC ${auc.result().toFixed(4)}; a window is called faulty above ${threshold.toFixed(4)}`,
  );
  const faults = truth.filter((value) => value === 1).length;
  const recall = found.filter((value, i) => value === 1 && truth[i] === 1).length / faults;
  return { auc: auc.result(), recall, threshold };
}

const command = exampleCommand("anomaly", {
  description: "Finds faults of a machine in what its sensors say, by an autoencoder.",
  data: `good.csv and test.csv with the columns ${SENSORS.join(", ")} (test.csv: fault); without them they are made up`,
  epochs: 40,
});
runExample(command, main);
