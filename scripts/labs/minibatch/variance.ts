/** How far the gradient of a minibatch lies from that of all samples. */

import { type Tensor, Variable, accumulate, jit, tensor, tidy } from "nabla";

import type { Problem } from "./problem";

export interface Variance {
  /** Mean squared distance of one sample's gradient from the mean of all: exact, over all samples. */
  perSample: number;
  /** Squared norm of the gradient of all samples' mean loss: what an estimate is to hit. */
  squaredNorm: number;
  /** Of batches of each size, estimated. */
  batches: { size: number; draws: number; variance: number }[];
  /** Of the logarithm of the variance over that of the size; -1 by theory. */
  slope: number;
}

/**
 * Variance of the gradient estimate with the weights as they are: E |g_B - g|^2, g_B being the mean
 * gradient of a batch of B samples drawn with replacement, g that of all samples, | | the Euclidean
 * norm over all weights. The mean of B independent draws of variance v has variance v / B; drawn
 * without replacement from N samples it would be (v / B) (N - B) / (N - 1).
 */
export function gradientVariance(
  problem: Problem,
  sizes: readonly number[],
  draws: number,
): Variance {
  const all = problem.gradient(problem.images, problem.labels);
  const squares = new Variable(0, { name: "squares", dtype: "float64", trainable: false });
  const addSquares = (tensors: readonly Tensor[]): void => {
    for (const x of tensors) accumulate(squares, x.square());
  };
  const distances = (gradients: readonly Tensor[]): Tensor[] =>
    gradients.map((gradient, i) => gradient.sub(all[i]));
  const meanOf = (count: number, add: (i: number) => void): number => {
    squares.assign(0);
    for (let i = 0; i < count; i++) add(i);
    return squares.item() / count;
  };
  const squaredNorm = tidy(() => meanOf(1, () => addSquares(all)));
  const addSample = jit((row: Tensor) =>
    addSquares(distances(problem.gradient(...problem.rows(row)))),
  );
  const perSample = meanOf(problem.samples, (i) => {
    const row = tensor(Int32Array.of(i));
    addSample(row);
    row.dispose();
  });
  const batches = sizes.map((size) => {
    const addBatch = jit(() => addSquares(distances(problem.gradient(...problem.draw(size)))));
    const variance = meanOf(draws, () => addBatch());
    addBatch.dispose();
    return { size, draws, variance };
  });
  addSample.dispose();
  squares.dispose();
  for (const gradient of all) gradient.dispose();
  const slope = logSlope(batches.map(({ size, variance }) => [size, variance]));
  return { perSample, squaredNorm, batches, slope };
}

/** Slope of the least-squares line through the points' logarithms. */
export function logSlope(points: readonly (readonly [x: number, y: number])[]): number {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)]);
  const mean = (axis: number): number =>
    logs.reduce((total, point) => total + point[axis], 0) / logs.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const covariance = logs.reduce((total, [x, y]) => total + (x - meanX) * (y - meanY), 0);
  const variance = logs.reduce((total, [x]) => total + (x - meanX) ** 2, 0);
  return covariance / variance;
}
