/**
 * ResNet-20 on CIFAR-10, as in He et al., "Deep Residual Learning for Image Recognition" (2015),
 * section 4.2: blocks with shortcuts that have no weights, pictures flipped and moved at random, SGD
 * with momentum, and a rate that falls twice.
 *
 *   npm run example cifar-resnet -- --data DIR
 *   npm run example cifar-resnet -- --epochs 1        (on pictures that the library paints)
 */

import { Command } from "commander";
import {
  Model,
  Normalization,
  type PictureSet,
  RandomFlip,
  RandomTranslation,
  cifar10,
  input,
  losses,
  optimizers,
  syntheticPictures,
} from "nabla";

import { type PictureOptions, runExample, timed } from "../scripts/example-program";
import { natural, positiveInteger } from "../scripts/numbers";
import { resnet } from "../scripts/resnet";

interface Options extends PictureOptions {
  n: number;
}

const command = new Command("cifar-resnet")
  .description("Trains a residual network on small colour pictures of ten classes, and tests it.")
  .option("--data <dir>", "directory of CIFAR-10's binary files; without it pictures are painted")
  .option("--epochs <n>", "times through the training pictures; the paper's 182", natural, 182)
  .option("--images <n>", "so many training pictures, and a fifth of it to test", natural, 50_000)
  .option("-n, --n <n>", "the network has 6n + 2 layers", positiveInteger, 3)
  .option("--seed <n>", "seed of weights, shuffles and augmentation", natural, 1)
  .option("--json <file>", "write options, figures of each epoch and the test result")
  .option("--save <file>", "keep the model");

const BATCH = 128;
/** The paper pads by 4 pixels on each side and cuts 32 x 32 from anywhere: moves by 4 of 32. */
const MOVE = 4 / 32;

async function pictures(
  options: Options,
): Promise<{ name: string; train: PictureSet; test: PictureSet }> {
  const { data, images, seed } = options;
  const [trainCount, testCount] = [images, Math.ceil(images / 5)];
  if (data !== undefined) {
    const { name, train, test } = await cifar10({ directory: data });
    return { name, train: first(train, trainCount), test: first(test, testCount) };
  }
  console.log("No --data: painting synthetic pictures, which are far easier than CIFAR-10's.");
  return {
    name: "synthetic pictures",
    train: syntheticPictures({ samples: trainCount, seed }),
    test: syntheticPictures({ samples: testCount, seed: seed + 1 }),
  };
}

function first({ images, labels, classNames }: PictureSet, samples: number): PictureSet {
  const [count] = images.shape;
  const part = (set: typeof images): typeof images => set.slice([0], [Math.min(samples, count)]);
  return { images: part(images), labels: part(labels), classNames };
}

/** x uint8 [batch, 32, 32, 3] -> logits [batch, 10] */
function network(train: PictureSet, n: number): Model {
  const inputs = input({ shape: [32, 32, 3], dtype: "uint8" }); // pictures stay uint8 in memory
  let x = new Normalization().adapt(train.images).forward(inputs);
  x = new RandomFlip("horizontal").forward(x);
  const moves = { fillMode: "constant", interpolation: "nearest" } as const;
  x = new RandomTranslation(MOVE, MOVE, moves).forward(x);
  return new Model({ inputs, outputs: resnet(x, n) });
}

async function main(options: Options): Promise<object> {
  const { name, train, test } = await pictures(options);
  const [count] = train.images.shape;
  console.log(`${name}: ${count} pictures to train, ${test.images.shape[0]} to test`);

  const model = network(train, options.n);
  const schedule = new optimizers.schedules.PiecewiseConstantDecay({
    boundaries: [32_000, 48_000],
    values: [0.1, 0.01, 0.001],
  });
  model.compile({
    optimizer: new optimizers.SGD(schedule, { momentum: 0.9 }),
    loss: new losses.SparseCategoricalCrossentropy({ fromLogits: true }),
    metrics: ["accuracy"],
  });

  const { epochs } = options;
  const fitting = { epochs, batchSize: BATCH, validationSplit: 0.1 };
  const { result, seconds } = await timed(model.fit(train.images, train.labels, fitting));
  const { loss, accuracy } = await model.evaluate(test.images, test.labels);
  console.log(
    `test_loss:${loss.toFixed(4)}, test_acc:${accuracy.toFixed(4)}, ${seconds.toFixed(1)} s of training`,
  );

  if (options.save !== undefined) await model.save(options.save);
  return { dataset: name, history: result.history, loss, accuracy, seconds };
}

runExample(command, main);
