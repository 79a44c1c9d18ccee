/** gradcheck and numericalGradient: what they find, what they leave out, what they refuse. */

import {
  Activation,
  Dense,
  Dropout,
  Flatten,
  GradientTape,
  Rescaling,
  Sequential,
  Tensor,
  Variable,
  gradcheck,
  jit,
  losses,
  memory,
  numericalGradient,
  randomUniform,
  tensor,
  tidy,
} from "../../src";
import type { Op } from "../../src/ops/op-definition";
import type { GradcheckReport } from "../../src";
import { spread } from "../helpers/numbers";
import { expectNoLeak, sourcesOf, weightedResult } from "../helpers/sample-runner";
import { samples } from "../samples";

const doubles = (shape: number[], low: number, high: number, seed = 1): Tensor =>
  tensor(spread(shape, low, high, { seed }), shape, "float64");

// The library's common generator is made at its first use and stays.
beforeAll(() => randomUniform([1]).dispose());

const ACTIVATIONS = [
  ...["linear", "relu", "sigmoid", "tanh", "softmax", "logSoftmax", "softplus", "softsign"],
  ...["exponential", "elu", "leakyRelu", "silu"],
] as ("linear" | "relu")[];

describe("layers in float64, by weights and input", () => {
  /** Weighted, since the elements of a softmax sum to 1. */
  const weighted = (y: Tensor): Tensor => y.mul(doubles([...y.shape], 0.5, 1.5, 9));

  function check(layers: Sequential["layers"], x: Tensor): GradcheckReport {
    const model = new Sequential(layers);
    model.build(x.shape, "float64");
    const weights = model.trainableWeights;
    const f = (moved: Tensor): Tensor => weighted(model.forward(moved));
    const report = gradcheck(f, [x, ...weights]);
    expect(report.checked + report.excluded).toBe(x.size + model.countParams());
    expect(report.worst!.error).toBeLessThan(1e-6);
    return report;
  }

  test.each(ACTIVATIONS)("Dense with %s", (activation) => {
    const dense = new Dense(4, { activation, dtype: "float64", biasInitializer: "randomNormal" });
    expect(check([dense], doubles([5, 3], -2, 2)).excluded).toBe(0);
  });

  test.each(ACTIVATIONS)("Activation %s", (activation) => {
    expect(check([new Activation(activation)], doubles([3, 5], -2, 2)).excluded).toBe(0);
  });

  test("Dense on an input of rank 3, Flatten, Rescaling", () => {
    const layers = [
      new Rescaling(0.5, -1, { dtype: "float64" }),
      new Dense(3, { activation: "tanh", dtype: "float64" }),
      new Flatten(),
      new Dense(2, { dtype: "float64", useBias: false }),
    ];
    check(layers, doubles([2, 4, 3], -2, 2));
  });

  test("Dropout, its mask held fast", () => {
    const x = doubles([4, 5], -2, 2);
    gradcheck((moved) => new Dropout(0.5, { seed: 3 }).train().forward(moved), [x]);
  });
});

describe("losses in float64, by the prediction", () => {
  const labels = tensor([2, 0, 3], [3], "uint8");
  const shares = tidy(() => doubles([3, 4], 0.1, 1, 2).softmax());
  const predicted = tidy(() => doubles([3, 4], -1, 1, 3).softmax());
  const logits = doubles([3, 4], -2, 2, 4);
  const cases: [string, (p: Tensor) => Tensor, Tensor][] = [
    ["sparse", (p) => losses.sparseCategoricalCrossentropy(labels, p), predicted],
    [
      "sparse from logits",
      (z) => losses.sparseCategoricalCrossentropy(labels, z, { fromLogits: true }),
      logits,
    ],
    ["categorical", (p) => losses.categoricalCrossentropy(shares, p), predicted],
    [
      "categorical from logits",
      (z) => losses.categoricalCrossentropy(shares, z, { fromLogits: true }),
      logits,
    ],
    ["binary", (p) => losses.binaryCrossentropy(shares, p), predicted],
    [
      "binary from logits",
      (z) => losses.binaryCrossentropy(shares, z, { fromLogits: true }),
      logits,
    ],
    ["squared", (p) => losses.meanSquaredError(shares, p), logits],
    ["absolute", (p) => losses.meanAbsoluteError(shares, p), logits],
  ];

  test.each(cases)("%s", (_, loss, prediction) => {
    const { worst, excluded } = gradcheck(loss, [prediction]);
    expect(worst!.error).toBeLessThan(1e-6);
    expect(excluded).toBe(0);
  });
});

