/**
 * Lab: why deep networks of sigmoids did not learn, and what made them learn.
 *
 *   npm run lab:vanishing-gradient -- --help
 */

import { type Command, InvalidArgumentError, Option } from "commander";

import { checkImages, loadDigits } from "../digits";
import { positiveInteger } from "../numbers";
import { type LabOptions, type LabReport, runLab } from "./lab";
import { type Cell, formatNumber, printTable } from "./table";
import {
  activationName,
  count,
  drawFigures,
  initializationName,
} from "./vanishing-gradient/figures";
import {
  type Budget,
  type Findings,
  PROBE,
  RATES,
  type Run,
  START_SEEDS,
  USUAL,
  bestOf,
  find,
  measure,
} from "./vanishing-gradient/measure";
import {
  ACTIVATIONS,
  type HiddenActivation,
  INITIALIZATIONS,
  type Initialization,
} from "./vanishing-gradient/network";

/** Activations and initialisations together, as rows of a table. */
const PAIRS = ACTIVATIONS.flatMap((activation) =>
  INITIALIZATIONS.map((initialization): [HiddenActivation, Initialization] => [
    activation,
    initialization,
  ]),
);

function pairName(activation: HiddenActivation, initialization: Initialization): string[] {
  return [activationName(activation), initializationName(initialization)];
}

function printStarts({ starts }: Findings, { depth }: Budget): void {
  console.log(
    `Norm of the kernels' gradient before training, ${depth} hidden layers, mean of ${START_SEEDS} ` +
      `networks; mean loss of the first ${PROBE} images. Last: the output layer`,
  );
  printTable(
    ["activation", "initialisation", "first layer", "last layer", "first / last"],
    PAIRS.map(([activation, initialization]) => {
      const start = find(starts, activation, initialization, depth);
      const { kernelNorms, firstToLast } = start;
      const ends = [kernelNorms[0], kernelNorms[depth]];
      return [...pairName(activation, initialization), ...ends, firstToLast];
    }),
  );
}

function printTraining({ trained }: Findings, { depth, epochs }: Budget): void {
  console.log(`Test accuracy after ${count(epochs)}, ${depth} hidden layers, by learning rate`);
  printTable(
    ["activation", "initialisation", ...RATES.map((rate) => `rate ${rate}`), "best"],
    PAIRS.map(([activation, initialization]) => {
      const { runs } = find(trained, activation, initialization, depth);
      const accuracies = [...runs, bestOf(runs)].map(accuracyCell);
      return [...pairName(activation, initialization), ...accuracies];
    }),
  );
}

function accuracyCell({ accuracy, diverged }: Run): string {
  return `${accuracy.toFixed(4)}${diverged ? " diverged" : ""}`;
}

function printDepths({ depths, trained }: Findings, { otherEpochs }: Budget): void {
  console.log(
    `Test accuracy after ${count(otherEpochs)} by number of hidden layers, at the best rate (in ` +
      "brackets)",
  );
  printTable(
    ["activation", "initialisation", ...depths.map(String)],
    PAIRS.map(([activation, initialization]) => {
      const cells = depths.map((depth) => {
        const { runs } = find(trained, activation, initialization, depth);
        const { accuracyEarly, rate } = bestOf(runs, "accuracyEarly");
        return `${accuracyEarly.toFixed(3)} (${rate})`;
      });
      return [...pairName(activation, initialization), ...cells];
    }),
  );
}

function printActivations({ trained }: Findings, { depth }: Budget): void {
  console.log(
    `Activations before training: deviation of all values, and how far a unit's value varies from ` +
      "image to image (deviation over images, mean of the units)",
  );
  const layers = [1, depth];
  printTable(
    [
      "activation",
      "initialisation",
      ...layers.flatMap((layer) => [`layer ${layer}: deviation`, "over images"]),
    ],
    PAIRS.map(([activation, initialization]): Cell[] => {
      const { activations } = find(trained, activation, initialization, depth);
      const cells = layers.flatMap((layer) => {
        const { deviation, deviationOverSamples } = activations![layer - 1];
        return [formatNumber(deviation), formatNumber(deviationOverSamples)];
      });
      return [...pairName(activation, initialization), ...cells];
    }),
  );
}

function printCoverage({ depths }: Findings, budget: Budget): void {
  const others = depths.filter((depth) => depth !== budget.depth);
  console.log(
    `Covered: every activation with every initialisation and learning rate on ${budget.images} ` +
      `training images in batches of 32, at ${budget.depth} hidden layers for ` +
      `${count(budget.epochs)}, at ${others.join(", ")} for ${count(budget.otherEpochs)}; accuracies are means of ` +
      `${budget.networks} networks, gradient norms before training of ${START_SEEDS}, everything ` +
      `else is of one. Layers of ${budget.units} units.\n`,
  );
}

/** { firstToLast, accuracy } of an activation with its usual initialisation. */
function headline(
  { starts, trained }: Findings,
  { depth }: Budget,
  activation: HiddenActivation,
): { firstToLast: number; accuracy: number } {
  const initialization = USUAL[activation];
  const { firstToLast } = find(starts, activation, initialization, depth);
  const { accuracy } = bestOf(find(trained, activation, initialization, depth).runs);
  return { firstToLast, accuracy };
}

async function run(options: LabOptions & Budget): Promise<LabReport> {
  const { images, epochs, otherEpochs } = options;
  if (otherEpochs > epochs) {
    throw new RangeError(
      `expected at most the ${count(epochs)} of --epochs for --other-epochs but received ${otherEpochs}`,
    );
  }
  const digits = await loadDigits(options);
  checkImages(digits.train, images);
  const findings = measure(digits, options);
  printCoverage(findings, options);
  printStarts(findings, options);
  printTraining(findings, options);
  printDepths(findings, options);
  printActivations(findings, options);
  const headlines = Object.fromEntries(
    ACTIVATIONS.map((activation) => [activation, headline(findings, options, activation)]),
  );
  return {
    figures: drawFigures(findings, options),
    result: { dataset: digits.name, ...headlines, ...findings },
  };
}

function depthList(text: string): number[] {
  const depths = text.split(",").map(positiveInteger);
  if (new Set(depths).size === depths.length) return depths;
  throw new InvalidArgumentError("expected different depths");
}

function withBudget(command: Command): Command {
  return command
    .option("--images <n>", "training images", positiveInteger, 21000)
    .option("--units <n>", "units of a hidden layer", positiveInteger, 100)
    .option("--depth <n>", "hidden layers of the networks looked at in detail", positiveInteger, 10)
    .option("--epochs <n>", "epochs at that depth", positiveInteger, 5)
    .addOption(
      new Option("--other-depths <list>", "other numbers of hidden layers, by commas")
        .argParser(depthList)
        .default([1, 2, 5, 20], "1,2,5,20"),
    )
    .option("--other-epochs <n>", "epochs there, at most as many", positiveInteger, 5)
    .option("--networks <n>", "networks of each kind, for mean accuracies", positiveInteger, 3);
}

runLab({
  name: "vanishing-gradient",
  description:
    "Shows how gradient norms and activations change from layer to layer, and what that means for learning.",
  options: withBudget,
  run,
});
