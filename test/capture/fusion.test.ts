/** Plan passes: what they merge, what they must leave alone, and that results stay the same. */

import {
  Activation,
  Dense,
  GradientTape,
  Rescaling,
  Sequential,
  Tensor,
  Variable,
  assign,
  getThreads,
  jit,
  losses,
  matMul,
  memory,
  optimizers,
  setSeed,
  setThreads,
  tensor,
  tidy,
} from "../../src";
import { native } from "../../src/addon/native";

/** As in native/table/cost.cpp: nanoseconds of work that make a part. */
const PART_COST = 8000;

const threads = getThreads();
beforeAll(() => native.setWorthAPart(0));
afterAll(() => {
  native.setWorthAPart(PART_COST);
  setThreads(threads);
});

/** Names of the ops in a plan's listing, in order. */
function opsOf(plan: string): string[] {
  return [...plan.matchAll(/^ +\d+ (\w+)/gm)].map(([, name]) => name);
}

function count(plan: string, op: string): number {
  return opsOf(plan).filter((name) => name === op).length;
}

interface NetworkOptions {
  activation: "linear" | "relu" | "sigmoid" | "tanh";
  reduction: "sum" | "mean";
  /** SGD by default. */
  make?: () => optimizers.Optimizer;
}

const ROWS = 13;
const SAMPLES = 20;

/** A small network, its data and one training step over row numbers; the same at every call. */
function network({ activation, reduction, make = () => new optimizers.SGD(0.1) }: NetworkOptions): {
  step: (rows: Tensor) => Tensor;
  weights: Variable[];
} {
  setSeed(5);
  const model = new Sequential([
    new Rescaling(1 / 255),
    new Dense(7, { activation }),
    new Dense(5, { activation }),
    new Dense(4, { activation: "softmax" }),
  ]);
  model.build([null, 6]);
  const weights = model.trainableWeights;
  const images = tensor(
    Uint8Array.from({ length: SAMPLES * 6 }, (_, i) => (i * 37) % 256),
    [SAMPLES, 6],
  );
  const labels = tensor(Uint8Array.from({ length: SAMPLES }, (_, i) => i % 4));
  const optimizer = make();
  const step = (rows: Tensor): Tensor => {
    const tape = new GradientTape();
    const { loss, target } = tape.record(() => {
      const predicted = model.forward(images.gather(rows));
      const loss = losses.sparseCategoricalCrossentropy(labels.gather(rows), predicted);
      return { loss, target: reduction === "mean" ? loss.mean() : loss };
    });
    optimizer.applyGradients(tape.gradient(target, weights), weights);
    return loss;
  };
  return { step, weights };
}

const rows = (): Tensor => tensor(Int32Array.from({ length: ROWS }, (_, i) => (i * 7) % SAMPLES));

/** Losses and weights after three steps. */
function train(options: NetworkOptions, fuse: boolean | "eager"): number[] {
  const { step, weights } = network(options);
  const run = fuse === "eager" ? step : jit(step, { fuse });
  const batch = rows();
  const seen: number[] = [];
  for (let i = 0; i < 3; i++) seen.push(...run(batch).data());
  return [...seen, ...weights.flatMap((weight) => [...weight.data()])];
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, i) => {
    expect(Math.abs(value - expected[i])).toBeLessThan(2e-6 * Math.max(1, Math.abs(expected[i])));
  });
}

describe("a training step", () => {
  const cases: NetworkOptions[] = (["linear", "relu", "sigmoid", "tanh"] as const).flatMap(
    (activation) => [
      { activation, reduction: "sum" as const },
      { activation, reduction: "mean" as const },
    ],
  );

  test.each(cases)("without fusion gives the eager bits: %j", (options) => {
    setThreads(1);
    expect(train(options, false)).toEqual(train(options, "eager"));
  });

  test.each(cases)("with fusion agrees within rounding on one to five threads: %j", (options) => {
    setThreads(1);
    const expected = train(options, "eager");
    for (const count of [1, 2, 3, 5]) {
      setThreads(count);
      expectClose(train(options, true), expected);
    }
  });

  test("gives the same bits at every run with the same number of threads", () => {
    setThreads(3);
    const options: NetworkOptions = { activation: "tanh", reduction: "mean" };
    const first = train(options, true);
    for (let run = 0; run < 5; run++) expect(train(options, true)).toEqual(first);
  });

  test("is merged into layers, their gradients and updates, in two phases", () => {
    const { step } = network({ activation: "relu", reduction: "sum" });
    const plan = jit(step).plan(rows());
    const merged = [
      ...["gatherRescale", "gather", "dense", "dense", "dense"],
      ...["softmaxCrossentropy", "softmaxCrossentropyGrad", "denseGrad", "denseGrad", "assignAdd"],
      ...["matMulUpdate", "matMulUpdate", "matMulUpdate", "sumUpdate", "sumUpdate", "sumUpdate"],
    ];
    expect(opsOf(plan).sort()).toEqual(merged.sort());
    expect(plan.match(/^phase \d+/gm)).toEqual(["phase 0", "phase 1"]);
  });

  test("takes the gradient of a mean from a constant that is computed once", () => {
    const { step } = network({ activation: "relu", reduction: "mean" });
    const plan = jit(step).plan(rows());
    expect(opsOf(plan)).not.toContain("fill");
    expect(opsOf(plan)).not.toContain("broadcastTo");
  });

  test("keeps all its steps without fusion", () => {
    const { step } = network({ activation: "relu", reduction: "sum" });
    const plan = jit(step, { fuse: false }).plan(rows());
    expect(count(plan, "sgdUpdate")).toBe(6);
    expect(count(plan, "matMul")).toBe(3 + 3 + 2);
    expect(opsOf(plan)).not.toContain("dense");
  });
});

