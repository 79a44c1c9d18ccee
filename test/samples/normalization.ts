/** Samples of the normalisation of channels. */

import { type Tensor, Variable, ones, zeros } from "../../src";
import { batchNorm, normalizeChannels } from "../../src/ops/normalization";
import { type NdArray, at, build, positions } from "../helpers/nd-array";
import { spread } from "../helpers/numbers";
import type { Floats } from "../helpers/sample-runner";
import { type Sample, input, sample } from "./sample";

const EPSILON = 1e-3;
const CHANNELS = 3;
const SHAPES = [
  [5, CHANNELS],
  [2, 3, 2, CHANNELS],
];

/** What batchNorm moves; its results do not depend on it. */
const movingOf = (dtype: Floats) => ({
  mean: new Variable(zeros([CHANNELS], dtype)),
  variance: new Variable(ones([CHANNELS], dtype)),
  momentum: 0.9,
});
const moving = { float32: movingOf("float32"), float64: movingOf("float64") };

/** The mean and the biased variance of each channel. */
function statistics(x: NdArray): { center: NdArray; variance: NdArray } {
  const channel = [CHANNELS];
  const rows = positions(x.shape.slice(0, -1));
  const along = (f: (value: number, c: number) => number): NdArray =>
    build(
      channel,
      ([c]) => rows.reduce((sum, row) => sum + f(at(x, [...row, c]), c), 0) / rows.length,
    );
  const center = along((value) => value);
  return { center, variance: along((value, c) => (value - center.data[c]) ** 2) };
}

function normalized(
  x: NdArray,
  center: NdArray,
  variance: NdArray,
  gamma: NdArray,
  beta: NdArray,
): NdArray {
  return build(x.shape, (position) => {
    const c = position[position.length - 1];
    const deviation = at(x, position) - center.data[c];
    return (gamma.data[c] * deviation) / Math.sqrt(variance.data[c] + EPSILON) + beta.data[c];
  });
}

const ofChannels = (low: number, high: number, seed: number) =>
  input("float", [CHANNELS], spread([CHANNELS], low, high, { seed }));

export const normalization: Sample[] = SHAPES.flatMap((shape) => {
  const x = input("float", shape, spread(shape, -2, 3));
  const weights = [ofChannels(0.5, 2, 2), ofChannels(-1, 1, 3)];
  const batch = {
    op: "batchNorm",
    inputs: [x, ...weights],
    run: (t: Tensor, gamma: Tensor, beta: Tensor) =>
      batchNorm(t, gamma, beta, EPSILON, moving[t.dtype as Floats]),
    reference: (t: NdArray, gamma: NdArray, beta: NdArray) => {
      const { center, variance } = statistics(t);
      return normalized(t, center, variance, gamma, beta);
    },
  };
  return [
    sample(batch),
    // The first gradient alone is by rows of its own, the second by ops with gradients.
    sample({ ...batch, title: "once", second: false }),
    sample({
      op: "normalizeChannels",
      inputs: [x, ofChannels(-1, 1, 4), ofChannels(0.5, 2, 5), ...weights],
      run: (t, center, variance, gamma, beta) =>
        normalizeChannels(t, center, variance, gamma, beta, EPSILON),
      reference: normalized,
    }),
  ];
});
