/** Restricted Boltzmann machines against plain enumeration. */

import {
  type BoltzmannFitOptions,
  type BoltzmannOptions,
  GradientTape,
  RestrictedBoltzmannMachine,
  type Tensor,
  memory,
  randomNormal,
  setSeed,
  tensor,
  tidy,
} from "../../src";
import {
  type PlainMachine,
  binaryStates,
  combine,
  dot,
  exactGradient,
  hiddenMass,
  listed,
  mass,
  meanLogLikelihood,
  partition,
} from "../helpers/enumerated-machine";

/** A float64 machine with weights of deviation `scale`. */
function machineOf(
  visible: number,
  hidden: number,
  scale = 1,
  options: BoltzmannOptions = {},
): RestrictedBoltzmannMachine {
  const machine = new RestrictedBoltzmannMachine(visible, hidden, {
    dtype: "float64",
    seed: 1,
    ...options,
  });
  setSeed(visible * 100 + hidden);
  for (const weight of machine.weights) {
    weight.assign(randomNormal(weight.shape, 0, scale, weight.dtype));
  }
  return machine;
}

const plain = (machine: {
  kernel: Tensor;
  visibleBias: Tensor;
  hiddenBias: Tensor;
}): PlainMachine => ({
  kernel: machine.kernel.array() as number[][],
  visibleBias: machine.visibleBias.array() as number[],
  hiddenBias: machine.hiddenBias.array() as number[],
});

const snapshot = (machine: RestrictedBoltzmannMachine): number[] => listed(plain(machine));

const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.hypot(...a.map((value, i) => value - b[i]));

function expectClose(found: ArrayLike<number>, expected: readonly number[], tolerance: number) {
  expect(found).toHaveLength(expected.length);
  expected.forEach((value, i) => expect(Math.abs(found[i] - value)).toBeLessThan(tolerance));
}

/** Stripes: six bits of which the first three agree, and the last three. */
const STRIPES = [
  [1, 1, 1, 0, 0, 0],
  [0, 0, 0, 1, 1, 1],
  [1, 1, 1, 1, 1, 1],
  [0, 0, 0, 0, 0, 0],
];

const repeated = (rows: number[][], times: number): number[][] =>
  Array.from({ length: times }, () => rows).flat();

describe("free energy, partition function and likelihood", () => {
  test("of Bernoulli units equal sums over all states", () => {
    const machine = machineOf(6, 4);
    const states = binaryStates(6);
    const reference = plain(machine);
    const energies = states.map((v) => -Math.log(mass(reference, v)));
    expectClose(machine.freeEnergy(states).data(), energies, 1e-11);
    expect(machine.logPartition()).toBeCloseTo(Math.log(partition(reference)), 11);
    const total = machine.logLikelihood(states).exp().sum().item();
    expect(total).toBeCloseTo(1, 12);
    expect(machine.logLikelihood(STRIPES).mean().item()).toBeCloseTo(
      meanLogLikelihood(reference, STRIPES),
      11,
    );
  });

  test.each([
    ["the visible layer", 3, 8],
    ["the hidden layer", 8, 3],
    ["more states than one run of the plan takes", 14, 14],
  ])("the partition function enumerates %s", (_, visible, hidden) => {
    const machine = machineOf(visible, hidden, 0.5);
    const { kernel, visibleBias, hiddenBias } = plain(machine);
    // The product over hidden units for each visible state, summed in plain loops.
    const z = binaryStates(visible).reduce((total, v) => {
      const factors = hiddenBias.map((b, j) =>
        Math.log1p(Math.exp(b + v.reduce((sum, vi, i) => sum + vi * kernel[i][j], 0))),
      );
      return total + Math.exp(dot(visibleBias, v) + factors.reduce((a, b) => a + b, 0));
    }, 0);
    expect(machine.logPartition()).toBeCloseTo(Math.log(z), 10);
  });

  test("of Gaussian units are those of a density", () => {
    const machine = machineOf(2, 3, 0.7, { visibleUnits: "gaussian" });
    const reference = plain(machine);
    const step = 0.1;
    const axis = Array.from({ length: 201 }, (_, i) => (i - 100) * step);
    const grid = axis.flatMap((x) => axis.map((y) => [x, y]));
    const energies = machine.freeEnergy(grid).data();
    const at = 12345;
    const own = distance(grid[at], reference.visibleBias) ** 2 / 2;
    expect(energies[at]).toBeCloseTo(own - Math.log(hiddenMass(reference, grid[at])), 11);
    // The trapezoidal rule is all but exact for such smooth functions.
    const integral = machine.freeEnergy(grid).neg().exp().sum().item() * step ** 2;
    expect(machine.logPartition()).toBeCloseTo(Math.log(integral), 8);
    const total = machine.logLikelihood(grid).exp().sum().item() * step ** 2;
    expect(total).toBeCloseTo(1, 8);
  });

  test("the gradient of the mean log-likelihood follows from free energies", () => {
    const machine = machineOf(6, 4, 0.5);
    const states = tensor(binaryStates(6), undefined, "float64");
    const data = tensor(STRIPES, undefined, "float64");
    const probabilities = machine.logLikelihood(states).exp();
    const tape = new GradientTape();
    const loss = tape.record(() => {
      const ofModel = machine.freeEnergy(states).mul(probabilities).sum();
      return ofModel.sub(machine.freeEnergy(data).mean());
    });
    const [kernel, visibleBias, hiddenBias] = tape.gradient(loss, machine.weights);
    const found = listed(plain({ kernel, visibleBias, hiddenBias }));
    expectClose(found, listed(exactGradient(plain(machine), STRIPES)), 1e-10);
  });
});

