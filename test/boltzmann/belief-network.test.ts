/** Deep belief networks: greedy training, classifiers, draws. */

import {
  DeepBeliefNetwork,
  GradientTape,
  RestrictedBoltzmannMachine,
  Tensor,
  losses,
  optimizers,
  setSeed,
  syntheticDigits,
  tensor,
} from "../../src";

const valuesOf = (network: DeepBeliefNetwork): number[][] =>
  network.weights.map((weight) => [...weight.data()]);

/** Small digits [samples, 196] in [0, 1], every other pixel of every other row, and labels. */
function smallDigits(samples: number): { x: Tensor; y: Tensor } {
  const { images, labels } = syntheticDigits({ samples, seed: 2 });
  const bytes = images.data();
  const pixels = new Float32Array(samples * 196);
  for (let i = 0; i < pixels.length; i++) {
    const [sample, row, column] = [Math.floor(i / 196), Math.floor((i % 196) / 14), i % 14];
    pixels[i] = bytes[sample * 784 + row * 56 + column * 2] / 255;
  }
  return { x: tensor(pixels, [samples, 196]), y: labels };
}

const STRIPES = Array.from({ length: 40 }, () => [
  [1, 1, 1, 0, 0, 0],
  [0, 0, 0, 1, 1, 1],
]).flat();

describe("a deep belief network", () => {
  test("is a stack of machines, each of the layer below", () => {
    const network = new DeepBeliefNetwork([6, 5, 4], { visibleUnits: "gaussian" });
    expect(network.machines.map(({ visible, hidden }) => [visible, hidden])).toEqual([
      [6, 5],
      [5, 4],
    ]);
    expect(network.machines.map(({ visibleUnits }) => visibleUnits)).toEqual([
      "gaussian",
      "bernoulli",
    ]);
    expect(Object.keys(network.state())).toContain("machines.1.hiddenBias");
    const [lower, upper] = network.machines;
    const x = tensor(STRIPES.slice(0, 3));
    expect(network.transform(x).array()).toEqual(upper.transform(lower.transform(x)).array());
    const down = lower.expand(upper.expand(network.transform(x)));
    expect(network.reconstruct(x).array()).toEqual(down.array());
  });

  test("is trained machine by machine on the features of the one below", async () => {
    const options = { epochs: 3, batchSize: 8 };
    const network = new DeepBeliefNetwork([6, 5, 4], { seed: 3 });
    const told: string[] = [];
    const history = await network.fit(STRIPES, [
      { ...options, onEpochEnd: ({ layer, epoch }) => told.push(`${layer}.${epoch}`) },
      { ...options, epochs: 2, momentum: 0.5 },
    ]);
    expect(told).toEqual(["0.0", "0.1", "0.2"]);
    expect(history.map(({ layer, epoch }) => `${layer}.${epoch}`)).toEqual([...told, "1.0", "1.1"]);
    // The same by hand.
    const lower = new RestrictedBoltzmannMachine(6, 5, { seed: 3 });
    await lower.fit(STRIPES, options);
    const upper = new RestrictedBoltzmannMachine(5, 4, { seed: 4 });
    await upper.fit(lower.transform(STRIPES), { ...options, epochs: 2, momentum: 0.5 });
    const byHand = [...lower.weights, ...upper.weights].map((weight) => [...weight.data()]);
    expect(valuesOf(network)).toEqual(byHand);
  });

  test("draws what it was trained on", async () => {
    const network = new DeepBeliefNetwork([6, 8, 4], { seed: 5 });
    await network.fit(STRIPES, { epochs: 150, batchSize: 10 });
    const drawn = network.sample(200, { steps: 100 }).array() as number[][];
    const stripes = new Set(STRIPES.map((row) => row.join()));
    const hits = drawn.filter((row) => stripes.has(row.join())).length;
    // Two of 64 patterns: 3 % of random ones.
    expect(hits / 200).toBeGreaterThan(0.7);
    const both = new Set(drawn.map((row) => row.join()).filter((row) => stripes.has(row)));
    expect(both.size).toBe(2);
    const means = network.sample(4, { steps: 1, start: STRIPES.slice(0, 4), mean: true }).data();
    expect([...means].every((p) => p > 0 && p < 1)).toBe(true);
  });

  test("ends at a signal, with its reason", async () => {
    const network = new DeepBeliefNetwork([6, 5, 4], { seed: 3 });
    const controller = new AbortController();
    const told: number[] = [];
    const running = network.fit(STRIPES, {
      signal: controller.signal,
      onEpochEnd: ({ layer }) => {
        told.push(layer);
        controller.abort(new Error("enough"));
      },
    });
    await expect(running).rejects.toThrow("enough");
    expect(told).toEqual([0]);
  });
});

