/**
 * Keras' convolutional network for MNIST (keras.io/examples/vision/mnist_convnet): two convolutions,
 * each with pooling, and a dense layer.
 *
 *   npm run example mnist-convnet -- --data DIR
 */

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
} from "nabla";

import { digitsFrom, firstOf } from "../scripts/digits";
import { type PictureOptions, runExample, timed } from "../scripts/example-program";
import { natural } from "../scripts/numbers";

const command = new Command("mnist-convnet")
  .description("Trains Keras' convolutional network on handwritten digits, and tests it.")
  .option("--data <dir>", "directory of the MNIST files; without it digits are drawn")
  .option("--epochs <n>", "times through the training images", natural, 15)
  .option("--images <n>", "so many training images alone", natural, 60_000)
  .option("--seed <n>", "seed of weights, shuffles and dropout", natural, 1)
  .option("--json <file>", "write options, figures of each epoch and the test result")
  .option("--save <file>", "keep the model");

async function main(options: PictureOptions): Promise<object> {
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

  const { epochs } = options;
  const { result, seconds } = await timed(
    model.fit(images, labels, { epochs, batchSize: 128, validationSplit: 0.1 }),
  );
  const { loss, accuracy } = await model.evaluate(test.images, test.labels);
  console.log(
    `test_loss:${loss.toFixed(4)}, test_acc:${accuracy.toFixed(4)}, ${seconds.toFixed(1)} s of training`,
  );

  if (options.save !== undefined) await model.save(options.save);
  const peakMegabytes = process.resourceUsage().maxRSS / 1024;
  return { dataset: name, history: result.history, loss, accuracy, seconds, peakMegabytes };
}

runExample(command, main);