describe("the pseudo-likelihood", () => {
  test("is the sum of ln P(bit | the others)", () => {
    const machine = machineOf(6, 4);
    const reference = plain(machine);
    const rows = binaryStates(6);
    const expected = rows.map((v) =>
      v.reduce((sum, bit, i) => {
        const flipped = v.map((other, k) => (k === i ? 1 - bit : other));
        const [p, q] = [mass(reference, v), mass(reference, flipped)];
        return sum + Math.log(p / (p + q));
      }, 0),
    );
    expectClose(machine.pseudoLikelihood(rows, { exact: true }).data(), expected, 1e-10);
    // The estimate has the exact sum as its mean, and here a deviation below 10.
    const times = 40_000;
    const many = tensor(repeated([rows[37]], times), undefined, "float64");
    const estimate = machine.pseudoLikelihood(many).mean().item();
    expect(Math.abs(estimate - expected[37])).toBeLessThan((5 * 10) / times ** 0.5);
  });

  test("is refused for Gaussian units", () => {
    const machine = machineOf(3, 2, 1, { visibleUnits: "gaussian" });
    expect(() => machine.pseudoLikelihood([[1, 2, 3]])).toThrow("Bernoulli visible units");
  });
});

describe("features", () => {
  test("transform and reconstruct follow their formulas", () => {
    const machine = machineOf(6, 4);
    const { kernel, visibleBias, hiddenBias } = plain(machine);
    const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
    const v = [0.5, 1, 0, 0.25, 1, 0];
    const h = hiddenBias.map((b, j) =>
      sigmoid(v.reduce((sum, vi, i) => sum + vi * kernel[i][j], b)),
    );
    expectClose(machine.transform([v]).data(), h, 1e-12);
    const back = visibleBias.map((a, i) => sigmoid(a + dot(kernel[i], h)));
    expectClose(machine.reconstruct([v]).data(), back, 1e-12);
  });

  test("images are flattened and integers converted", () => {
    const machine = machineOf(6, 4);
    const rows = tensor(STRIPES, undefined, "float64");
    const images = rows.cast("uint8").reshape([4, 2, 3]);
    expect(machine.transform(images).array()).toEqual(machine.transform(rows).array());
  });
});

