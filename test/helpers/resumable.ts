/** Runs of training that can be interrupted anywhere, and what they come to. */

import { createHash } from "node:crypto";

import {
  BackupAndRestore,
  type CallbackLike,
  Dataset,
  Dense,
  Dropout,
  EarlyStopping,
  type FitOptions,
  ReduceLROnPlateau,
  Sequential,
  type Tensor,
  input,
  optimizers,
  randomNormal,
  setSeed,
  tidy,
} from "../../src";
import { uniform } from "./uniform";

/** Where the batches come from. */
export const KINDS = ["arrays", "memory", "map", "random map", "generator"] as const;
export type Kind = (typeof KINDS)[number];

const SAMPLES = 50;

export function modelOf(seed: number): Sequential {
  setSeed(seed);
  const layers = [
    input({ shape: [4] }),
    new Dense(6, { activation: "tanh", name: "hidden" }),
    new Dropout(0.3, { name: "noise" }),
    new Dense(2, { activation: "softmax", name: "result" }),
  ];
  const model = new Sequential(layers, { name: "resumable" });
  const optimizer = new optimizers.Adam(0.02, { gradientAccumulationSteps: 2, useEma: true });
  return model.compile({
    optimizer,
    loss: "categoricalCrossentropy",
    metrics: ["accuracy", "auc"],
  });
}

function dataOf(kind: Kind): Dataset<[Tensor, Tensor]> {
  const [x, y] = [uniform([SAMPLES, 4], 1), uniform([SAMPLES, 2], 2)];
  const rows = Dataset.fromTensorSlices([x, y] as [Tensor, Tensor]);
  if (kind === "memory") return rows.take(44).shuffle(20).batch(6);
  if (kind === "map")
    return rows
      .shuffle(15)
      .map(([a, b]) => [a.mul(2), b])
      .batch(6);
  if (kind === "random map") {
    return rows
      .shuffle(15)
      .map(([a, b]) => [a.add(randomNormal([4])), b])
      .batch(6);
  }
  return Dataset.fromGenerator(function* () {
    for (let i = 0; i < 7; i++) yield [uniform([6, 4], i), uniform([6, 2], 50 + i)];
  });
}

/** Trains to the end, with callbacks that have a state. */
export async function train(
  kind: Kind,
  model: Sequential,
  callbacks: readonly CallbackLike[],
  options: FitOptions = {},
): Promise<string> {
  const [x, y] = [uniform([SAMPLES, 4], 1), uniform([SAMPLES, 2], 2)];
  const [vx, vy] = [uniform([9, 4], 3), uniform([9, 2], 4)];
  const given: FitOptions = {
    epochs: 5,
    verbose: 0,
    validationData: [vx, vy],
    ...options,
    callbacks: [
      ...callbacks,
      new EarlyStopping({ patience: 3, restoreBestWeights: true }),
      new ReduceLROnPlateau({ patience: 1, factor: 0.5 }),
    ],
  };
  const history =
    kind === "arrays"
      ? await model.fit(x, y, { ...given, batchSize: 7 })
      : await model.fit(dataOf(kind), given);
  const hash = createHash("sha256");
  hash.update(JSON.stringify([history.epoch, history.history]));
  const after = tidy(() => randomNormal([3]).array());
  hash.update(JSON.stringify(after)); // the library's draws go on as well
  hash.update(model.toBytes());
  return hash.digest("hex");
}

/** A program: trains with a backup, and prints what it came to. */
async function main([kind, path, seed, saveFreq]: string[]): Promise<void> {
  const backup = new BackupAndRestore(path, {
    saveFreq: saveFreq === "epoch" ? saveFreq : Number(saveFreq),
  });
  process.stdout.write("training\n");
  const result = await train(kind as Kind, modelOf(Number(seed)), [backup], { epochs: 12 });
  process.stdout.write(`${result}\n`);
}

if (require.main === module) void main(process.argv.slice(2));