describe("the classifier of a deep belief network", () => {
  test("computes its features and leaves it alone when it is trained", () => {
    setSeed(1);
    const network = new DeepBeliefNetwork([6, 5, 4]);
    const x = tensor(STRIPES.slice(0, 6));
    const classifier = network.toClassifier(3);
    expect(classifier.layers).toHaveLength(3);
    expect(classifier.forward(x).shape).toEqual([6, 3]);
    const hidden = classifier.layers.slice(0, 2) as unknown as { forward(x: Tensor): Tensor }[];
    const features = hidden.reduce((values, layer) => layer.forward(values), x);
    expect(features.array()).toEqual(network.transform(x).array());

    const before = valuesOf(network);
    const optimizer = new optimizers.SGD(1);
    const tape = new GradientTape();
    const loss = tape.record(() =>
      losses.sparseCategoricalCrossentropy(
        tensor(Uint8Array.of(0, 1, 2, 0, 1, 2)),
        classifier.forward(x),
      ),
    );
    const weights = classifier.trainableWeights;
    expect(weights).toHaveLength(6);
    optimizer.applyGradients(tape.gradient(loss, weights), weights);
    expect(valuesOf(network)).toEqual(before);
    expect(hidden[0].forward(x).array()).not.toEqual(network.machines[0].transform(x).array());
  });

  test("starts with gradients that reach the first layer", async () => {
    setSeed(2);
    const { x, y } = smallDigits(1000);
    const units = [196, 64, 64, 64, 64, 64];
    const untrained = new DeepBeliefNetwork(units);
    const trained = new DeepBeliefNetwork(units);
    await trained.fit(x, { epochs: 5, batchSize: 20, momentum: 0.5 });
    const [without, withPretraining] = [untrained, trained].map((network) => {
      const classifier = network.toClassifier(10);
      const tape = new GradientTape();
      const loss = tape.record(() =>
        losses.sparseCategoricalCrossentropy(y, classifier.forward(x)).mean(),
      );
      const norms = tape.gradient(loss, classifier.trainableWeights).map((g) => g.norm().item());
      // Of the kernels of the first and the last layer.
      return norms[0] / norms[10];
    });
    expect(without).toBeLessThan(1e-6);
    expect(withPretraining).toBeGreaterThan(100 * without);
  });
});

describe("bad input", () => {
  test.each([
    ["one layer", [6], "an array of at least two numbers for units but received [6]"],
    ["no array", 6, "received 6"],
    ["a layer of 0", [6, 0], "a positive integer for units[1] but received 0"],
  ])("units of %s are refused", (_, units, message) => {
    expect(() => new DeepBeliefNetwork(units as number[])).toThrow(message);
  });

  test.each([
    ["a wrong width", [[1, 0]], {}, "expected [samples, 6]"],
    ["data above 1", [[2, 0, 0, 0, 0, 0]], {}, "numbers in [0, 1]"],
    ["k = 0", STRIPES, { steps: 0 }, "for steps but received 0"],
    ["k = 0 at the top", STRIPES, [{}, { steps: 0 }], "for steps but received 0"],
    ["options for one machine of two", STRIPES, [{}], "expected 2 objects in options"],
  ])("%s is refused and nothing changes", async (_, data, options, message) => {
    const network = new DeepBeliefNetwork([6, 5, 4]);
    const before = valuesOf(network);
    await expect(network.fit(data, options)).rejects.toThrow(message);
    expect(valuesOf(network)).toEqual(before);
  });

  test("classifiers of no class and draws of no number are refused", () => {
    const network = new DeepBeliefNetwork([6, 5, 4]);
    expect(() => network.toClassifier(0)).toThrow("toClassifier: expected a positive integer");
    expect(() => network.sample(0)).toThrow("for samples but received 0");
    expect(() => network.sample(1, { start: [[1, 0]] })).toThrow("expected [samples, 6]");
    expect(() => network.sample(2, { start: STRIPES.slice(0, 1) })).toThrow("expected 2 rows");
  });
});