describe("contrastive divergence", () => {
  test("comes nearer to the exact gradient with more steps", () => {
    const machine = machineOf(6, 4);
    const exact = listed(exactGradient(plain(machine), STRIPES));
    const chains = tensor(repeated(STRIPES, 2500), undefined, "float64");
    const [one, hundred] = [1, 100].map((steps) => {
      const gradient = tidy(() => plain(machine.contrastiveGradient(chains, { steps })));
      return distance(listed(gradient), exact);
    });
    expect(hundred).toBeLessThan(one / 3);
  });

  test("of 100 steps raises the likelihood as the exact gradient does", async () => {
    const machine = machineOf(6, 4, 0.1);
    const before = meanLogLikelihood(plain(machine), STRIPES);
    let ascended = plain(machine);
    const [epochs, rate] = [80, 0.8];
    for (let epoch = 0; epoch < epochs; epoch++) {
      ascended = combine(ascended, exactGradient(ascended, STRIPES), 1, rate);
    }
    const exact = meanLogLikelihood(ascended, STRIPES) - before;
    const data = tensor(repeated(STRIPES, 100), undefined, "float64");
    await machine.fit(data, { epochs, learningRate: rate, steps: 100, batchSize: 400 });
    const reached = machine.logLikelihood(STRIPES).mean().item() - before;
    // Ascent gains something worth comparing: of at most ln 64 - ln 4.
    expect(exact).toBeGreaterThan(1);
    expect(Math.abs(reached / exact - 1)).toBeLessThan(0.05);
  });

  test("with persistent chains reaches a good likelihood too", async () => {
    const machine = machineOf(6, 4, 0.1);
    const data = tensor(repeated(STRIPES, 50), undefined, "float64");
    const options = { learningRate: 0.02, batchSize: 20, chains: 40, persistent: true };
    await machine.fit(data, { ...options, epochs: 800 });
    // ln 1/4 is the best there is.
    expect(machine.logLikelihood(STRIPES).mean().item()).toBeGreaterThan(-1.9);
  });

  test("of Gaussian units finds the two means of a mixture", async () => {
    setSeed(3);
    const machine = new RestrictedBoltzmannMachine(2, 1, {
      visibleUnits: "gaussian",
      dtype: "float64",
      seed: 4,
    });
    // Two clusters of unit variance at (-2, -1) and (2, 1).
    const noise = randomNormal([1000, 2], 0, 1, "float64").array() as number[][];
    const rows = noise.map(([x, y], i) => (i % 2 === 0 ? [x - 2, y - 1] : [x + 2, y + 1]));
    await machine.fit(rows, { epochs: 200, learningRate: 0.05, steps: 5 });
    const [off, on] = machine.expand(tensor([[0], [1]], undefined, "float64")).array() as [
      number[],
      number[],
    ];
    const [low, high] = off[0] < on[0] ? [off, on] : [on, off];
    expect(distance(low, [-2, -1])).toBeLessThan(0.3);
    expect(distance(high, [2, 1])).toBeLessThan(0.3);
  });
});

