/** The lab "minibatch" on a handful of digits. */

import { syntheticDigits, tidy } from "../../../src";
import { descend } from "../../../scripts/labs/minibatch/descent";
import { Problem } from "../../../scripts/labs/minibatch/problem";
import { gradientVariance, logSlope } from "../../../scripts/labs/minibatch/variance";

const SAMPLES = 50;

const digits = syntheticDigits({ samples: SAMPLES, seed: 1 });
const problem = new Problem(digits, SAMPLES, 0);

/** Each sample's gradient, all weights in a row, in JavaScript's numbers. */
function gradientsOfSamples(): number[][] {
  return Array.from({ length: SAMPLES }, (_, i) =>
    tidy(() => {
      const gradients = problem.gradient(problem.images.slice(i, 1), problem.labels.slice(i, 1));
      return gradients.flatMap((gradient) => [...gradient.data()]);
    }),
  );
}

function squaredDistance(a: readonly number[], b: readonly number[]): number {
  return a.reduce((total, value, i) => total + (value - b[i]) ** 2, 0);
}

test("the slope of a power law is its exponent", () => {
  const points = [1, 2, 5, 30].map((x) => [x, 7 * x ** -1.25] as const);
  expect(logSlope(points)).toBeCloseTo(-1.25, 12);
});

test("the gradient's variance is that of single samples over the batch's size", () => {
  const gradients = gradientsOfSamples();
  const mean = gradients[0].map(
    (_, i) => gradients.reduce((total, gradient) => total + gradient[i], 0) / SAMPLES,
  );
  const ofOne =
    gradients.reduce((total, gradient) => total + squaredDistance(gradient, mean), 0) / SAMPLES;

  const { perSample, squaredNorm, batches, slope } = gradientVariance(problem, [1, 4, 16, 64], 300);
  expect(perSample / ofOne).toBeCloseTo(1, 4);
  expect(squaredNorm / mean.reduce((total, value) => total + value ** 2, 0)).toBeCloseTo(1, 4);
  for (const { size, draws, variance } of batches) {
    expect(draws).toBe(300);
    // 300 draws leave some 5 % of noise.
    expect(Math.abs((variance * size) / ofOne - 1)).toBeLessThan(0.2);
  }
  expect(Math.abs(slope + 1)).toBeLessThan(0.1);
});

test("a batch of all samples is each sample once", () => {
  const [images, labels] = problem.draw("full");
  expect([images, labels]).toEqual([problem.images, problem.labels]);
  tidy(() => expect(problem.draw(7).map(({ shape }) => shape)).toEqual([[7, 28, 28], [7]]));
});

test("a descent uses up its budget, lowers the loss and leaves the weights as they were", () => {
  const before = problem.network.weights.map((weight) => weight.array());
  const [small, diverging] = descend(problem, digits, 10, [0.1, 1e30], 4);
  const [full] = descend(problem, digits, "full", [0.1], 4);
  expect(problem.network.weights.map((weight) => weight.array())).toEqual(before);

  expect(small.moments.at(-1)).toMatchObject({ epochs: 4, updates: 20 });
  expect(full.moments.map(({ updates }) => updates)).toEqual([0, 1, 2, 3, 4]);
  for (const { moments } of [small, full]) {
    expect(moments.at(-1)!.loss).toBeLessThan(moments[0].loss);
  }
  expect(full.moments[0].loss).toBe(small.moments[0].loss);
  expect(small.accuracy).toBeGreaterThan(0.1);
  expect(diverging.moments.at(-1)!.loss).toBeNaN();
  expect(diverging.moments.at(-1)!.updates).toBeLessThan(20);
});
