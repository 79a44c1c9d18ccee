/**
 * Lab: gradient descent on all samples, on one, or on a minibatch.
 *
 *   npm run lab:minibatch -- --help
 */

import type { Command } from "commander";

import { checkImages, loadDigits } from "../digits";
import { positiveInteger } from "../numbers";
import { withProgress } from "../progress";
import { type Figure, drawFigure } from "./figure";
import { type LabOptions, type LabReport, runLab } from "./lab";
import { type Descent, LOSS_SAMPLES, type Moment, descend } from "./minibatch/descent";
import { type BatchSize, Problem } from "./minibatch/problem";
import { type Variance, gradientVariance } from "./minibatch/variance";
import { formatNumber, printTable } from "./table";

interface MinibatchOptions extends LabOptions {
  images: number;
  epochs: number;
  draws: number;
}

const BATCH_SIZES: BatchSize[] = [1, 8, 32, 128, 512, 4096, "full"];
const RATES = [0.01, 0.1, 1];
const VARIANCE_SIZES = Array.from({ length: 13 }, (_, i) => 2 ** i); // 1 to 4,096

/** The descents of one batch size at all rates. */
type Descents = readonly Descent[];

function lastLoss({ moments }: Descent): number {
  return moments.at(-1)!.loss;
}

/** The one whose loss is least in the end; NaN is never less. */
function bestOf(descents: Descents): Descent {
  return descents.reduce((best, descent) => (lastLoss(descent) < lastLoss(best) ? descent : best));
}

function batchName(size: BatchSize): string {
  return size === "full" ? "all" : size.toLocaleString("en-US");
}

function printDescents(all: readonly Descents[], { images, epochs }: MinibatchOptions): void {
  console.log(
    `Loss of the first ${Math.min(LOSS_SAMPLES, images)} training images after ` +
      `${images * epochs} samples (${epochs} x ${images} draws with replacement); the rest at the ` +
      "best learning rate",
  );
  printTable(
    [
      "batch",
      "updates",
      ...RATES.map((rate) => `rate ${rate}`),
      "best rate",
      "test accuracy",
      "seconds",
      "µs an update",
    ],
    all.map((descents) => {
      const { batchSize, rate, moments, accuracy } = bestOf(descents);
      const { updates, seconds } = moments.at(-1)!;
      const losses = descents.map((descent) => {
        const loss = lastLoss(descent);
        return Number.isFinite(loss) ? loss.toFixed(4) : "diverged";
      });
      const [time, timeEach] = [Number(seconds.toFixed(2)), Math.round((seconds / updates) * 1e6)];
      return [batchName(batchSize), updates, ...losses, rate, accuracy, time, timeEach];
    }),
  );
}

function printVariance({ perSample, squaredNorm, batches, slope }: Variance): void {
  console.log(
    "Variance of the gradient estimate before training, of batches drawn with replacement: mean " +
      `squared distance from the gradient of all. Slope on log axes: ${slope.toFixed(3)}. Squared ` +
      `norm of the gradient of all: ${formatNumber(squaredNorm)}`,
  );
  printTable(
    ["batch B", "draws", "variance", "variance of one / B", "ratio"],
    batches.map(({ size, draws, variance }) => {
      const expected = perSample / size;
      return [size, draws, variance, expected, (variance / expected).toFixed(3)];
    }),
  );
}

/** The tenths of powers of ten around positive values: 0.04 and 3 for 0.043 and 2.9. */
function rangeOf(values: readonly number[]): { min: number; max: number } {
  const shown = values.filter((value) => value > 0 && Number.isFinite(value));
  const digit = (value: number, round: (x: number) => number): number => {
    const power = 10 ** Math.floor(Math.log10(value));
    return round(value / power) * power;
  };
  return {
    min: digit(Math.min(...shown), Math.floor),
    max: digit(Math.max(...shown), Math.ceil),
  };
}

function drawLosses(all: readonly Descents[], { epochs }: MinibatchOptions): string {
  const best = all.map(bestOf);
  const range = rangeOf(best.flatMap(({ moments }) => moments.slice(1).map(({ loss }) => loss)));
  const panel = (label: string, of: (moment: Moment) => number): Figure["panels"][number] => ({
    title: `against ${label.replace(/ \(.*/, "")}`,
    x: { label, scale: "log" },
    y: { label: "training loss (nats)", scale: "log", ...range },
    series: best.map(({ batchSize, rate, moments }) => ({
      name: `B = ${batchName(batchSize)}, rate ${rate}`,
      points: moments.slice(1).map((moment) => [of(moment), moment.loss] as const),
    })),
  });
  return drawFigure({
    title: `Loss on a budget of ${epochs} ${epochs === 1 ? "epoch" : "epochs"}, for batches of B samples, each at its best rate`,
    columns: 3,
    plotHeight: 280,
    panels: [
      panel("epochs (samples used / all)", (moment) => moment.epochs),
      panel("updates", (moment) => moment.updates),
      panel("time (s)", (moment) => moment.seconds),
    ],
  });
}

function drawVariance({ perSample, squaredNorm, batches, slope }: Variance): string {
  const lineOf = (value: (size: number) => number): [number, number][] =>
    batches.map(({ size }) => [size, value(size)]);
  return drawFigure({
    title: "Noise of the gradient by samples a batch, before training",
    panels: [
      {
        title: `slope of the measured variance: ${slope.toFixed(2)}`,
        x: { label: "samples a batch B (drawn with replacement)", scale: "log" },
        y: { label: "squared gradient norm (nats²)", scale: "log" },
        series: [
          {
            name: "variance, measured",
            points: batches.map(({ size, variance }) => [size, variance]),
            style: "points",
          },
          {
            name: "variance of one sample / B",
            points: lineOf((size) => perSample / size),
            style: "dashed",
          },
          {
            name: "gradient of all samples, squared",
            points: lineOf(() => squaredNorm),
            style: "dashed",
          },
        ],
      },
    ],
  });
}

async function run(options: MinibatchOptions): Promise<LabReport> {
  const { images, epochs, draws } = options;
  const digits = await loadDigits(options);
  checkImages(digits.train, images);
  const problem = new Problem(digits.train, images, options.seed);
  const variance = gradientVariance(problem, VARIANCE_SIZES, draws);
  const sizes = BATCH_SIZES.filter((size) => size === "full" || size <= images);
  const descents: Descents[] = [];
  for (const size of withProgress(sizes, "descending", "batch sizes")) {
    descents.push(descend(problem, digits.test, size, RATES, epochs));
  }
  printDescents(descents, options);
  printVariance(variance);
  return {
    figures: {
      "minibatch-loss": drawLosses(descents, options),
      "minibatch-variance": drawVariance(variance),
    },
    result: {
      dataset: digits.name,
      varianceSlope: variance.slope,
      variance,
      descents: descents.flat(),
    },
  };
}

runLab({
  name: "minibatch",
  description:
    "Compares gradient descent on all samples, on one and on minibatches, and measures the noise of their gradients.",
  options: (command: Command) =>
    command
      .option("--images <n>", "training images", positiveInteger, 21000)
      .option("--epochs <n>", "budget: samples over training images", positiveInteger, 10)
      .option("--draws <n>", "batches of each size that a variance is of", positiveInteger, 200),
  run,
});
