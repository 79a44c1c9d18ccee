/** The parts of lab dbn, on a few digits. */

import {
  DeepBeliefNetwork,
  type DigitSet,
  GradientTape,
  losses,
  setSeed,
  syntheticDigits,
  tidy,
} from "../../../src";
import { classifierOf, fineTune, layerNorms } from "../../../scripts/labs/dbn/fine-tune";
import { drawFilters, drawReconstructions, drawSamples } from "../../../scripts/labs/dbn/pictures";

function digits(seed: number): DigitSet {
  return syntheticDigits({ samples: 400, seed });
}

function networkOf(units: number): DeepBeliefNetwork {
  setSeed(1);
  return new DeepBeliefNetwork([784, units, units], { kernelInitializer: "glorotUniform" });
}

const count = (svg: string, tag: string): number => svg.split(`<${tag} `).length - 1;

describe("lab dbn", () => {
  test("measures the gradient's norm in each layer", () => {
    const model = classifierOf(networkOf(20));
    const { images, labels } = digits(1);
    const tape = new GradientTape();
    const loss = tape.record(() =>
      losses.sparseCategoricalCrossentropy(labels, model.forward(images)).mean(),
    );
    const gradients = tape.gradient(loss, model.trainableWeights);
    const expected = [0, 2, 4].map((i) =>
      tidy(() => Math.hypot(gradients[i].norm().item(), gradients[i + 1].norm().item())),
    );
    const found = layerNorms(model, { images, labels });
    expect(found).toHaveLength(3);
    expected.forEach((norm, i) => expect(Math.abs(found[i] / norm - 1)).toBeLessThan(1e-5));
  });

  test("fine-tunes a classifier and follows its accuracy", () => {
    const model = classifierOf(networkOf(32));
    const { trainLoss, testAccuracy } = fineTune(model, digits(1), digits(2), 0.5, {
      epochs: 30,
      batch: 16,
    });
    expect(trainLoss).toHaveLength(30);
    expect(testAccuracy).toHaveLength(30);
    expect(trainLoss[29]).toBeLessThan(trainLoss[0] / 4);
    // One of ten by chance.
    expect(testAccuracy[29]).toBeGreaterThan(0.5);
  });

  test("draws filters, reconstructions and samples", () => {
    const network = networkOf(40);
    expect(count(drawFilters(network), "image")).toBe(36);
    expect(count(drawReconstructions(network, digits(1)), "image")).toBe(3 * 12);
    const samples = drawSamples(network);
    expect(count(samples, "image")).toBe(3 * 12);
    expect(samples).toContain("1,000 steps");
  });
});
