/** How random networks are trained: losses with targets for them, weights of samples, optimizers. */

import { Variable, losses, optimizers, type DType } from "../../src";
import type { Choices } from "../helpers/choices";

/** What the targets of a loss are like. */
type Targets = "numbers" | "positive" | "large" | "signs" | "bits" | "oneHot" | "shares" | "labels";

export interface DrawnLoss {
  readonly text: string;
  readonly name: string;
  readonly make: () => losses.Loss;
  readonly targets: Targets;
  /** The activation that the network ends in, since the loss expects what it gives. */
  readonly end?: "sigmoid" | "softmax" | "softplus";
  /** Whether it is one number for a batch: parts of a batch do not add up, and have no weights. */
  readonly isOfBatch?: boolean;
}

type Options = Record<string, unknown>;

/** A loss that the network's outputs go to as they are, or after an activation. */
function loss(
  name: keyof typeof losses,
  targets: Targets,
  settings: Pick<DrawnLoss, "end" | "isOfBatch"> & { options?: Options } = {},
): DrawnLoss {
  const { options = {}, ...others } = settings;
  const create = losses[name] as unknown as new (options: Options) => losses.Loss;
  const text = `${name} ${JSON.stringify(options)}`;
  return { text, name, make: () => new create(options), targets, ...others };
}

const [sigmoid, softmax] = [{ end: "sigmoid" }, { end: "softmax" }] as const;

/** Losses whose slopes are of the size of their arguments: rounding stays rounding. */
export const LOSSES: readonly DrawnLoss[] = [
  loss("MeanSquaredError", "numbers"),
  loss("MeanAbsoluteError", "numbers"),
  loss("Huber", "numbers", { options: { delta: 0.5 } }),
  loss("LogCosh", "numbers"),
  loss("MeanAbsolutePercentageError", "large"), // its slopes are 100 parts of a target
  loss("MeanSquaredLogarithmicError", "positive", { end: "softplus" }),
  loss("Poisson", "positive", { end: "softplus" }),
  loss("CosineSimilarity", "positive", { end: "softplus" }),
  loss("Hinge", "signs"),
  loss("SquaredHinge", "bits"),
  loss("CategoricalHinge", "oneHot"),
  loss("BinaryCrossentropy", "bits", sigmoid),
  loss("BinaryCrossentropy", "bits", { options: { fromLogits: true, labelSmoothing: 0.1 } }),
  loss("BinaryFocalCrossentropy", "bits", { ...sigmoid, options: { applyClassBalancing: true } }),
  loss("CategoricalCrossentropy", "oneHot", { ...softmax, options: { labelSmoothing: 0.2 } }),
  loss("CategoricalCrossentropy", "shares", { options: { fromLogits: true } }),
  loss("CategoricalFocalCrossentropy", "oneHot", softmax),
  loss("CategoricalGeneralizedCrossEntropy", "labels", softmax),
  loss("SparseCategoricalCrossentropy", "labels", softmax),
  loss("SparseCategoricalCrossentropy", "labels", { options: { fromLogits: true } }),
  loss("SparseCategoricalCrossentropy", "labels", { ...softmax, options: { ignoreClass: 1 } }),
  loss("KLDivergence", "shares", softmax),
  loss("Dice", "bits", { ...sigmoid, isOfBatch: true }),
  loss("Tversky", "bits", { ...sigmoid, isOfBatch: true, options: { alpha: 0.3 } }),
];

/** Targets of samples, row after row. */
export function drawTargets(
  choices: Choices,
  targets: Targets,
  samples: number,
  classes: number,
): { y: number[]; yShape: number[]; yType: DType } {
  const each = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw);
  if (targets === "labels") {
    const y = each(samples, () => choices.integer(0, classes - 1));
    return { y, yShape: [samples], yType: "int32" };
  }
  const row: Record<Exclude<Targets, "labels">, () => number[]> = {
    numbers: () => each(classes, () => choices.unit()),
    positive: () => each(classes, () => 0.5 + choices.unit()),
    large: () => each(classes, () => 50 + 100 * choices.unit()),
    signs: () => each(classes, () => choices.pick([-1, 1])),
    bits: () => each(classes, () => choices.pick([0, 1])),
    oneHot: () => {
      const label = choices.integer(0, classes - 1);
      return Array.from({ length: classes }, (_, i) => (i === label ? 1 : 0));
    },
    shares: () => {
      const parts = each(classes, () => 0.1 + choices.unit());
      return parts.map((part) => part / parts.reduce((a, b) => a + b));
    },
  };
  const y = each(samples, row[targets]).flat().map(Math.fround);
  return { y, yShape: [samples, classes], yType: "float32" };
}

