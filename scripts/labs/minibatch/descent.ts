/** Gradient descent with batches of one size, its loss looked at on the way. */

import { type DigitSet, type Tensor, jit, metrics, optimizers, tidy } from "nabla";

import type { BatchSize, Problem } from "./problem";

/** Where a descent was at one moment. */
export interface Moment {
  /** Samples used so far over those there are. */
  epochs: number;
  updates: number;
  /** Spent in updates alone. */
  seconds: number;
  /** Mean loss of the first training images, `LOSS_SAMPLES` of them. */
  loss: number;
}

export interface Descent {
  batchSize: BatchSize;
  rate: number;
  /** Ends early where the loss is not finite. */
  moments: Moment[];
  /** Share of the test images that are read right in the end. */
  accuracy: number;
}

export const LOSS_SAMPLES = 5000;
/** The loss is measured when so many epochs' samples were used, and at the end. */
const MOMENTS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5];

/** Descends from the initial weights once for each rate, on a budget of samples. */
export function descend(
  problem: Problem,
  testSet: DigitSet,
  batchSize: BatchSize,
  rates: readonly number[],
  epochs: number,
): Descent[] {
  const { network } = problem;
  const optimizer = new optimizers.SGD();
  const start = Object.fromEntries(
    network.namedWeights().map(([path, weight]) => [path, weight.clone()]),
  );
  const update = jit(() => {
    const gradients = problem.gradient(...problem.draw(batchSize));
    optimizer.applyGradients(gradients, network.trainableWeights);
  });
  const meter = new Meter(problem, testSet);
  const descents = rates.map((rate): Descent => {
    network.loadState(start);
    optimizer.learningRate = rate;
    const moments = descendOnce(problem.samples, batchSize, epochs, update, () => meter.loss());
    return { batchSize, rate, moments, accuracy: meter.accuracy() };
  });
  network.loadState(start);
  for (const weight of Object.values(start)) weight.dispose();
  update.dispose();
  meter.dispose();
  return descents;
}

function descendOnce(
  samples: number,
  batchSize: BatchSize,
  epochs: number,
  update: () => void,
  loss: () => number,
): Moment[] {
  const size = batchSize === "full" ? samples : batchSize;
  const moments: Moment[] = [{ epochs: 0, updates: 0, seconds: 0, loss: loss() }];
  let seconds = 0;
  let updates = 0;
  for (const target of updatesToMeasure(samples / size, epochs)) {
    const begin = performance.now();
    for (; updates < target; updates++) update();
    seconds += (performance.now() - begin) / 1000;
    moments.push({ epochs: (updates * size) / samples, updates, seconds, loss: loss() });
    if (!Number.isFinite(moments.at(-1)!.loss)) break;
  }
  return moments;
}

/** Numbers of updates after which to measure, the last one using up the budget. */
function updatesToMeasure(updatesPerEpoch: number, epochs: number): number[] {
  const whole = Array.from({ length: epochs }, (_, i) => i + 1);
  const targets = [...MOMENTS.filter((moment) => moment < epochs), ...whole];
  const updates = targets.map((target) => Math.round(target * updatesPerEpoch));
  return [...new Set(updates)].filter((count) => count > 0);
}

/** Measures loss and accuracy of a network. */
class Meter {
  private readonly meanLoss = new metrics.Mean();
  private readonly hits = new metrics.SparseCategoricalAccuracy();
  private readonly images: Tensor;
  private readonly labels: Tensor;

  private readonly measureLoss = jit((x: Tensor, y: Tensor) => {
    this.meanLoss.update(this.problem.loss(x, y));
  });

  private readonly measureHits = jit((x: Tensor, y: Tensor) => {
    this.hits.update(y, this.problem.network.forward(x));
  });

  constructor(
    private readonly problem: Problem,
    private readonly testSet: DigitSet,
  ) {
    const samples = Math.min(LOSS_SAMPLES, problem.samples);
    [this.images, this.labels] = tidy(() => [
      problem.images.slice(0, samples).clone(),
      problem.labels.slice(0, samples).clone(),
    ]);
  }

  loss(): number {
    this.meanLoss.reset();
    this.measureLoss(this.images, this.labels);
    return this.meanLoss.result();
  }

  accuracy(): number {
    this.hits.reset();
    this.measureHits(this.testSet.images, this.testSet.labels);
    return this.hits.result();
  }

  dispose(): void {
    this.measureLoss.dispose();
    this.measureHits.dispose();
    this.images.dispose();
    this.labels.dispose();
  }
}