describe("an update", () => {
  const data = [
    [1, 0.5, 0],
    [0, 1, 1],
    [1, 1, 0.25],
    [0, 0, 1],
  ];
  const batch = { batchSize: 4, shuffle: false, learningRate: 0.2 };

  /** Twins draw alike: the gradient that a fit of one step is about to follow. */
  function twins(): [RestrictedBoltzmannMachine, RestrictedBoltzmannMachine] {
    return [machineOf(3, 2), machineOf(3, 2)];
  }

  test("follows the gradient with momentum and weight decay", async () => {
    const [trained, twin] = twins();
    const options: BoltzmannFitOptions = { ...batch, steps: 3, momentum: 0.5, weightDecay: 0.1 };
    let weights = plain(twin);
    let velocity = combine(weights, weights, 0, 0);
    for (let step = 0; step < 3; step++) {
      const gradient = plain(twin.contrastiveGradient(data, { steps: 3 }));
      const decay = { ...combine(weights, weights, 0, 0), kernel: weights.kernel };
      velocity = combine(velocity, combine(gradient, decay, 1, -0.1), 0.5, 0.2);
      weights = combine(weights, velocity, 1, 1);
      twin.loadState({ ...weights });
    }
    await trained.fit(data, { ...options, epochs: 2 });
    await trained.fit(data, { ...options, epochs: 1 }); // goes on with the velocity
    expectClose(snapshot(trained), listed(weights), 1e-12);
  });

  test("pushes hidden units towards the sparsity target", async () => {
    const [trained, twin] = twins();
    const h = twin.transform(data).array() as number[][];
    const gradient = plain(twin.contrastiveGradient(data));
    const [target, cost] = [0.1, 2];
    const push = [0, 1].map((j) => {
      const q = 0.9 * target + 0.1 * (h.reduce((sum, row) => sum + row[j], 0) / 4);
      return cost * (q - target);
    });
    const meanOfData = [0, 1, 2].map((i) => data.reduce((sum, row) => sum + row[i], 0) / 4);
    const penalty: PlainMachine = {
      kernel: meanOfData.map((v) => push.map((p) => v * p)),
      visibleBias: [0, 0, 0],
      hiddenBias: push,
    };
    const expected = combine(plain(twin), combine(gradient, penalty, 1, -1), 1, 0.2);
    await trained.fit(data, { ...batch, epochs: 1, sparsityTarget: target, sparsityCost: cost });
    expectClose(snapshot(trained), listed(expected), 1e-12);
    await trained.fit(data, { ...batch, epochs: 300, sparsityTarget: target, sparsityCost: cost });
    expectClose(trained.transform(data).mean(0).data(), [target, target], 0.1);
  });

  test("takes learning rate and momentum of each epoch from functions", async () => {
    const [trained, twin] = twins();
    const options = { ...batch, epochs: 1 };
    await twin.fit(data, { ...options, learningRate: 0.3 });
    await twin.fit(data, { ...options, learningRate: 0.1, momentum: 0.5 });
    await trained.fit(data, {
      ...batch,
      epochs: 2,
      learningRate: (epoch) => [0.3, 0.1][epoch],
      momentum: (epoch) => [0, 0.5][epoch],
    });
    expect(snapshot(trained)).toEqual(snapshot(twin));
  });
});

describe("sampling", () => {
  test("follows the distribution of the model", () => {
    const machine = machineOf(3, 2);
    const [count, states] = [20_000, binaryStates(3)];
    const drawn = machine.sample(count, { steps: 50 }).array() as number[][];
    const frequencies = states.map(
      (v) => drawn.filter((row) => row.join() === v.join()).length / count,
    );
    expectClose(frequencies, [...machine.logLikelihood(states).exp().data()], 0.02);
  });

  test("starts from given rows and may return means", () => {
    const machine = machineOf(3, 2);
    const start = [
      [1, 1, 1],
      [0, 0, 0],
    ];
    const means = machine.sample(2, { steps: 1, start, mean: true });
    expect(means.shape).toEqual([2, 3]);
    expect([...means.data()].every((p) => p > 0 && p < 1)).toBe(true);
    expect(
      [...machine.sample(2, { steps: 2, start }).data()].every((x) => x === 0 || x === 1),
    ).toBe(true);
  });
});