export interface Training {
  readonly text: string;
  readonly optimizer: () => optimizers.Optimizer;
  /** A weight for each sample. */
  readonly sampleWeight?: number[];
  /** A weight for each class, instead. */
  readonly classWeight?: Record<number, number>;
}

/**
 * Optimizers whose changes are of the size of the gradients: those that divide by the gradient's own
 * size make much of a rounding error beside 0, and are compared in updates.test.ts.
 */
const OPTIMIZERS: [keyof typeof optimizers, Options][] = [
  ["SGD", {}],
  ["SGD", { momentum: 0.9 }],
  ["SGD", { momentum: 0.9, nesterov: true }],
  ["RMSprop", { epsilon: 0.1, centered: true, momentum: 0.5 }],
  ["Adam", { epsilon: 0.1 }],
  ["Adam", { epsilon: 0.1, amsgrad: true }],
  ["AdamW", { epsilon: 0.1 }],
  ["Nadam", { epsilon: 0.1 }],
  ["Adamax", { epsilon: 0.1 }],
  ["Adagrad", { initialAccumulatorValue: 0.5 }],
  ["Adadelta", { epsilon: 0.1 }],
  ["Ftrl", { initialAccumulatorValue: 0.5, l2RegularizationStrength: 0.1 }],
];

/** Options of every optimizer, for weights that are named as kernels and biases. */
export const COMMON: Options[] = [
  {},
  {},
  { weightDecay: 0.01 },
  { weightDecay: 0.5, excludeFromWeightDecay: ["bias"] },
  { groups: [{ names: ["kernel"], learningRate: 0.02 }] },
  { clipnorm: 0.1 },
  { clipvalue: 0.02 },
  { globalClipnorm: 0.1 },
  { useEma: true, emaMomentum: 0.5 },
  { useEma: true, emaMomentum: 0.5, emaOverwriteFrequency: 2 },
  { gradientAccumulationSteps: 2 },
];

const RATE = 0.05;

const RATES: Record<string, () => unknown> = {
  number: () => RATE,
  Variable: () => new Variable(RATE, { trainable: false }),
  CosineDecay: () =>
    new optimizers.schedules.CosineDecay({ initialLearningRate: RATE, decaySteps: 4 }),
  PiecewiseConstantDecay: () =>
    new optimizers.schedules.PiecewiseConstantDecay({
      boundaries: [1, 3],
      values: [RATE, RATE / 2, RATE / 4],
    }),
};

export function drawTraining(
  choices: Choices,
  { targets, isOfBatch = false }: DrawnLoss,
  samples: number,
  classes: number,
): Training {
  const [name, own] = choices.pick(OPTIMIZERS);
  const options = { ...own, ...choices.pick(COMMON) };
  const rate = choices.pick(Object.keys(RATES));
  const create = optimizers[name] as unknown as new (
    rate: unknown,
    options: Options,
  ) => optimizers.Optimizer;
  const weigh = (): number => choices.pick([0, 0.5, 1, 1.5]);
  const isWeighed = !isOfBatch && choices.happens(0.4);
  const byClass = isWeighed && targets === "labels" && choices.happens(0.5);
  const sampleWeight = isWeighed && !byClass ? Array.from({ length: samples }, weigh) : undefined;
  const classWeight = byClass
    ? Object.fromEntries(Array.from({ length: classes }, (_, label) => [label, weigh()]))
    : undefined;
  const words = { sampleWeight, classWeight };
  return {
    text: `${name} ${rate} ${JSON.stringify(options)} ${JSON.stringify(words)}`,
    optimizer: () => new create(RATES[rate](), options),
    sampleWeight,
    classWeight,
  };
}
