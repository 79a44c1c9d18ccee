/**
 * Keras' convolutional network for MNIST (keras.io/examples/vision/mnist_convnet): two convolutions,
 * each with pooling, and a dense layer.
 *
 *   npm run example mnist-convnet -- --data DIR
 */

import { writeFileSync } from "node:fs";

import { Command } from "commander";
import {
  Conv2D,
  Dense,
  Dropout,
  Flatten,
  MaxPooling2D,
  Rescaling,
  Reshape,
  Sequential,
  getThreads,
  setSeed,
} from "nabla";

import { digitsFrom, firstOf } from "../scripts/digits";
import { natural } from "../scripts/numbers";

interface Options {
  data?: string;
  epochs: number;
  images: number;
  json?: string;
  save?: string;
  seed: number;
}

const options = new Command("mnist-convnet")
  .description("Trains Keras' convolutional network on handwritten digits, and tests it.")
  .option("--data <dir>", "directory of the MNIST files; without it digits are drawn")
  .option("--epochs <n>", "times through the training images", natural, 15)
  .option("--images <n>", "so many training images alone", natural, 60_000)
  .option("--seed <n>", "seed of weights, shuffles and dropout", natural, 1)
  .option("--json <file>", "write options, figures of each epoch and the test result")
  .option("--save <file>", "keep the model")
  .parse()
  .opts<Options>();

async function main(): Promise<void> {
  setSeed(options.seed);
  const { name, train, test } = await digitsFrom(options.data, options.seed);
  const { images, labels } = firstOf(train, options.images);
  console.log(
    `${name}: ${images.shape[0]} images to train and validate, ${test.images.shape[0]} to test`,
  );

  const model = new Sequential([
    new Reshape([28, 28, 1]),
    new Rescaling(1 / 255), // images stay uint8 in memory
    new Conv2D(32, 3, { activation: "relu" }),
    new MaxPooling2D(2),
    new Conv2D(64, 3, { activation: "relu" }),
    new MaxPooling2D(2),
    new Flatten(),
    new Dropout(0.5),
    new Dense(10, { activation: "softmax" }),
  ]);
  model.compile({
    optimizer: "adam",
    loss: "sparseCategoricalCrossentropy",
    metrics: ["accuracy"],
  });

  const start = performance.now();
  const { history } = await model.fit(images, labels, {
    epochs: options.epochs,
    batchSize: 128,
    validationSplit: 0.1,
  });
  const seconds = (performance.now() - start) / 1000;
  const { loss, accuracy } = await model.evaluate(test.images, test.labels);
  console.log(
    `test_loss:${loss.toFixed(4)}, test_acc:${accuracy.toFixed(4)}, ${seconds.toFixed(1)} s of training`,
  );

  if (options.save !== undefined) await model.save(options.save);
  if (options.json === undefined) return;
  const peakMegabytes = process.resourceUsage().maxRSS / 1024;
  const report = {
    dataset: name,
    options,
    threads: getThreads(),
    history,
    loss,
    accuracy,
    seconds,
    peakMegabytes,
  };
  writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
