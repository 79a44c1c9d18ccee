/**
 * The tutorial's program: a network 784-32-64-128-10 learns to read handwritten digits.
 *
 *   npm run train:mnist -- --help
 */

import { randomInt } from "node:crypto";
import { accessSync, constants, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";

import { Command, Option } from "commander";
import {
  Dataset,
  GradientTape,
  type Tensor,
  getThreads,
  jit,
  loadModel,
  losses,
  metrics,
  openSafetensors,
  optimizers,
  setSeed,
} from "nabla";

import { type Activation, Classifier } from "./classifier";
import { type DigitOptions, loadDigits, withDigitOptions } from "./digits";
import { integer, positiveInteger } from "./numbers";
import { withProgress } from "./progress";

interface Options extends DigitOptions {
  epochs: number;
  batch: number;
  activation: Activation;
  reduction: "sum" | "mean";
  json?: string;
  save?: string;
  resume?: string;
}

/** What `--resume` needs to know beside the model. */
interface Place {
  readonly options: Pick<Options, "seed" | "batch" | "activation" | "reduction">;
  /** The epoch, from 1, and how many of its batches are done. */
  readonly epoch: number;
  readonly batch: number;
  /** What is reported of the epochs before. */
  readonly epochs: readonly Figures[];
  /** The states of the metrics of the training set. */
  readonly metrics: readonly ReturnType<metrics.Mean["state"]>[];
}

type Figures = Record<string, number>;

const options = withDigitOptions(new Command("train:mnist"))
  .description(
    "Trains the tutorial's network 784-32-64-128-10 on 35 % of MNIST's training images, validates " +
      "it on 15 % after each epoch, and tests it on the other 50 %.",
  )
  .option("--epochs <n>", "times through the training set", positiveInteger, 20)
  .option("--seed <n>", "seed of weights and shuffles; by default different each time", integer)
  .option("--batch <n>", "training samples a step", positiveInteger, 32)
  .addOption(
    new Option("--activation <name>", "of the hidden layers")
      .choices(["relu", "sigmoid", "tanh"])
      .default("relu"),
  )
  .addOption(
    new Option("--reduction <name>", "follow the gradient of the batch's summed or mean loss")
      .choices(["sum", "mean"])
      .default("sum"),
  )
  .option("--json <file>", "write options, figures of each epoch and the test result")
  .option("--save <file>", "keep the model, at the end and on Ctrl-C")
  .option("--resume <file>", "go on where the training stood that --save kept, by its options")
  .parse()
  .opts<Options>();

/** Set by Ctrl-C; another one ends the program at once. */
let isInterrupted = false;
process.once("SIGINT", () => (isInterrupted = true));

/** Where the training stood that a file was kept of. */
async function placeIn(path: string): Promise<Place> {
  const file = await openSafetensors(path);
  await file.close();
  const place = file.metadata.get("place");
  if (place !== undefined) return JSON.parse(place) as Place;
  throw new Error(`--resume: expected a file that --save wrote but received ${path}`);
}

async function main(): Promise<void> {
  // Better found out now than after the training.
  for (const file of [options.json, options.save]) {
    if (file !== undefined) accessSync(dirname(resolve(file)), constants.W_OK);
  }
  const kept = options.resume === undefined ? undefined : await placeIn(options.resume);
  Object.assign(options, kept?.options);
  const seed = (options.seed ??= randomInt(2 ** 31));
  setSeed(seed);
  const { name, train } = await loadDigits(options);

  // As in the tutorial, the training images are cut in three: 35 % train, 15 % validate, 50 % test.
  const samples = Dataset.fromTensorSlices([train.images, train.labels] as [Tensor, Tensor]);
  const trainSize = Math.floor(samples.length * 0.35);
  const validSize = Math.floor(samples.length * 0.15);
  const trainSet = samples
    .take(trainSize)
    .shuffle(1024, { reshuffleEachIteration: true })
    .batch(options.batch);
  const validSet = samples.skip(trainSize).take(validSize).batch(128);
  const testSet = samples.skip(trainSize + validSize).batch(128);
  console.log(
    `${name}: ${samples.length} images, ${trainSize} to train, ${validSize} to validate, ` +
      `${samples.length - trainSize - validSize} to test`,
  );

  const model =
    options.resume === undefined
      ? new Classifier({ activation: options.activation })
      : await loadModel(options.resume);
  const optimizer = kept === undefined ? new optimizers.SGD(0.01) : model.optimizer;
  const trainLoss = new metrics.Mean();
  const trainAccuracy = new metrics.SparseCategoricalAccuracy();
  const validLoss = new metrics.Mean();
  const validAccuracy = new metrics.SparseCategoricalAccuracy();

  const trainStep = jit((x: Tensor, y: Tensor) => {
    const tape = new GradientTape();
    const { loss, target, predicted } = tape.record(() => {
      const predicted = model.forward(x);
      const loss = losses.sparseCategoricalCrossentropy(y, predicted);
      // A loss that is no scalar is summed over the batch, as in TensorFlow.
      return { loss, target: options.reduction === "mean" ? loss.mean() : loss, predicted };
    });
    const gradients = tape.gradient(target, model.trainableWeights);
    optimizer.applyGradients(gradients, model.trainableWeights);
    trainLoss.update(loss);
    trainAccuracy.update(y, predicted);
  });

  const validStep = jit((x: Tensor, y: Tensor) => {
    const predicted = model.forward(x);
    validLoss.update(losses.sparseCategoricalCrossentropy(y, predicted));
    validAccuracy.update(y, predicted);
  });

  const epochs: Figures[] = [...(kept?.epochs ?? [])];

  async function save(epoch: number, batch: number): Promise<void> {
    if (options.save === undefined) return;
    const { activation, reduction } = options;
    const place: Place = {
      options: { seed, batch: options.batch, activation, reduction },
      ...{ epoch, batch, epochs },
      metrics: [trainLoss.state(), trainAccuracy.state()],
    };
    // The file holds the optimizer of the model's compile.
    model.compile({ optimizer, loss: "sparseCategoricalCrossentropy" });
    await model.save(options.save, { metadata: { place: JSON.stringify(place) } });
  }

  /** Lets Ctrl-C through. True if it came: then the training is kept, or not, as it was told. */
  async function endsAt(epoch: number, batch: number): Promise<boolean> {
    await setImmediate();
    if (!isInterrupted) return false;
    await save(epoch, batch);
    console.error(
      options.save === undefined
        ? "Interrupted: nothing was kept. With --save FILE the model is."
        : `Interrupted in epoch ${epoch} after ${batch} batches. To go on: --resume ${options.save}`,
    );
    process.exitCode = 130;
    return true;
  }

  const first = kept?.epoch ?? 1;
  for (let epoch = 1; epoch < first; epoch++) trainSet.nextEpoch();
  if (kept !== undefined) {
    [trainLoss, trainAccuracy].forEach((metric, i) => metric.loadState(kept.metrics[i]));
  }
  for (let epoch = first; epoch <= options.epochs; epoch++) {
    const start = performance.now();
    const done = epoch === first ? (kept?.batch ?? 0) : 0;
    let batch = 0;
    for (const [x, y] of withProgress(trainSet, `epoch${epoch}`)) {
      if (batch++ < done) continue; // before the run was interrupted
      trainStep(x, y);
      if (batch % 50 === 0 && (await endsAt(epoch, batch))) return;
    }
    const trainSeconds = (performance.now() - start) / 1000;
    for (const [x, y] of validSet) validStep(x, y);
    const seconds = (performance.now() - start) / 1000;

    const figures = {
      trainLoss: trainLoss.result(),
      trainAccuracy: trainAccuracy.result(),
      validLoss: validLoss.result(),
      validAccuracy: validAccuracy.result(),
    };
    console.log(
      `epoch${epoch}: train_loss:${figures.trainLoss.toFixed(4)}, ` +
        `train_acc:${figures.trainAccuracy.toFixed(4)}, ` +
        `valid_loss:${figures.validLoss.toFixed(4)}, valid_acc:${figures.validAccuracy.toFixed(4)}`,
    );
    epochs.push({ epoch, ...figures, trainSeconds, seconds });
    for (const metric of [trainLoss, trainAccuracy, validLoss, validAccuracy]) metric.reset();
    if (await endsAt(epoch + 1, 0)) return;
  }
  await save(options.epochs + 1, 0);

  for (const [x, y] of testSet) validStep(x, y);
  const [testLoss, testAccuracy] = [validLoss.result(), validAccuracy.result()];
  console.log(`test_loss:${testLoss.toFixed(4)}, test_acc:${testAccuracy.toFixed(4)}`);

  if (options.json !== undefined) {
    const report = {
      dataset: name,
      options,
      threads: getThreads(),
      epochs,
      testLoss,
      testAccuracy,
    };
    writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