describe("a gradient rule broken on purpose", () => {
  /** Runs `fn` while the rule of an op adds 0.01 to every element of its gradients. */
  function whileBroken<T>(op: Op, fn: () => T): T {
    const mutable = op as { vjp: Op["vjp"] };
    const { vjp } = op;
    mutable.vjp = (...args) => vjp!(...args).map((gradient) => gradient?.add(0.01) ?? null);
    try {
      return fn();
    } finally {
      mutable.vjp = vjp;
    }
  }

  /** The ops that a function runs. */
  function opsOf(f: (...inputs: Tensor[]) => Tensor, inputs: Tensor[]): Op[] {
    const tape = new GradientTape({ persistent: true });
    for (const x of inputs) tape.watch(x);
    tape.record(() => f(...inputs));
    const ops = tape.nodesFrom(inputs).map(({ op }) => op);
    tape.dispose();
    return ops;
  }

  const differentiable = samples.filter(({ sources, inputs }) =>
    sources.some((i) => inputs[i].data.length > 1),
  );
  const firstOfEach = differentiable.filter(
    ({ op }, i) => differentiable.findIndex((sample) => sample.op === op) === i,
  );

  test("is found and named for each differentiable op of the samples", () => {
    const named = new Set<string>();
    for (const sample of firstOfEach) {
      expectNoLeak(() => {
        const { tensors, names } = sourcesOf(sample);
        const f = weightedResult(sample);
        for (const op of new Set(opsOf(f, tensors))) {
          if (op.vjp === null || named.has(op.name)) continue;
          named.add(op.name);
          const check = (): unknown => gradcheck(f, tensors, { names, unconnected: "zero" });
          // The products that weight the result are broken with the rest.
          expect(() => whileBroken(op, check)).toThrow(
            op.name === "mul"
              ? /input \d\[.*\]: the tape gives/
              : new RegExp(`input \\d\\[.*\\]: the tape gives .* rule of op ${op.name} is wrong`),
          );
        }
      });
    }
    expect([...named]).toEqual(
      expect.arrayContaining([
        "matMul",
        "relu",
        "softmax",
        "sparseCrossentropy",
        "gather",
        "where",
      ]),
    );
    expect(named.size).toBeGreaterThan(35);
  });

  test("one wrong element is found, and told by name and index", () => {
    const kernel = new Variable(doubles([3, 4], -1, 1), { name: "kernel" });
    const x = doubles([2, 3], -1, 1, 2);
    const [matMul] = opsOf(() => x.matMul(kernel), [kernel]);
    const mutable = matMul as { vjp: Op["vjp"] };
    const { vjp } = matMul;
    const bump = tensor([0, 0, 0, 0, 0, 0, 1e-4, 0, 0, 0, 0, 0], [3, 4], "float64");
    mutable.vjp = (...args) => vjp!(...args).map((g, i) => (i === 1 ? g!.add(bump) : g));
    const report = gradcheck(() => x.matMul(kernel).tanh(), [kernel], { throws: false });
    mutable.vjp = vjp;
    expect(report.passed).toBe(false);
    expect(report.worst).toMatchObject({ name: "kernel", index: [1, 2] });
    expect(report.worst!.analytic - report.worst!.numeric).toBeCloseTo(1e-4, 8);
    expect(report.message).toMatch(
      /expected errors below 0.000001 but found kernel\[1, 2\]: .* rule of op matMul is wrong: by input 1\[1, 2\]/,
    );
  });

  test("a value read past the tape is no op's fault", () => {
    const x = doubles([3], 1, 2);
    const report = gradcheck((x) => x.mul(tensor([...x.data()], [3], "float64")), [x], {
      throws: false,
    });
    expect(report.passed).toBe(false);
    expect(report.message).toMatch(/no op's gradient rule is wrong by itself/);
  });
});

describe("kinks", () => {
  test("at 0 they are excluded and counted, beside it compared", () => {
    const x = tensor([-1, 0, 1e-5, 3e-6, 2], [5], "float64");
    expect(gradcheck((x) => x.relu(), [x])).toMatchObject({ checked: 4, excluded: 1 });
  });

  test("the mean of the slopes on both sides is accepted at one", () => {
    const x = tensor([-1, 0, 2], [3], "float64");
    expect(gradcheck((x) => x.abs(), [x])).toMatchObject({ checked: 3, excluded: 0 });
  });

  test("at every distance from one the right gradient passes and a wrong one does not", () => {
    const read = (x: Tensor): Tensor => tensor(x.data());
    for (let distance = 1e-8; distance < 1e-2; distance *= 1.07) {
      for (const side of [-distance, distance]) {
        const x = tensor([side, 0.7], [2], "float64");
        expect(gradcheck((x) => x.relu(), [x]).passed).toBe(true);
        const near = tensor([0.7], [1], "float64");
        const wrong = (x: Tensor): Tensor =>
          x
            .sub(0.7 - side)
            .relu()
            .add(x.mul(read(x)));
        expect(gradcheck(wrong, [near], { throws: false }).passed).toBe(false);
      }
    }
  });

  test("of three equals, the greatest", () => {
    const x = tensor([3, 3, 3, 1], [4], "float64");
    expect(gradcheck((x) => x.max(), [x])).toMatchObject({ checked: 1, excluded: 3 });
  });

  test("nothing but kinks is no pass", () => {
    const x = tensor([0, 0], [2], "float64");
    expect(() => gradcheck((x) => x.relu(), [x])).toThrow("nothing to compare, all 2 elements");
  });

  test("a strong curve is no kink", () => {
    const x = tensor([0.3, 1e-3], [2], "float64");
    const report = gradcheck((x) => x.mul(2000).sin(), [x]);
    expect(report).toMatchObject({ checked: 2, excluded: 0 });
  });
});

describe("numericalGradient", () => {
  const x = tensor([0.5, 1, 2], [3], "float64");

  test.each([
    ["central", 1e-9],
    ["forward", 1e-7],
    ["backward", 1e-7],
  ] as const)("%s differences", (scheme, tolerance) => {
    const gradient = numericalGradient((x) => x.exp(), x, { scheme });
    expect(gradient.describe()).toBe("float64[3]");
    gradient.data().forEach((slope, i) => {
      const exact = Math.exp(x.data()[i]);
      expect(Math.abs(slope - exact) / exact).toBeLessThan(tolerance);
    });
  });

  test("each scheme's error is of its order", () => {
    const at = tensor([1], [1], "float64");
    const errorOf = (scheme: "central" | "forward" | "backward", epsilon: number): number =>
      numericalGradient((x) => x.exp(), at, { scheme, epsilon }).item() - Math.E;
    expect(errorOf("central", 0.01) / errorOf("central", 0.005)).toBeCloseTo(4, 2);
    expect(errorOf("forward", 0.01) / errorOf("forward", 0.005)).toBeCloseTo(2, 1);
    expect(errorOf("forward", 0.01)).toBeGreaterThan(0);
    expect(errorOf("backward", 0.01)).toBeLessThan(0);
  });

  test("evaluates 2N times, one-sided N + 1 times", () => {
    let calls = 0;
    const f = (x: Tensor): Tensor => {
      calls++;
      return x.square();
    };
    numericalGradient(f, x);
    expect(calls).toBe(6);
    numericalGradient(f, x, { scheme: "forward" });
    expect(calls).toBe(10);
  });

  test("several tensors, the result summed", () => {
    const [a, b] = [doubles([2, 3], -1, 1), doubles([3, 4], -1, 1, 2)];
    const [da, db] = numericalGradient((a, b) => a.matMul(b), [a, b]);
    const ones = tensor(
      Array.from({ length: 8 }, () => 1),
      [2, 4],
      "float64",
    );
    const expectNear = (actual: Tensor, expected: Tensor): void =>
      expect(actual.sub(expected).abs().max().item()).toBeLessThan(1e-9);
    expectNear(da, ones.matMul(b.transpose()));
    expectNear(db, a.transpose().matMul(ones));
  });

  test("Variables that f closes over, also through jit, and have their values back", () => {
    const v = new Variable(x, { name: "v" });
    const cube = jit(() => v.mul(v).mul(v));
    const tape = new GradientTape();
    const target = tape.record(() => v.square());
    const gradient = numericalGradient(cube, v);
    gradient.data().forEach((slope, i) => expect(slope).toBeCloseTo(3 * x.data()[i] ** 2, 8));
    expect(v.data()).toEqual(x.data());
    expect(tape.gradient(target, v).array()).toEqual([1, 2, 4]);
    let calls = 0;
    const fails = (): Tensor => {
      if (calls++ > 1) throw new Error("enough");
      return v.square();
    };
    expect(() => numericalGradient(fails, v)).toThrow("enough");
    expect(v.data()).toEqual(x.data());
  });

  test("a sample of the elements leaves the others NaN, the same for a seed", () => {
    const wide = doubles([50], -1, 1);
    const [a, b, c] = [1, 1, 2].map((seed) => [
      ...numericalGradient((x) => x.square(), wide, { samples: 8, seed }).data(),
    ]);
    expect(a.filter((slope) => !Number.isNaN(slope))).toHaveLength(8);
    expect(a).toEqual(b);
    expect(a.map(Number.isNaN)).not.toEqual(c.map(Number.isNaN));
    a.forEach((slope, i) => {
      if (!Number.isNaN(slope)) expect(slope).toBeCloseTo(2 * wide.data()[i], 8);
    });
  });

  test("frees what it makes", () => {
    const before = memory().handles;
    numericalGradient((x) => x.square().mul(2), x).dispose();
    gradcheck((x) => x.square().mul(2), [x]);
    gradcheck((x) => x.mul(tensor([...x.data()], [3], "float64")), [x], { throws: false });
    expect(memory().handles).toBe(before);
  });
});

describe("refuses", () => {
  const x = tensor([1, 2], [2], "float64");
  const square = (x: Tensor): Tensor => x.square();
  const cases: [string, () => unknown, string | RegExp][] = [
    [
      "no function",
      () => numericalGradient(1 as never, x),
      "expected a function for f but received 1",
    ],
    [
      "no tensor",
      () => numericalGradient(square, [x, 3 as never]),
      "expected Tensors for tensors but received 3 at 1",
    ],
    [
      "float32",
      () => gradcheck(square, [tensor([1])]),
      "expected float64 tensors but received float32[1] at 0",
    ],
    [
      "a float32 result",
      () => gradcheck((x) => x.cast("float32"), [x]),
      "expected a float64 tensor as the result of f but received float32[2]",
    ],
    [
      "a result that is no tensor",
      () => numericalGradient(() => 3 as never, x),
      "result of f but received 3",
    ],
    [
      "a scheme",
      () => numericalGradient(square, x, { scheme: "left" as never }),
      'expected one of central, forward, backward for scheme but received "left"',
    ],
    [
      "epsilon 0",
      () => numericalGradient(square, x, { epsilon: 0 }),
      "expected a positive number for epsilon but received 0",
    ],
    [
      "half a sample",
      () => gradcheck(square, [x], { samples: 0.5 }),
      "expected a positive integer for samples but received 0.5",
    ],
    [
      "a seed",
      () => gradcheck(square, [x], { seed: NaN }),
      "expected a safe integer for seed but received NaN",
    ],
    [
      "a tolerance",
      () => gradcheck(square, [x], { tolerance: -1 }),
      "expected a positive number for tolerance but received -1",
    ],
    [
      "names",
      () => gradcheck(square, [x], { names: ["a", "b"] }),
      "expected 1 names, one a tensor, but received 2",
    ],
    [
      "a single tensor",
      () => gradcheck(square, x as never),
      "expected an array for tensors but received float64[2]",
    ],
    [
      "randomness",
      () => gradcheck((x) => x.mul(randomUniform([2], 0, 1, "float64")), [x]),
      "f gives another result each time",
    ],
    [
      "infinity",
      () => gradcheck((x) => x.sub(1).reciprocal(), [x]),
      "element 0 of its result is Infinity",
    ],
    [
      "a tensor that f leaves out",
      () => gradcheck(() => x.square(), [tensor([1], [1], "float64")]),
      /target/,
    ],
    [
      "a misspelt option",
      () => gradcheck(square, [x], { tolerence: 1 } as never),
      "gradcheck: expected options among tolerance, epsilon",
    ],
    [
      "another",
      () => numericalGradient(square, x, { step: 1 } as never),
      "numericalGradient: expected options among epsilon, scheme",
    ],
    ["use inside jit", () => jit(() => numericalGradient(square, new Variable(x)))(), "jit"],
  ];

  test.each(cases)("%s", (_, call, error) => {
    const before = memory().handles;
    expect(() => tidy(() => void call())).toThrow(error);
    expect(memory().handles).toBe(before);
  });
});
