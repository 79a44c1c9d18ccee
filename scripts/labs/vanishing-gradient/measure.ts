/** What the lab measures: gradient norms and activations before, during and after training, accuracy. */

import {
  type DigitData,
  type GradientNormRecord,
  GradientNorms,
  type Sequential,
  type Tensor,
  gradientNorms,
  tidy,
} from "nabla";

import { withProgress } from "../../progress";
import { type ActivationStatistics, activationStatistics } from "./activation-statistics";
import {
  ACTIVATIONS,
  type HiddenActivation,
  INITIALIZATIONS,
  type Initialization,
  Training,
  type Variant,
  buildNetwork,
  digitLoss,
  disposeNetwork,
  hiddenActivations,
} from "./network";

/** How much is trained. */
export interface Budget {
  seed: number;
  /** Training images, hidden units a layer, hidden layers of the detailed part. */
  images: number;
  units: number;
  depth: number;
  /** Epochs at that depth. */
  epochs: number;
  /** The other depths, and the epochs there. */
  otherDepths: number[];
  otherEpochs: number;
  /** Networks of each kind, of different seeds, whose accuracies are averaged. */
  networks: number;
}

export const RATES = [0.01, 0.1, 1];
/** Initial networks whose gradient norms are averaged. */
export const START_SEEDS = 5;
/** Images whose mean loss the gradient norms, and whose activations the distributions, are of. */
export const PROBE = 256;
/** The initialisation that each activation is judged by. */
export const USUAL: Record<HiddenActivation, Initialization> = {
  sigmoid: "Glorot",
  tanh: "Glorot",
  relu: "He",
};
/** Gradient norms before training. */
export interface Start extends Variant {
  /** Norm of each kernel's gradient from the first hidden layer to the output, mean of the seeds. */
  kernelNorms: number[];
  /** The first layer's norm over the output layer's, mean of the seeds. */
  firstToLast: number;
}

/** One training at one rate. */
export interface Run {
  rate: number;
  /** Mean training loss of each epoch; ends early where it is not finite. */
  losses: number[];
  diverged: boolean;
  /** Of the test images, after `otherEpochs` and after all epochs: the mean of the networks. */
  accuracyEarly: number;
  accuracy: number;
  /** After all epochs, of each network; the first is what everything else is of. */
  accuracies: number[];
  /** At the detailed depth: norm of each kernel's gradient at the start and after each epoch. */
  kernelNorms?: number[][];
  /** At the detailed depth: a hidden layer each, after training. */
  activations?: ActivationStatistics[];
}

export interface Trained extends Variant {
  runs: Run[];
  /** At the detailed depth: a hidden layer each, before training. */
  activations?: ActivationStatistics[];
}

export interface Findings {
  depths: number[];
  starts: Start[];
  trained: Trained[];
}

/** The best of the learning rates, by accuracy in the end. */
export function bestOf(runs: readonly Run[], key: "accuracy" | "accuracyEarly" = "accuracy"): Run {
  return runs.reduce((best, run) => (run[key] > best[key] ? run : best));
}

/** The one entry for an activation, an initialisation and a depth. */
export function find<T extends Variant>(
  entries: readonly T[],
  activation: HiddenActivation,
  initialization: Initialization,
  depth: number,
): T {
  return entries.find(
    (entry) =>
      entry.activation === activation &&
      entry.initialization === initialization &&
      entry.depth === depth,
  )!;
}

function variantsOf(depths: readonly number[]): Variant[] {
  return depths.flatMap((depth) =>
    ACTIVATIONS.flatMap((activation) =>
      INITIALIZATIONS.map((initialization) => ({ activation, initialization, depth })),
    ),
  );
}

/** The first training images with their labels: a batch that every measurement shares. */
type Probe = [images: Tensor, labels: Tensor];

function kernelNormsOf({ layers }: Pick<GradientNormRecord, "layers">): number[] {
  return layers.map(({ weights }) => weights.kernel);
}

