/**
 * A convolutional autoencoder: it squeezes digits into a quarter of their numbers and paints them again
 * from these, which a PNG shows.
 *
 *   npm run example autoencoder -- --data DIR --picture reconstructions.png
 */

import { writeFileSync } from "node:fs";

import { Command } from "commander";
import { Conv2D, Conv2DTranspose, Dataset, Sequential, type Tensor, input } from "nabla";

import { digitsFrom, firstOf } from "../scripts/digits";
import { type PictureOptions, runExample } from "../scripts/example-program";
import { encodePng } from "../scripts/labs/pictures";
import { natural } from "../scripts/numbers";

interface Options extends PictureOptions {
  picture: string;
}

const command = new Command("autoencoder")
  .description("Trains a convolutional autoencoder on handwritten digits.")
  .option("--data <dir>", "directory of the MNIST files; without it digits are drawn")
  .option("--epochs <n>", "times through the training images", natural, 10)
  .option("--images <n>", "so many training images alone", natural, 60_000)
  .option("--picture <file>", "the PNG of digits and reconstructions", "reconstructions.png")
  .option("--seed <n>", "seed of weights and shuffles", natural, 1)
  .option("--json <file>", "write options, the loss of each epoch and that of the test");

const SIDE = 28;
const BATCH = 128;
/** Digits in the picture. */
const SHOWN = 12;

/** x [batch, 28, 28, 1] -> codes [batch, 7, 7, 4] */
function encoder(): Sequential {
  const halving = { strides: 2, padding: "same", activation: "relu" } as const;
  return new Sequential([
    input({ shape: [SIDE, SIDE, 1] }),
    new Conv2D(16, 3, halving),
    new Conv2D(4, 3, halving),
  ]);
}

/** codes [batch, 7, 7, 4] -> x [batch, 28, 28, 1], from 0 to 1 */
function decoder(): Sequential {
  const doubling = { strides: 2, padding: "same", activation: "relu" } as const;
  return new Sequential([
    input({ shape: [SIDE / 4, SIDE / 4, 4] }),
    new Conv2DTranspose(16, 3, doubling),
    new Conv2DTranspose(16, 3, doubling),
    new Conv2D(1, 3, { padding: "same", activation: "sigmoid" }),
  ]);
}

/** Digits as their own targets: uint8 [n, 28, 28] -> batches of [batch, 28, 28, 1], from 0 to 1. */
function pairs(images: Tensor): Dataset<[Tensor, Tensor]> {
  return Dataset.fromTensorSlices(images)
    .shuffle(10_000)
    .batch(BATCH)
    .map((batch): [Tensor, Tensor] => {
      const x = batch.cast("float32").div(255).expandDims(-1);
      return [x, x];
    });
}

/** A row of digits above the row of their reconstructions. */
function picture(digits: ArrayLike<number>, painted: ArrayLike<number>): Buffer {
  const width = SHOWN * SIDE;
  const pixels = new Float64Array(2 * SIDE * width);
  [digits, painted].forEach((row, i) => {
    for (let at = 0; at < SHOWN * SIDE * SIDE; at++) {
      const [digit, y, x] = [Math.floor(at / SIDE ** 2), Math.floor(at / SIDE) % SIDE, at % SIDE];
      pixels[(i * SIDE + y) * width + digit * SIDE + x] = row[at];
    }
  });
  return encodePng({ pixels, height: 2 * SIDE, width, range: [0, 1] });
}

async function main(options: Options): Promise<object> {
  const { name, train, test } = await digitsFrom(options.data, options.seed);
  const { images } = firstOf(train, options.images);
  console.log(`${name}: ${images.shape[0]} images to train, ${test.images.shape[0]} to test`);

  const model = new Sequential([encoder(), decoder()]);
  model.compile({ optimizer: "adam", loss: "binaryCrossentropy", metrics: ["mae"] });
  const { history } = await model.fit(pairs(images), { epochs: options.epochs });
  const { loss, mae } = await model.evaluate(pairs(test.images));
  console.log(`test_loss:${loss.toFixed(4)}, mean absolute error of a pixel: ${mae.toFixed(4)}`);

  const digits = test.images.slice([0], [SHOWN]).cast("float32").div(255).expandDims(-1);
  const painted = await model.predict(digits);
  writeFileSync(options.picture, picture(digits.data(), painted.data()));
  console.log(`Digits, and below them their reconstructions: ${options.picture}`);

  return { dataset: name, history, loss, mae };
}

runExample(command, main);
