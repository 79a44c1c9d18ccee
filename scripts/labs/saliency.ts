/**
 * What a trained network looks at. White box: the gradient of a digit's log-probability with respect
 * to its pixels, by one backward pass. Black box: how far that log-probability falls when a small
 * square of the image is blanked, by one forward pass for each square.
 *
 *   npm run lab:saliency -- --help
 */

import {
  Dataset,
  Dense,
  GradientTape,
  Flatten,
  Rescaling,
  Sequential,
  type Tensor,
  inputGradient,
  jit,
  losses,
  metrics,
  optimizers,
  tensor,
  tidy,
} from "nabla";

import { loadDigits, oneOfEach } from "../digits";
import { positiveInteger } from "../numbers";
import { withProgress } from "../progress";
import { type LabOptions, type LabReport, runLab } from "./lab";
import { type Picture, drawPictures } from "./pictures";
import { printTable } from "./table";

const SIDE = 28;
const PIXELS = SIDE * SIDE;
/** Side of the square that is blanked, in pixels. */
const SQUARE = 5;
/** Pixels that are blanked to see whether the gradient found what matters. */
const BLANKED = 40;

interface Options extends LabOptions {
  epochs: number;
}

type Samples = Dataset<[Tensor, Tensor]>;

function train(model: Sequential, samples: Samples, epochs: number): void {
  const optimizer = new optimizers.Adam();
  const step = jit((x: Tensor, y: Tensor) => {
    const tape = new GradientTape();
    const loss = tape.record(() =>
      losses.sparseCategoricalCrossentropy(y, model.forward(x)).mean(),
    );
    optimizer.applyGradients(tape.gradient(loss, model.trainableWeights), model.trainableWeights);
  });
  const batches = samples.shuffle(10_000).batch(32);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for (const [x, y] of withProgress(batches, `epoch${epoch}`)) step(x, y);
  }
}

function accuracyOf(model: Sequential, samples: Samples): number {
  const accuracy = new metrics.SparseCategoricalAccuracy();
  const step = jit((x: Tensor, y: Tensor) => accuracy.update(y, model.forward(x)));
  for (const [x, y] of samples.batch(500)) step(x, y);
  return accuracy.result();
}

/** ln p[label] of each image. */
function logProbabilities(model: Sequential, images: Tensor, labels: readonly number[]): number[] {
  return tidy(() => {
    const p = model.forward(images).data();
    return labels.map((label, i) => Math.log(p[i * 10 + label]));
  });
}

/** How far ln p of a digit falls when the square around each pixel is blanked. */
function occlusion(model: Sequential, pixels: Uint8Array, digit: number): number[] {
  const variants = new Uint8Array(PIXELS * PIXELS);
  for (let center = 0; center < PIXELS; center++) {
    variants.set(pixels, center * PIXELS);
    const [row, column] = [Math.floor(center / SIDE), center % SIDE];
    const reach = (SQUARE - 1) / 2;
    for (let r = Math.max(0, row - reach); r <= Math.min(SIDE - 1, row + reach); r++) {
      for (let c = Math.max(0, column - reach); c <= Math.min(SIDE - 1, column + reach); c++) {
        variants[center * PIXELS + r * SIDE + c] = 0;
      }
    }
  }
  const [whole] = logProbabilities(model, tensor(pixels, [1, SIDE, SIDE]), [digit]);
  const labels = Array<number>(PIXELS).fill(digit);
  const images = tensor(variants, [PIXELS, SIDE, SIDE]);
  return logProbabilities(model, images, labels).map((blanked) => whole - blanked);
}

/** The image without those of its pixels that come first in `order` and are not blank already. */
function blank(pixels: Uint8Array, order: readonly number[]): Uint8Array {
  const result = pixels.slice();
  for (const i of order.filter((i) => pixels[i] > 0).slice(0, BLANKED)) result[i] = 0;
  return result;
}

interface Sight {
  digit: number;
  pixels: Uint8Array;
  gradient: number[];
  occlusion: number[];
  /** ln p of the whole image, and how far it falls without the pixels that either rule finds. */
  logProbability: number;
  fallByGradient: number;
  fallAtRandom: number;
}

/** A fixed order of all pixels, without rhyme or reason. */
function scattered(): number[] {
  return Array.from({ length: PIXELS }, (_, i) => (i * 293) % PIXELS);
}