describe("an optimizer's updates of several weights", () => {
  const cases = [
    {
      name: "momentum",
      op: "momentumUpdate",
      make: () => new optimizers.SGD(0.1, { momentum: 0.9 }),
    },
    {
      name: "Nesterov's momentum",
      op: "momentumUpdate",
      make: () => new optimizers.SGD(0.1, { momentum: 0.9, nesterov: true }),
    },
    { name: "Adam", op: "adamUpdate", make: () => new optimizers.Adam(0.1) },
  ];

  test.each(cases)("are one step: $name", ({ op, make }) => {
    const { step } = network({ activation: "relu", reduction: "sum", make });
    const plan = jit(step).plan(rows());
    expect(count(plan, `${op}s`)).toBe(1);
    expect(count(plan, op)).toBe(0);
    expect(plan).toContain(`  ${op} of 6 weights -> ${op}s\n`);
    expect(count(jit(step, { fuse: false }).plan(rows()), op)).toBe(6);
  });

  test.each(cases)("give what single ones give: $name", ({ make }) => {
    const options = { activation: "tanh", reduction: "sum", make } as const;
    setThreads(1);
    const expected = train(options, "eager");
    expect(train(options, false)).toEqual(expected);
    for (const count of [1, 2, 3]) {
      setThreads(count);
      expectClose(train(options, true), expected);
    }
  });
});

describe("two activations in a row", () => {
  const names = ["relu", "sigmoid", "tanh", "softmax"] as const;
  const pairs = names.flatMap((first) => names.map((second) => [first, second] as const));

  test.each(pairs)("are both applied to a dense layer: %s, then %s", (first, second) => {
    const x = tensor([[1, -2]]);
    const w = tensor([
      [1, 0.5],
      [-0.25, 1],
    ]);
    const b = tensor([0.1, -0.2]);
    const apply = (a: Tensor): Tensor => a.matMul(w).add(b)[first]()[second]();
    const expected = [...apply(x).data()];
    expectClose([...jit(apply)(x).data()], expected);
    expectClose([...jit(apply, { fuse: false })(x).data()], expected);
  });

  test.each(pairs)("are both applied by predict: Dense %s, then Activation %s", async (a, b) => {
    setSeed(3);
    const model = new Sequential([new Dense(3, { activation: a }), new Activation(b)]);
    model.build([null, 4]);
    const x = tensor([
      [0.5, -1, 2, 0.25],
      [-0.5, 1, 0.75, -2],
    ]);
    const expected = [...model.forward(x).data()];
    expectClose([...(await model.predict(x)).data()], expected);
  });
});

