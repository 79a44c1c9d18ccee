/**
 * What a convolutional network has learned to see: the filters of its first layer, what they and the
 * second layer's make of a digit, and which pixels sway the result.
 *
 *   npm run lab:convnet -- --help
 */

import {
  Conv2D,
  Dense,
  Dropout,
  Flatten,
  MaxPooling2D,
  Rescaling,
  Reshape,
  Sequential,
  type Tensor,
  inputGradient,
  tidy,
} from "nabla";

import { firstOf, loadDigits, oneOfEach } from "../digits";
import { positiveInteger } from "../numbers";
import { type LabOptions, type LabReport, runLab } from "./lab";
import { type Picture, drawPictures } from "./pictures";
import { printTable } from "./table";

const SIDE = 28;
/** Feature maps of each layer that are drawn. */
const SHOWN = 10;
const FILTERS_A_ROW = 16;

interface Options extends LabOptions {
  epochs: number;
  images: number;
}

/** The network of examples/mnist-convnet.ts. */
function network(): Sequential {
  return new Sequential([
    new Reshape([SIDE, SIDE, 1]),
    new Rescaling(1 / 255),
    new Conv2D(32, 3, { activation: "relu", name: "conv 1" }),
    new MaxPooling2D(2, { name: "pool 1" }),
    new Conv2D(64, 3, { activation: "relu", name: "conv 2" }),
    new MaxPooling2D(2, { name: "pool 2" }),
    new Flatten(),
    new Dropout(0.5),
    new Dense(10, { activation: "softmax" }),
  ]);
}

/** The filters of a kernel [height, width, 1, filters], one picture each. */
function filtersOf(kernel: Tensor): Picture[] {
  const [height, width, , count] = kernel.shape;
  const values = kernel.data();
  return Array.from({ length: count }, (_, filter) => ({
    pixels: Array.from({ length: height * width }, (_, at) => values[at * count + filter]),
    colors: "diverging" as const,
    ...{ height, width },
  }));
}

/** One map of a layer: what a filter makes of a digit. */
interface FeatureMap {
  layer: string;
  /** Which of the layer's filters. */
  filter: number;
  picture: Picture;
  mean: number;
}

/** The maps of a result [1, height, width, filters] that are brightest on average, brightest first. */
function brightest(layer: string, result: Tensor): FeatureMap[] {
  const [, height, width, count] = result.shape;
  const values = result.data();
  const maps = Array.from({ length: count }, (_, filter) => {
    const pixels = Array.from({ length: height * width }, (_, at) => values[at * count + filter]);
    const mean = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
    return { layer, filter, picture: { pixels, height, width }, mean };
  });
  return maps.sort((a, b) => b.mean - a.mean).slice(0, SHOWN);
}

/** The brightest maps of each convolution and pooling, from the first on. */
function featuresOf(model: Sequential, digit: Tensor): FeatureMap[][] {
  return tidy(() => {
    const found: FeatureMap[][] = [];
    let x = digit;
    for (const layer of model.layers as (Conv2D | MaxPooling2D)[]) {
      x = layer.forward(x);
      if (/^(conv|pool)/.test(layer.name)) found.push(brightest(layer.name, x));
    }
    return found;
  });
}

/** Parts of a result [n, ...] as pictures of 28 x 28. */
function pictures(all: Tensor, colors: Picture["colors"]): Picture[] {
  const values = all.data();
  const size = SIDE * SIDE;
  return Array.from({ length: all.shape[0] }, (_, i) => ({
    pixels: values.subarray(i * size, (i + 1) * size),
    colors,
  }));
}

function drawFilters(filters: readonly Picture[]): string {
  const rows = Array.from({ length: Math.ceil(filters.length / FILTERS_A_ROW) }, (_, row) => ({
    label: row === 0 ? "conv 1" : "",
    pictures: filters.slice(row * FILTERS_A_ROW, (row + 1) * FILTERS_A_ROW),
  }));
  const note =
    "Weights of 3 × 3 pixels. Red: ink here speaks for what the filter looks for, blue: against it.";
  return drawPictures({ title: "The filters of the first layer", rows, note });
}

function drawFeatures(digit: Picture, features: readonly FeatureMap[][]): string {
  return drawPictures({
    title: "What the layers make of a digit",
    rows: [
      { label: "input", pictures: [digit] },
      ...features.map((maps) => ({
        label: maps[0].layer,
        pictures: maps.map(({ picture, filter }) => ({ ...picture, caption: String(filter) })),
      })),
    ],
    note: `The ${SHOWN} brightest maps of each layer, with the numbers of their filters; each from white, its least value, to black.`,
  });
}

function drawSaliency(images: Tensor, gradients: Tensor): string {
  const digits = pictures(images, "ink");
  return drawPictures({
    title: "What the convolutional network looks at",
    rows: [
      {
        label: "digit",
        pictures: digits.map((picture, i) => ({ ...picture, caption: String(i) })),
      },
      { label: "gradient", pictures: pictures(gradients, "diverging") },
      { label: "|gradient|", pictures: pictures(gradients.abs(), "ink") },
    ],
    note: "Red: ink here speaks for the digit, blue: against it. Gradient of ln p by pixel.",
  });
}

async function run(options: Options): Promise<LabReport> {
  const { name, train, test } = await loadDigits(options);
  const { images, labels } = firstOf(train, options.images);
  const model = network();
  model.compile({
    optimizer: "adam",
    loss: "sparseCategoricalCrossentropy",
    metrics: ["accuracy"],
  });
  const { epochs } = options;
  await model.fit(images, labels, { epochs, batchSize: 128, verbose: 0 });
  const { accuracy } = await model.evaluate(test.images, test.labels);
  console.log(`${name}: ${epochs} epochs, test accuracy ${accuracy.toFixed(4)}\n`);

  const digits = oneOfEach(test);
  const two = digits.slice([2], [1]);
  const features = featuresOf(model, two);
  printTable(
    ["layer", "brightest filter", "its mean"],
    features.map(([{ layer, filter, mean }]) => [layer, filter, mean]),
  );
  const gradients = inputGradient(model, digits, [...Array(10).keys()], { logarithm: true });
  const [digit] = pictures(two, "ink");
  return {
    figures: {
      "convnet-filters": drawFilters(filtersOf((model.getLayer("conv 1") as Conv2D).kernel!)),
      "convnet-features": drawFeatures(digit, features),
      "convnet-saliency": drawSaliency(digits, gradients),
    },
    result: { dataset: name, accuracy },
  };
}

runLab({
  name: "convnet",
  description: "Shows the filters and feature maps of a convolutional network, and what sways it.",
  options: (command) =>
    command
      .option("--epochs <n>", "times through the training set", positiveInteger, 3)
      .option("--images <n>", "so many training images alone", positiveInteger, 12_000),
  run,
});
