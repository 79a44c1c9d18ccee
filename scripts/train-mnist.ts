/**
 * The tutorial's program: a network 784-32-64-128-10 learns to read handwritten digits.
 *
 *   npm run train:mnist -- --help
 */

import { accessSync, constants, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

import { Command, Option } from "commander";
import {
  Dataset,
  Dense,
  Flatten,
  GradientTape,
  Model,
  Rescaling,
  type Tensor,
  getThreads,
  jit,
  losses,
  metrics,
  optimizers,
  setSeed,
} from "nabla";

import { type DigitOptions, loadDigits, withDigitOptions } from "./digits";
import { integer, positiveInteger } from "./numbers";
import { withProgress } from "./progress";

interface Options extends DigitOptions {
  epochs: number;
  batch: number;
  activation: "relu" | "sigmoid" | "tanh";
  reduction: "sum" | "mean";
  json?: string;
}

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
  .parse()
  .opts<Options>();

class Classifier extends Model {
  flatten = new Flatten();
  scale = new Rescaling(1 / 255); // images stay uint8 in memory
  dense1 = new Dense(32, { activation: options.activation });
  dense2 = new Dense(64, { activation: options.activation });
  dense3 = new Dense(128, { activation: options.activation });
  dense4 = new Dense(10, { activation: "softmax" });

  override forward(x: Tensor): Tensor {
    x = this.flatten.forward(x);
    x = this.scale.forward(x);
    x = this.dense1.forward(x);
    x = this.dense2.forward(x);
    x = this.dense3.forward(x);
    return this.dense4.forward(x);
  }
}

async function main(): Promise<void> {
  // Better found out now than after the training.
  if (options.json !== undefined) accessSync(dirname(resolve(options.json)), constants.W_OK);
  if (options.seed !== undefined) setSeed(options.seed);
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

  const model = new Classifier();
  const optimizer = new optimizers.SGD(0.01);
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

  const epochs = [];
  for (let epoch = 1; epoch <= options.epochs; epoch++) {
    const start = performance.now();
    for (const [x, y] of withProgress(trainSet, `epoch${epoch}`)) trainStep(x, y);
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
  }

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