function measureStart(variant: Variant, [x, y]: Probe, budget: Budget): Start {
  const bySeed = Array.from({ length: START_SEEDS }, (_, i) => {
    const network = buildNetwork(variant, budget.units, budget.seed + i);
    const norms = kernelNormsOf({ layers: gradientNorms(network, x, y, { loss: digitLoss }) });
    disposeNetwork(network);
    return norms;
  });
  return {
    ...variant,
    kernelNorms: bySeed[0].map((_, layer) => mean(bySeed.map((norms) => norms[layer]))),
    firstToLast: mean(bySeed.map((norms) => norms[0] / norms[norms.length - 1])),
  };
}

/** Trains the networks of a kind at every rate; the first is looked at in detail. */
function trainAll(variant: Variant, digits: DigitData, probe: Probe, budget: Budget): Trained {
  const [first, ...others] = Array.from({ length: budget.networks }, (_, i) =>
    trainAtAllRates(variant, digits, probe, { ...budget, seed: budget.seed + i }),
  );
  const runs = first.runs.map((run, rate): Run => {
    const all = [run, ...others.map(({ runs }) => runs[rate])];
    return {
      ...run,
      diverged: all.some(({ diverged }) => diverged),
      accuracyEarly: mean(all.map(({ accuracyEarly }) => accuracyEarly)),
      accuracy: mean(all.map(({ accuracy }) => accuracy)),
      accuracies: all.map(({ accuracy }) => accuracy),
    };
  });
  return { ...first, runs };
}

/** Trains one network at every rate, each time from the same weights. */
function trainAtAllRates(
  variant: Variant,
  digits: DigitData,
  probe: Probe,
  budget: Budget,
): Trained {
  const network = buildNetwork(variant, budget.units, budget.seed);
  const isDetailed = variant.depth === budget.depth;
  const statistics = (): ActivationStatistics[] => statisticsOf(network, probe[0]);
  const before = isDetailed ? { activations: statistics() } : {};
  const training = new Training(network, digits, budget.images);
  const runs = RATES.map((rate): Run => {
    training.restart(rate);
    if (!isDetailed) return runFor(budget.otherEpochs, training, rate, budget);
    const norms = new GradientNorms(...probe, { loss: digitLoss });
    norms.record(network, 0);
    const run = runFor(budget.epochs, training, rate, budget, (epoch) => {
      norms.record(network, epoch);
    });
    return { ...run, kernelNorms: norms.history.map(kernelNormsOf), activations: statistics() };
  });
  training.dispose();
  disposeNetwork(network);
  return { ...variant, runs, ...before };
}

/** Trains on until `epochs` or until the loss is not finite. */
function runFor(
  epochs: number,
  training: Training,
  rate: number,
  { otherEpochs }: Budget,
  afterEpoch: (epoch: number) => void = () => undefined,
): Run {
  const losses: number[] = [];
  let accuracyEarly: number | null = null;
  let diverged = false;
  while (losses.length < epochs && !diverged) {
    losses.push(training.epoch());
    diverged = !Number.isFinite(losses.at(-1));
    afterEpoch(losses.length);
    if (losses.length === otherEpochs) accuracyEarly = training.accuracy();
  }
  const accuracy =
    accuracyEarly !== null && losses.length === otherEpochs ? accuracyEarly : training.accuracy();
  return {
    rate,
    losses,
    diverged,
    accuracyEarly: accuracyEarly ?? accuracy,
    accuracy,
    accuracies: [accuracy],
  };
}

function statisticsOf(network: Sequential, images: Tensor): ActivationStatistics[] {
  return tidy(() => hiddenActivations(network, images).map(activationStatistics));
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}

/** Everything that the lab measures. */
export function measure(digits: DigitData, budget: Budget): Findings {
  const depths = [...new Set([...budget.otherDepths, budget.depth])].sort((a, b) => a - b);
  const variants = variantsOf(depths);
  const probe = tidy((): Probe => {
    const { images, labels } = digits.train;
    const samples = Math.min(PROBE, budget.images);
    return [images.slice(0, samples).clone(), labels.slice(0, samples).clone()];
  });
  const starts = variants.map((variant) => measureStart(variant, probe, budget));
  const trained: Trained[] = [];
  for (const variant of withProgress(variants, "training", "variants")) {
    trained.push(trainAll(variant, digits, probe, budget));
  }
  for (const tensor of probe) tensor.dispose();
  return { depths, starts, trained };
}
