/**
 * Transfer: a network learns the digits 0 to 4; its convolutions are then frozen, and a new head on
 * them learns the digits 5 to 9, with fewer weights to train and in less time.
 *
 *   npm run example transfer -- --data DIR
 */

import { Command } from "commander";
import {
  Conv2D,
  Dense,
  type DigitSet,
  Dropout,
  Flatten,
  MaxPooling2D,
  Rescaling,
  Reshape,
  Sequential,
  gather,
  input,
} from "nabla";

import { digitsFrom, firstOf } from "../scripts/digits";
import { type PictureOptions, runExample, timed } from "../scripts/example-program";
import { natural } from "../scripts/numbers";

const command = new Command("transfer")
  .description("Trains a network on the digits 0 to 4, then a head on its body on 5 to 9.")
  .option("--data <dir>", "directory of the MNIST files; without it digits are drawn")
  .option("--epochs <n>", "times through the training images, for each half", natural, 5)
  .option("--images <n>", "so many training images alone, of all ten digits", natural, 60_000)
  .option("--seed <n>", "seed of weights, shuffles and dropout", natural, 1)
  .option("--json <file>", "write options and the figures of both halves")
  .option("--save <file>", "keep the model of the digits 5 to 9");

/** The digits from `first` to `first + 4`, labelled 0 to 4. */
function fiveDigits({ images, labels }: DigitSet, first: number): DigitSet {
  const all = labels.data();
  const rows = [...all.keys()].filter((row) => all[row] >= first && all[row] < first + 5);
  return {
    images: gather(images, rows),
    labels: gather(labels, rows).cast("int32").sub(first),
  };
}

/** x uint8 [batch, 28, 28] -> features [batch, 2304] */
function body(): Sequential {
  return new Sequential([
    input({ shape: [28, 28], dtype: "uint8" }),
    new Reshape([28, 28, 1]),
    new Rescaling(1 / 255), // images stay uint8 in memory
    new Conv2D(16, 3, { activation: "relu" }),
    new Conv2D(16, 3, { activation: "relu" }),
    new MaxPooling2D(2),
    new Dropout(0.25),
    new Flatten(),
  ]);
}

/** features [batch, 2304] -> probabilities [batch, 5] */
function head(): Sequential {
  return new Sequential([
    new Dense(64, { activation: "relu" }),
    new Dropout(0.5),
    new Dense(5, { activation: "softmax" }),
  ]);
}

interface Half {
  digits: string;
  trainedWeights: number;
  seconds: number;
  loss: number[];
  accuracy: number;
}

async function train(
  model: Sequential,
  { first, sets, epochs }: { first: number; sets: DigitSet[]; epochs: number },
): Promise<Half> {
  const digits = `${first} to ${first + 4}`;
  const [{ images, labels }, test] = sets.map((set) => fiveDigits(set, first));
  // Compiled anew: what is frozen is settled then, as in Keras.
  model.compile({
    optimizer: "adam",
    loss: "sparseCategoricalCrossentropy",
    metrics: ["accuracy"],
  });
  console.log(`Digits ${digits}: ${images.shape[0]} images`);
  const { result, seconds } = await timed(model.fit(images, labels, { epochs, batchSize: 128 }));
  const { accuracy } = await model.evaluate(test.images, test.labels);
  const trainedWeights = model.trainableWeights.reduce((sum, { size }) => sum + size, 0);
  console.log(
    `Digits ${digits}: test_acc:${accuracy.toFixed(4)}, ` +
      `${trainedWeights} weights trained in ${seconds.toFixed(1)} s`,
  );
  return { digits, trainedWeights, seconds, loss: result.history.loss, accuracy };
}

async function main(options: PictureOptions): Promise<object> {
  const { name, train: all, test } = await digitsFrom(options.data, options.seed);
  const sets = [firstOf(all, options.images), test];
  const { epochs } = options;

  const features = body();
  const low = await train(new Sequential([features, head()]), { first: 0, sets, epochs });
  features.trainable = false;
  const model = new Sequential([features, head()]);
  const high = await train(model, { first: 5, sets, epochs });

  if (options.save !== undefined) await model.save(options.save);
  return { dataset: name, halves: [low, high] };
}

runExample(command, main);