describe("what must not be merged", () => {
  const x = (): Tensor =>
    tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
  const weight = (): Variable =>
    new Variable(
      [
        [0.5, -1],
        [0.25, 2],
      ],
      { name: "w" },
    );
  const bias = (): Variable => new Variable([0.5, -20], { name: "b" });

  test("a product that is returned as well", () => {
    const [w, b] = [weight(), bias()];
    const run = jit((input: Tensor) => {
      const product = matMul(input, w);
      return [product, product.add(b).relu()];
    });
    const [product, activated] = run(x());
    expect(product.array()).toEqual([
      [1, 3],
      [2.5, 5],
      [4, 7],
    ]);
    expect(activated.array()).toEqual([
      [1.5, 0],
      [3, 0],
      [4.5, 0],
    ]);
    expect(opsOf(run.plan(x()))).toContain("matMul");
  });

  test("a product whose weight is assigned before the bias is added", () => {
    const [w, b] = [weight(), bias()];
    const run = jit((input: Tensor) => {
      const product = matMul(input, w);
      assign(w, w.sub(w));
      return product.add(b);
    });
    expect(run(x()).array()).toEqual([
      [1.5, -17],
      [3, -15],
      [4.5, -13],
    ]);
    expect(w.array()).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(opsOf(run.plan(x()))).not.toContain("dense");
  });

  test("a product that is reshaped to a vector before another is added", () => {
    const w = new Variable([[2], [3]], { name: "w" });
    const run = jit((input: Tensor, b: Tensor) => matMul(input, w).reshape([3]).add(b));
    const b = tensor([1, 2, 3]);
    expect(run(x(), b).array()).toEqual([9, 20, 31]);
    expect(opsOf(run.plan(x(), b))).not.toContain("dense");
  });

  test("a gradient that is returned as well", () => {
    const w = weight();
    const optimizer = new optimizers.SGD(1);
    const run = jit((input: Tensor) => {
      const tape = new GradientTape();
      const target = tape.record(() => matMul(input, w));
      const [gradient] = tape.gradient(target, [w]);
      optimizer.applyGradients([gradient], [w]);
      return gradient;
    });
    expect(run(x()).array()).toEqual([
      [9, 9],
      [12, 12],
    ]);
    expect(w.array()).toEqual([
      [0.5 - 9, -1 - 9],
      [0.25 - 12, 2 - 12],
    ]);
    expect(opsOf(run.plan(x()))).not.toContain("matMulUpdate");
  });

  test("an update of a weight that a later step of the backward pass still reads", () => {
    // y = (x v) w: the gradient of v needs w as it was, though w is assigned first.
    const [v, w] = [weight(), weight()];
    const run = jit((input: Tensor) => {
      const tape = new GradientTape();
      const target = tape.record(() => matMul(matMul(input, v), w));
      const [gv, gw] = tape.gradient(target, [v, w]);
      new optimizers.SGD(0.125).applyGradients([gw, gv], [w, v]);
    });
    const plain = (fuse: boolean): number[][] => {
      setThreads(3);
      const [a, b] = [weight(), weight()];
      const step = jit(
        (input: Tensor) => {
          const tape = new GradientTape();
          const target = tape.record(() => matMul(matMul(input, a), b));
          const [ga, gb] = tape.gradient(target, [a, b]);
          b.assignSub(gb.mul(0.125));
          a.assignSub(ga.mul(0.125));
        },
        { fuse },
      );
      step(x());
      return [[...a.data()], [...b.data()]];
    };
    run(x());
    // By hand: with ones for dy, gw = (x v)^T 1 and gv = x^T (1 w^T).
    expect([[...v.data()], [...w.data()]]).toEqual(plain(false));
    expect([...v.data()]).toEqual([0.5 + 0.5625, -1 - 2.53125, 0.25 + 0.75, 2 - 3.375]);
  });
});

describe("storage", () => {
  test("is reused along element-wise steps, in place", () => {
    const chain = (x: Tensor): Tensor => x.add(1).mul(2).square().sqrt().sub(3).exp();
    const run = jit(chain, { fuse: false });
    const values = Float32Array.from({ length: 1000 }, (_, i) => i / 1000);
    const x = tensor(values);
    expect([...run(x).data()]).toEqual([...tidy(() => chain(x)).data()]);
    const [, bytes] = /arena: (\d+) bytes/.exec(run.plan(x)) ?? [];
    // One array of 1,000 floats; the last result is the caller's own.
    expect(Number(bytes)).toBe(4032);
  });

  test("of a plan goes when the function is disposed of", () => {
    const before = memory();
    const run = jit((x: Tensor) => x.add(1).mul(2));
    tidy(() => void run(tensor([1, 2])));
    run.dispose();
    const after = memory();
    expect([after.plans, after.buffers]).toEqual([before.plans, before.buffers]);
  });
});

test("steps whose results nobody reads are dropped", () => {
  const run = jit((x: Tensor) => {
    x.exp().sum();
    return x.add(1);
  });
  expect(opsOf(run.plan(tensor([1, 2])))).toEqual(["add"]);
});

test("an option that is no boolean is refused", () => {
  expect(() => jit((x: Tensor) => x, { fuse: 1 as unknown as boolean })).toThrow(
    "jit: expected a boolean for fuse but received 1",
  );
});

test("setThreads refuses what is no count of threads", () => {
  for (const bad of [0, 65, 1.5, NaN, "2", undefined]) {
    expect(() => setThreads(bad as number)).toThrow(/expected an integer from 1 to 64 for threads/);
  }
});

test("a plan's listing tells steps, formulas, buffers, phases, parts and what was merged", () => {
  setThreads(2);
  const { step } = network({ activation: "relu", reduction: "sum" });
  const plan = jit(step).plan(rows());
  expect(plan).toMatch(/^phase 0: about \d+\.\d\d us, 2 parts\n/);
  for (const op of native.ops) {
    if (count(plan, op.name) > 0) expect(plan).toContain(`# ${op.doc}\n`);
  }
  for (const line of [
    "  %0 int32[13], 52 bytes, argument 0",
    "  %1 uint8[20, 6], 120 bytes, tensor",
    " float32[6, 7], 168 bytes, Variable, written",
    " float32[13], 52 bytes, result",
    "  gather + rescale -> gatherRescale",
    "  matMul + add -> dense, 3 times",
    "  dense + relu -> dense, 2 times",
    "  sparseCrossentropyLogits -> softmaxCrossentropy",
    "  softmaxCrossentropy + sparseCrossentropyLogitsGrad -> softmaxCrossentropyGrad",
    "  matMul + reluGrad -> denseGrad, 2 times",
    "  matMul + sgdUpdate -> matMulUpdate, 3 times",
    "  sum + sgdUpdate -> sumUpdate, 3 times",
  ]) {
    expect(plan).toContain(`${line}\n`);
  }
  expect(plan).toMatch(/\narena: \d+ bytes\n$/);
  expect(jit(step, { fuse: false }).plan(rows())).not.toContain("fused\n");
});