function lookAt(model: Sequential, image: Uint8Array, gradient: number[], digit: number): Sight {
  // To first order, blanking a pixel of value v lowers ln p by v times its gradient.
  const effect = gradient.map((slope, i) => slope * image[i]);
  const order = effect.map((_, i) => i).sort((a, b) => effect[b] - effect[a]);
  const variants = [image, blank(image, order), blank(image, scattered())];
  const images = tensor(Uint8Array.from(variants.flatMap((v) => [...v])), [3, SIDE, SIDE]);
  const [whole, found, random] = logProbabilities(model, images, [digit, digit, digit]);
  return {
    digit,
    pixels: image,
    gradient,
    occlusion: occlusion(model, image, digit),
    logProbability: whole,
    fallByGradient: whole - found,
    fallAtRandom: whole - random,
  };
}

function draw(sights: readonly Sight[]): string {
  const row = (picture: (sight: Sight) => Picture): Picture[] => sights.map(picture);
  return drawPictures({
    title: "What the network looks at",
    rows: [
      {
        label: "digit",
        pictures: row(({ digit, pixels }) => ({ pixels, caption: String(digit) })),
      },
      {
        label: "gradient",
        pictures: row(({ gradient }) => ({ pixels: gradient, colors: "diverging" })),
      },
      {
        label: "|gradient|",
        pictures: row(({ gradient }) => ({ pixels: gradient.map(Math.abs) })),
      },
      {
        label: "occlusion",
        pictures: row(({ occlusion }) => ({ pixels: occlusion, colors: "diverging" })),
      },
    ],
    note:
      "Red: ink here speaks for the digit, blue: against it. Gradient of ln p by pixel; occlusion: " +
      `fall of ln p without ${SQUARE} × ${SQUARE} pixels.`,
  });
}

async function run(options: Options): Promise<LabReport> {
  const { name, train: trainSet, test } = await loadDigits(options);
  const model = new Sequential([
    new Flatten(),
    new Rescaling(1 / 255),
    ...[32, 64, 128].map((units) => new Dense(units, { activation: "relu" })),
    new Dense(10, { activation: "softmax" }),
  ]);
  model.build([null, SIDE, SIDE], "uint8");
  const samplesOf = (set: typeof test): Samples =>
    Dataset.fromTensorSlices([set.images, set.labels] as [Tensor, Tensor]);
  train(model, samplesOf(trainSet), options.epochs);
  const accuracy = accuracyOf(model, samplesOf(test));
  console.log(`${name}: ${options.epochs} epochs, test accuracy ${accuracy.toFixed(4)}\n`);

  const images = oneOfEach(test);
  const digits = Array.from({ length: 10 }, (_, digit) => digit);
  const gradients = inputGradient(model, images, digits, { logarithm: true }).data();
  const pixels = images.data() as Uint8Array;
  const sights = digits.map((digit) => {
    const own = [digit * PIXELS, (digit + 1) * PIXELS] as const;
    return lookAt(model, pixels.slice(...own), Array.from(gradients.slice(...own)), digit);
  });
  printTable(
    ["digit", "ln p", `fall without ${BLANKED} pixels by gradient`, `without ${BLANKED} at random`],
    sights.map((sight) => [
      String(sight.digit),
      sight.logProbability,
      sight.fallByGradient,
      sight.fallAtRandom,
    ]),
  );
  const mean = (key: "fallByGradient" | "fallAtRandom"): number =>
    sights.reduce((sum, sight) => sum + sight[key], 0) / sights.length;
  const result = { fallByGradient: mean("fallByGradient"), fallAtRandom: mean("fallAtRandom") };
  console.log(
    `ln p falls by ${result.fallByGradient.toFixed(2)} on average without the ${BLANKED} inked pixels ` +
      `that the gradient finds, by ${result.fallAtRandom.toFixed(2)} without ${BLANKED} random ones\n`,
  );
  return { figures: { saliency: draw(sights) }, result: { dataset: name, accuracy, ...result } };
}

runLab({
  name: "saliency",
  description: "Shows which pixels sway a trained network, from inside and from outside.",
  options: (command) =>
    command.option("--epochs <n>", "times through the training set", positiveInteger, 3),
  run,
});
