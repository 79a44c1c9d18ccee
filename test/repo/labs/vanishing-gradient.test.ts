/** The lab "vanishing-gradient" on a handful of digits and units. */

import { type DigitData, gradientNorms, losses, syntheticDigits, tensor } from "../../../src";
import { activationStatistics } from "../../../scripts/labs/vanishing-gradient/activation-statistics";
import { drawFigures } from "../../../scripts/labs/vanishing-gradient/figures";
import {
  type Budget,
  bestOf,
  find,
  measure,
} from "../../../scripts/labs/vanishing-gradient/measure";
import {
  type Variant,
  buildNetwork,
  disposeNetwork,
} from "../../../scripts/labs/vanishing-gradient/network";

const budget: Budget = {
  seed: 3,
  images: 70,
  units: 8,
  depth: 3,
  epochs: 2,
  otherDepths: [1],
  otherEpochs: 1,
  networks: 2,
};

const digits: DigitData = {
  name: "synthetic digits",
  source: "seeds 1 and 2",
  train: syntheticDigits({ samples: 80, seed: 1 }),
  test: syntheticDigits({ samples: 40, seed: 2 }),
};

test("statistics of activations are those of their values, and of each unit over the samples", () => {
  const values = [[0, 1], [4, 1], [2, 1]]; // prettier-ignore
  const { mean, deviation, deviationOverSamples, percentiles } = activationStatistics(
    tensor(values),
  );
  expect(mean).toBeCloseTo(1.5, 12);
  expect(deviation).toBeCloseTo(Math.sqrt((2.25 + 6.25 + 3 * 0.25 + 0.25) / 6), 12);
  expect(deviationOverSamples).toBeCloseTo(Math.sqrt(8 / 3) / 2, 12);
  expect(percentiles).toEqual([0, 1, 1, 2, 4]);
});

describe("the lab's measurements", () => {
  const findings = measure(digits, budget);

  test("cover every activation, initialisation, depth and rate", () => {
    expect(findings.depths).toEqual([1, 3]);
    expect(findings.starts).toHaveLength(3 * 4 * 2);
    expect(findings.trained).toHaveLength(3 * 4 * 2);
    for (const { depth, runs } of findings.trained) {
      expect(runs.map(({ rate }) => rate)).toEqual([0.01, 0.1, 1]);
      for (const run of runs) expect(run.losses).toHaveLength(depth === 3 ? 2 : 1);
    }
  });

  test("give the gradient norms of five networks before training", () => {
    const variant: Variant = { activation: "tanh", initialization: "He", depth: 3 };
    const x = digits.train.images.slice(0, 70);
    const y = digits.train.labels.slice(0, 70);
    const bySeed = [3, 4, 5, 6, 7].map((seed) => {
      const network = buildNetwork(variant, 8, seed);
      const norms = gradientNorms(network, x, y, {
        loss: (yTrue, logits) =>
          losses.sparseCategoricalCrossentropy(yTrue, logits, { fromLogits: true }),
      }).map(({ weights }) => weights.kernel);
      disposeNetwork(network);
      return norms;
    });
    const mean = (values: number[]): number => values.reduce((a, b) => a + b) / values.length;
    const start = find(findings.starts, "tanh", "He", 3);
    expect(start.kernelNorms).toHaveLength(4);
    expect(start.firstToLast).toBeCloseTo(mean(bySeed.map((norms) => norms[0] / norms[3])), 10);
    start.kernelNorms.forEach((norm, layer) =>
      expect(norm).toBeCloseTo(mean(bySeed.map((norms) => norms[layer])), 10),
    );
  });

  test("show the gradient of sigmoids vanish, that of tanh last", () => {
    const ratioOf = (activation: "sigmoid" | "tanh"): number =>
      find(findings.starts, activation, "Glorot", 3).firstToLast;
    expect(ratioOf("sigmoid")).toBeLessThan(0.1);
    expect(ratioOf("tanh")).toBeGreaterThan(0.3);
  });

  test("follow norms and activations of each layer through training", () => {
    const { runs, activations } = find(findings.trained, "relu", "He", 3);
    expect(activations).toHaveLength(3);
    for (const run of runs) {
      expect(run.kernelNorms!.map((norms) => norms.length)).toEqual([4, 4, 4]);
      expect(run.kernelNorms![0]).toEqual(runs[0].kernelNorms![0]); // from the same start
      expect(run.activations).toHaveLength(3);
    }
    expect(runs[0].kernelNorms![1]).not.toEqual(runs[1].kernelNorms![1]);
    const best = bestOf(runs);
    expect(Math.max(...runs.map(({ accuracy }) => accuracy))).toBe(best.accuracy);
  });

  test("give the mean accuracy of networks of different seeds", () => {
    const all = findings.trained.flatMap(({ runs }) => runs);
    for (const { accuracy, accuracies } of all) {
      expect(accuracies).toHaveLength(2);
      expect(accuracy).toBeCloseTo((accuracies[0] + accuracies[1]) / 2, 12);
    }
    expect(all.some(({ accuracies: [first, second] }) => first !== second)).toBe(true);
  });

  test("are drawn", () => {
    const figures = drawFigures(findings, budget);
    expect(Object.keys(figures)).toHaveLength(5);
    for (const svg of Object.values(figures)) expect(svg).toMatch(/^<svg[^]*ReLU[^]*<\/svg>\s*$/);
  });
});