describe("training", () => {
  const rows = repeated(STRIPES, 10);

  test("repeats with a seed, and with the library's seed", async () => {
    const train = async (seed?: number): Promise<number[]> => {
      setSeed(7);
      const machine = new RestrictedBoltzmannMachine(6, 4, { seed });
      await machine.fit(rows, { epochs: 2, batchSize: 16 });
      return [...snapshot(machine), ...machine.sample(3, { steps: 3 }).data()];
    };
    expect(await train()).toEqual(await train());
    expect(await train(1)).toEqual(await train(1));
    expect(await train(1)).not.toEqual(await train(2));
  });

  test("tells of each epoch", async () => {
    const machine = machineOf(6, 4);
    const told: number[] = [];
    const history = await machine.fit(rows, {
      epochs: 200,
      batchSize: 4,
      onEpochEnd: async ({ epoch }) => {
        await Promise.resolve();
        told.push(epoch);
      },
    });
    expect(told).toEqual(Array.from({ length: 200 }, (_, i) => i));
    expect(history.map(({ epoch }) => epoch)).toEqual(told);
    expect(history[199].reconstructionError).toBeLessThan(history[0].reconstructionError / 2);
  });

  test("keeps the machine to itself but for the end of an epoch", async () => {
    const machine = machineOf(6, 4);
    const seen: number[] = [];
    const running = machine.fit(rows, {
      epochs: 2,
      onEpochEnd: () => seen.push(machine.freeEnergy(STRIPES).size),
    });
    expect(() => machine.transform(STRIPES)).toThrow("is being trained; await the promise of fit");
    await running;
    expect(seen).toEqual([4, 4]);
    expect(machine.transform(STRIPES).shape).toEqual([4, 4]);
  });

  test("ends at a signal, with its reason", async () => {
    const machine = machineOf(6, 4);
    const controller = new AbortController();
    const told: number[] = [];
    const running = machine.fit(rows, {
      epochs: 1000,
      signal: controller.signal,
      onEpochEnd: ({ epoch }) => {
        told.push(epoch);
        if (epoch === 2) controller.abort(new Error("enough"));
      },
    });
    await expect(running).rejects.toThrow("enough");
    expect(told).toEqual([0, 1, 2]);
    const before = snapshot(machine);
    await expect(machine.fit(rows, { signal: controller.signal })).rejects.toThrow("enough");
    expect(snapshot(machine)).toEqual(before);
  });

  test("ends with what a callback throws", async () => {
    const machine = machineOf(6, 4);
    const fail = (): never => {
      throw new Error("no more");
    };
    await expect(machine.fit(rows, { onEpochEnd: fail })).rejects.toThrow("no more");
    expect(await machine.fit(rows, { epochs: 1 })).toHaveLength(1);
  });

  test("keeps nothing but weights, their velocities and its chains", async () => {
    const machine = machineOf(6, 4, 0.1, { dtype: "float32" });
    const options = { epochs: 1, persistent: true, sparsityTarget: 0.1, momentum: 0.5 };
    await machine.fit(rows, options);
    const before = memory();
    await machine.fit(rows, options);
    tidy(() => {
      machine.sample(2, { steps: 2 });
      machine.pseudoLikelihood(rows, { exact: true });
      machine.logLikelihood(rows);
      machine.contrastiveGradient(rows);
    });
    // Garbage of earlier tests may go.
    expect(memory().handles).toBeLessThanOrEqual(before.handles);
    expect(memory().plans).toBeLessThanOrEqual(before.plans);
  });
});

