/**
 * Reads the digit in a picture by a model that `npm run train:mnist -- --save FILE` or
 * `npm run example mnist-convnet -- --save FILE` kept:
 *
 *   npm run example predict -- FILE PICTURE
 *
 * The picture is a PNG of any size with one digit, dark on light or light on dark.
 */

import { readFileSync, writeFileSync } from "node:fs";

import { Command } from "commander";
import { type Tensor, loadModel, tensor } from "nabla";
import { PNG } from "pngjs";

import "../scripts/classifier"; // the network of train:mnist

const SIDE = 28;

/** The picture as MNIST has its own: [1, 28, 28], uint8, light on dark. */
function digitIn(path: string): Tensor {
  const { width, height, data } = PNG.sync.read(readFileSync(path));
  const grey = Float64Array.from({ length: width * height }, (_, i) => greyAt(data, 4 * i));
  const edge = grey.filter((_, i) => {
    const [row, column] = [Math.floor(i / width), i % width];
    return row === 0 || column === 0 || row === height - 1 || column === width - 1;
  });
  const isLight = edge.reduce((total, value) => total + value, 0) / edge.length > 127;
  const pixels = new Uint8Array(SIDE * SIDE);
  for (let i = 0; i < pixels.length; i++) {
    const [top, bottom] = span(Math.floor(i / SIDE), height);
    const [left, right] = span(i % SIDE, width);
    let total = 0;
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++) total += grey[row * width + column];
    }
    const mean = total / ((bottom - top) * (right - left));
    pixels[i] = Math.round(isLight ? 255 - mean : mean);
  }
  return tensor(pixels, [1, SIDE, SIDE]);
}

/** Of red, green, blue and opacity, on white. */
function greyAt(data: Uint8Array, at: number): number {
  const grey = 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
  const opacity = data[at + 3] / 255;
  return opacity * grey + (1 - opacity) * 255;
}

/** The rows, or columns, of a picture of that size which become row or column `i`. */
function span(i: number, size: number): [begin: number, end: number] {
  const begin = Math.floor((i * size) / SIDE);
  return [begin, Math.max(begin + 1, Math.floor(((i + 1) * size) / SIDE))];
}

async function main(file: string, picture: string, json?: string): Promise<void> {
  const model = await loadModel(file);
  const x = digitIn(picture);
  const probabilities = [...(await model.predict(x)).data()];
  const digit = probabilities.indexOf(Math.max(...probabilities));
  console.log(`${digit}, with a probability of ${(100 * probabilities[digit]).toFixed(1)} %`);
  if (json === undefined) return;
  writeFileSync(json, `${JSON.stringify({ digit, probabilities }, null, 2)}\n`);
}

const command = new Command("predict")
  .description("Reads the digit in a picture.")
  .argument("<file>", "a model, as --save of train:mnist or mnist-convnet keeps it")
  .argument("<picture>", "a PNG of a digit")
  .option("--json <file>", "write the digit and the probabilities of all ten")
  .parse();

const [file, picture] = command.args;
main(file, picture, command.opts<{ json?: string }>().json).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
