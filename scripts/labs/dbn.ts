/**
 * Lab: what unsupervised pre-training does for a deep network of sigmoids (Hinton, Osindero and Teh
 * 2006; Bengio et al. 2007).
 *
 *   npm run lab:dbn -- --help
 */

import type { Command } from "commander";
import { DeepBeliefNetwork, type DigitData, rescale } from "nabla";

import { loadDigits } from "../digits";
import { positiveInteger } from "../numbers";
import { type FineTuning, classifierOf, fineTune, layerNorms } from "./dbn/fine-tune";
import { drawFilters, drawReconstructions, drawSamples } from "./dbn/pictures";
import { drawFigure } from "./figure";
import { type LabOptions, type LabReport, runLab } from "./lab";
import { printTable } from "./table";

interface Options extends LabOptions {
  layers: number;
  units: number;
  pretrainEpochs: number;
  epochs: number;
  batch: number;
}

/** A deep network's start and what plain SGD makes of it. */
interface Findings {
  /** Gradient norms before fine-tuning, a layer each. */
  norms: number[];
  runs: FineTuning[];
  best: FineTuning;
}

const RATES = [0.01, 0.1, 1];
const PRETRAINING = { batchSize: 100, learningRate: 0.1 };
const NAMES = { without: "without pre-training", with: "with pre-training" };

/** Momentum as the practical guide has it: low until the weights have found their direction. */
const momentum = (epoch: number): number => (epoch < 1 ? 0.5 : 0.9);

function addOptions(command: Command): Command {
  return command
    .option("--layers <n>", "hidden layers", positiveInteger, 7)
    .option("--units <n>", "units of each", positiveInteger, 256)
    .option("--pretrain-epochs <n>", "epochs of each layer's pre-training", positiveInteger, 3)
    .option("--epochs <n>", "epochs of fine-tuning", positiveInteger, 5)
    .option("--batch <n>", "samples a step of fine-tuning", positiveInteger, 32);
}

async function pretrain(network: DeepBeliefNetwork, digits: DigitData, epochs: number) {
  const { images } = digits.train;
  const x = rescale(images.reshape([images.shape[0], -1]), 1 / 255);
  const history = await network.fit(x, { ...PRETRAINING, epochs, momentum });
  x.dispose();
  const last = history.filter(({ epoch }) => epoch === epochs - 1);
  console.log(`Pre-training by CD-1, epochs a layer: ${epochs}`);
  printTable(
    ["layer", "mean squared reconstruction error", "seconds an epoch"],
    last.map(({ layer, reconstructionError, seconds }) => [
      layer + 1,
      reconstructionError,
      seconds,
    ]),
  );
  return history;
}

function find(network: DeepBeliefNetwork, { train, test }: DigitData, options: Options): Findings {
  const norms = layerNorms(classifierOf(network), train);
  const runs = RATES.map((rate) => fineTune(classifierOf(network), train, test, rate, options));
  const best = runs.reduce((a, b) => (accuracyOf(b) > accuracyOf(a) ? b : a));
  return { norms, runs, best };
}

function accuracyOf({ testAccuracy }: FineTuning): number {
  return testAccuracy[testAccuracy.length - 1];
}

function print(without: Findings, withPretraining: Findings, epochs: number): void {
  console.log("Norm of the weight gradient before fine-tuning, mean loss of 1,000 images");
  const layers = without.norms.map((_, i) => layerName(i, without.norms.length));
  printTable(
    ["layer", NAMES.without, NAMES.with],
    layers.map((layer, i) => [layer, without.norms[i], withPretraining.norms[i]]),
  );
  console.log(`Test accuracy after fine-tuning, epochs: ${epochs}`);
  printTable(
    ["learning rate", NAMES.without, NAMES.with],
    RATES.map((rate, i) => [
      rate,
      accuracyOf(without.runs[i]),
      accuracyOf(withPretraining.runs[i]),
    ]),
  );
}

function layerName(index: number, count: number): string {
  return index === count - 1 ? "output" : String(index + 1);
}

function drawNorms(without: Findings, withPretraining: Findings): string {
  const points = ({ norms }: Findings): [number, number][] => norms.map((norm, i) => [i + 1, norm]);
  const { length } = without.norms;
  return drawFigure({
    title: `Gradients before fine-tuning: ${length - 1} hidden sigmoid layers`,
    panels: [
      {
        title: `layer ${length} is the output layer`,
        x: { label: "layer", min: 1, max: length },
        y: { label: "gradient norm (nats per weight unit)", scale: "log" },
        series: [
          { name: NAMES.without, points: points(without) },
          { name: NAMES.with, points: points(withPretraining) },
        ],
      },
    ],
  });
}

function drawCurves(without: Findings, withPretraining: Findings): string {
  const series = (of: (run: FineTuning) => number[]) =>
    [without, withPretraining].map(({ best }, i) => ({
      name: `${i === 0 ? NAMES.without : NAMES.with}, rate ${best.rate}`,
      points: of(best).map((value, epoch): [number, number] => [epoch + 1, value]),
    }));
  return drawFigure({
    title: "Fine-tuning by plain SGD, each at its best learning rate",
    panels: [
      {
        title: "training",
        x: { label: "epoch" },
        y: { label: "mean cross-entropy (nats)", min: 0 },
        series: series(({ trainLoss }) => trainLoss),
      },
      {
        title: "test",
        x: { label: "epoch" },
        y: { label: "share of test images recognised", min: 0, max: 1 },
        series: series(({ testAccuracy }) => testAccuracy),
      },
    ],
  });
}

async function run(options: Options): Promise<LabReport> {
  const digits = await loadDigits(options);
  const { layers, units, epochs } = options;
  const sizes = [784, ...new Array<number>(layers).fill(units)];
  // Both begin alike but for the size of their weights: Glorot's is what such a network is due.
  const untrained = new DeepBeliefNetwork(sizes, { kernelInitializer: "glorotUniform" });
  const network = new DeepBeliefNetwork(sizes);
  const pretraining = await pretrain(network, digits, options.pretrainEpochs);
  const without = find(untrained, digits, options);
  const withPretraining = find(network, digits, options);
  print(without, withPretraining, epochs);
  return {
    figures: {
      "dbn-gradients": drawNorms(without, withPretraining),
      "dbn-learning": drawCurves(without, withPretraining),
      "dbn-filters": drawFilters(network),
      "dbn-reconstructions": drawReconstructions(network, digits.test),
      "dbn-samples": drawSamples(network),
    },
    result: {
      dataset: digits.name,
      trainImages: digits.train.labels.size,
      testImages: digits.test.labels.size,
      withoutPretraining: accuracyOf(without.best),
      withPretraining: accuracyOf(withPretraining.best),
      pretraining,
      without,
      with: withPretraining,
    },
  };
}

runLab({
  name: "dbn",
  description:
    "Pre-trains a deep sigmoid network layer by layer, and compares it with one that is not.",
  options: addOptions,
  run,
});