describe("bad input", () => {
  const good = repeated(STRIPES, 4);
  const wrong: [title: string, data: unknown, options: object, message: string][] = [
    [
      "a wrong width",
      [[1, 0, 1]],
      {},
      "fit: expected [samples, 6] for data but received float64[1, 3]",
    ],
    ["no rows", tensor([], [0, 6], "float64"), {}, "at least one sample"],
    ["a vector", [1, 0, 1, 0, 1, 0], {}, "expected [samples, 6]"],
    [
      "data above 1",
      [
        [0, 0, 0, 1, 0, 0],
        [0, 0, 1.5, 0, 0, 0],
      ],
      {},
      "numbers in [0, 1] for data but received 1.5 in row 1, column 2",
    ],
    ["data below 0", [[0, 0, 0, 0, 0, -1]], {}, "received -1 in row 0, column 5"],
    ["NaN", [[0, NaN, 0, 0, 0, 0]], {}, "received NaN in row 0, column 1"],
    [
      "bytes above 1",
      tensor(Uint8Array.of(0, 0, 255, 0, 0, 0), [1, 6]),
      {},
      "received 255 in row 0, column 2; use rescale",
    ],
    ["another dtype", tensor([[0, 0, 0, 0, 0, 0]]), {}, "expected float64 or integers"],
    ["no data", undefined, {}, "expected a tensor or numbers for data"],
    ["k = 0", good, { steps: 0 }, "fit: expected a positive integer for steps but received 0"],
    ["k = 1.5", good, { steps: 1.5 }, "for steps but received 1.5"],
    ["no epochs", good, { epochs: 0 }, "for epochs"],
    ["batches of 0", good, { batchSize: 0 }, "for batchSize"],
    ["no chains", good, { persistent: true, chains: 0 }, "for chains"],
    ["a negative rate", good, { learningRate: -1 }, "non-negative number for learningRate"],
    [
      "a rate that turns NaN",
      good,
      { learningRate: (e: number) => (e > 5 ? NaN : 1) },
      "for learningRate but received NaN",
    ],
    ["a momentum of 1", good, { momentum: 1 }, "a number in [0, 1) for momentum"],
    ["a negative decay", good, { weightDecay: -0.1 }, "for weightDecay"],
    ["a sparsity target of 1", good, { sparsityTarget: 1 }, "in (0, 1) for sparsityTarget"],
    ["a negative sparsity cost", good, { sparsityCost: -1 }, "for sparsityCost"],
    ["a sparsity decay of 1", good, { sparsityDecay: 1 }, "for sparsityDecay"],
    [
      "a word for a flag",
      good,
      { persistent: "yes" },
      'a boolean for persistent but received "yes"',
    ],
    ["a word for a signal", good, { signal: "stop" }, "an AbortSignal for signal"],
    ["a word for a callback", good, { onEpochEnd: "log" }, "a function for onEpochEnd"],
    ["an unknown option", good, { learning_rate: 1 }, "but received learning_rate"],
    ["no options", good, null as unknown as object, "an object for options but received null"],
  ];

  test.each(wrong)("%s is refused and nothing changes", async (_, data, options, message) => {
    const machine = machineOf(6, 4);
    const before = snapshot(machine);
    await expect(machine.fit(data as Tensor, options)).rejects.toThrow(message);
    expect(snapshot(machine)).toEqual(before);
  });

  test("an infinite number is refused by Gaussian units", async () => {
    const machine = machineOf(2, 2, 1, { visibleUnits: "gaussian" });
    await expect(machine.fit([[0, -Infinity]])).rejects.toThrow(
      "expected finite numbers for data but received -Infinity in row 0, column 1",
    );
  });

  test("two trainings at a time are refused", async () => {
    const machine = machineOf(6, 4);
    const first = machine.fit(good, { epochs: 2 });
    await expect(machine.fit(good)).rejects.toThrow("it is being trained");
    expect(await first).toHaveLength(2);
  });

  test("an enumeration of more than 20 units is refused", () => {
    const large = machineOf(21, 22, 0.1);
    expect(() => large.logPartition()).toThrow(
      "expected at most 20 visible or hidden units to enumerate but the machine has 21 visible bernoulli and 22 hidden units",
    );
    const gaussian = machineOf(2, 21, 0.1, { visibleUnits: "gaussian" });
    expect(() => gaussian.logLikelihood([[0, 0]])).toThrow("at most 20 hidden units");
  });

  test("of other methods names the method and what came", () => {
    const machine = machineOf(3, 2);
    const narrow = [[1, 0]];
    for (const method of ["transform", "reconstruct", "freeEnergy", "pseudoLikelihood"] as const) {
      expect(() => machine[method](narrow)).toThrow(`${method}: expected [samples, 3] for data`);
    }
    expect(() => machine.contrastiveGradient([[1, 0, 1]], { steps: 0 })).toThrow("for steps");
    expect(() => machine.sample(0)).toThrow("a positive integer for samples but received 0");
    expect(() => machine.sample(1, { steps: 0 })).toThrow("for steps but received 0");
    expect(() => machine.sample(2, { start: [[1, 0, 1]] })).toThrow("expected 2 rows for start");
    expect(() => machine.forward(tensor([[1]], undefined, "float64"))).toThrow("matMul");
  });

  test.each([
    ["no visible units", 0, 2, {}, "positive integer for visible but received 0"],
    ["no hidden units", 2, 0.5, {}, "for hidden but received 0.5"],
    ["unknown units", 2, 2, { visibleUnits: "relu" }, '"bernoulli" or "gaussian" for visibleUnits'],
    ["an integer dtype", 2, 2, { dtype: "int32" }, "a float dtype"],
    ["an unknown initializer", 2, 2, { kernelInitializer: "big" }, "for kernelInitializer"],
    ["an unknown option", 2, 2, { units: "gaussian" }, "but received units"],
    ["a seed of 0.5", 2, 2, { seed: 0.5 }, "for seed"],
  ])("a machine of %s is refused", (_, visible, hidden, options, message) => {
    const create = (): unknown =>
      new RestrictedBoltzmannMachine(visible, hidden, options as BoltzmannOptions);
    expect(create).toThrow(message);
  });
});
