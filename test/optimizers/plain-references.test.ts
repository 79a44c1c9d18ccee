/** Updates against their formulas in plain numbers, and what float32 makes of many steps and of great gradients. */

import { type Tensor, Variable, jit, optimizers, setSeed, tensor, randomUniform } from "../../src";

type Numbers = number[];
type DType = "float32" | "float64";

/** Makes of gradients and weights the next weights; the steps count from 1. */
type Rule = (gradients: Numbers, weights: Numbers, step: number) => Numbers;

const RATE = 0.05;

/** Both signs, zeros among them. */
function waves(size: number, phase: number): Numbers {
  return Array.from({ length: size }, (_, i) =>
    i % 11 === 3 ? 0 : Math.fround(Math.cos(i * 0.7 + phase)),
  );
}

const filled = (size: number, value: number): Numbers => new Array<number>(size).fill(value);
const sumOfSquares = (values: Numbers): number => values.reduce((sum, x) => sum + x * x, 0);

interface FtrlNumbers {
  p?: number;
  l1?: number;
  l2?: number;
  shrinkage?: number;
  beta?: number;
}

function ftrl(given: FtrlNumbers): (size: number) => Rule {
  const { p = 0.5, l1 = 0, l2 = 0, shrinkage = 0, beta = 0 } = given;
  return (size) => {
    const [s, z] = [filled(size, 0.1), filled(size, 0)];
    return (gradients, weights) =>
      weights.map((w, i) => {
        const before = s[i];
        s[i] += gradients[i] ** 2;
        z[i] += gradients[i] + 2 * shrinkage * w - ((s[i] ** p - before ** p) / RATE) * w;
        const clipped = Math.max(-l1, Math.min(l1, z[i]));
        return (clipped - z[i]) / ((s[i] ** p + beta) / RATE + 2 * l2);
      });
  };
}

function createFtrl({ p = 0.5, l1, l2, shrinkage, beta }: FtrlNumbers): optimizers.Ftrl {
  return new optimizers.Ftrl(RATE, {
    learningRatePower: -p,
    l1RegularizationStrength: l1,
    l2RegularizationStrength: l2,
    l2ShrinkageRegularizationStrength: shrinkage,
    beta,
  });
}

function adadelta(size: number): Rule {
  const [s, c] = [filled(size, 0), filled(size, 0)];
  return (gradients, weights) =>
    weights.map((w, i) => {
      s[i] = 0.95 * s[i] + 0.05 * gradients[i] ** 2;
      const change = Math.sqrt((c[i] + 1e-7) / (s[i] + 1e-7)) * gradients[i];
      c[i] = 0.95 * c[i] + 0.05 * change ** 2;
      return w - RATE * change;
    });
}

function lamb(size: number): Rule {
  const [m, v] = [filled(size, 0), filled(size, 0)];
  return (gradients, weights, step) => {
    const changes = gradients.map((g, i) => {
      m[i] = 0.9 * m[i] + 0.1 * g;
      v[i] = 0.999 * v[i] + 0.001 * g * g;
      return m[i] / (1 - 0.9 ** step) / (Math.sqrt(v[i] / (1 - 0.999 ** step)) + 1e-7);
    });
    const [own, other] = [sumOfSquares(weights), sumOfSquares(changes)];
    const ratio = own > 0 && other > 0 ? Math.sqrt(own / other) : 1;
    return weights.map((w, i) => w - RATE * ratio * changes[i]);
  };
}

const FTRL: FtrlNumbers[] = [
  ...[{}, { beta: 0.1 }, { l1: 0.05 }, { l2: 0.1 }, { shrinkage: 0.1 }, { p: 0.4 }, { p: 1 }],
  { p: 0.4, beta: 1, l1: 0.05, l2: 0.1, shrinkage: 0.1 },
];

const CASES: [string, () => optimizers.Optimizer, (size: number) => Rule][] = [
  ...FTRL.map((given): (typeof CASES)[number] => [
    `Ftrl ${JSON.stringify(given)}`,
    () => createFtrl(given),
    ftrl(given),
  ]),
  ["Adadelta", () => new optimizers.Adadelta(RATE), adadelta],
  ["Lamb", () => new optimizers.Lamb(RATE), lamb],
];

/** The worst difference of three captured updates from a rule's. */
function worst(optimizer: optimizers.Optimizer, rule: Rule, size: number, dtype: DType): number {
  let expected = waves(size, 0);
  const weight = new Variable(tensor(expected, undefined, dtype));
  const update = jit((g: Tensor) => optimizer.applyGradients([g], [weight]));
  for (let step = 1; step <= 3; step++) {
    const gradients = waves(size, step);
    update(tensor(gradients, undefined, dtype));
    expected = rule(gradients, expected, step);
  }
  const found = weight.data();
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i])), 0);
}

test.each(CASES)("%s", (_name, create, ruleOf) => {
  // One element, odd ones, and 8 shares of LAMB's sums that begin within cache lines.
  for (const size of [1, 17, 65, 4_099, 8 * 8_201]) {
    expect(worst(create(), ruleOf(size), size, "float64")).toBeLessThan(1e-12);
    expect(worst(create(), ruleOf(size), size, "float32")).toBeLessThan(5e-6);
  }
});

test.each<[string, (step: number) => number]>([
  ["as steps go on, less", (step) => 1 / Math.sqrt(step)],
  ["great at first", (step) => (step <= 1000 ? 1 : 0.003)],
])("Ftrl of float32 keeps to that of float64 with gradients %s", (_name, scale) => {
  setSeed(7);
  const start = Array.from({ length: 64 }, (_, i) => 0.5 + i / 40);
  const runs = (["float64", "float32"] as const).map((dtype) => {
    const weight = new Variable(tensor(start, undefined, dtype));
    const optimizer = new optimizers.Ftrl(0.01);
    const update = jit((g: Tensor) => optimizer.applyGradients([g.cast(dtype)], [weight]));
    return { weight, update };
  });
  for (let step = 1; step <= 20_000; step++) {
    const drawn = randomUniform([64], -scale(step), scale(step));
    for (const { update } of runs) update(drawn);
    drawn.dispose();
  }
  const [exact, found] = runs.map(({ weight }) => Array.from(weight.data()));
  const mean = exact.reduce((sum, value, i) => sum + Math.abs(value - found[i]) / 64, 0);
  // The growth of roots from g^2, or in a change of its own, is off by 4e-6 and more.
  expect(mean).toBeLessThan(2.5e-6);
});

test.each<[string, () => optimizers.Optimizer, number, number]>([
  ["Ftrl", () => new optimizers.Ftrl(0.001), 1e18, 0.999],
  ["Ftrl", () => new optimizers.Ftrl(1e-8), 1e16, 1],
  ["Adadelta", () => new optimizers.Adadelta(1), 1e17, 1 - 0.001414214],
])("%s of float32 takes great gradients, case %#", (_name, create, gradient, expected) => {
  const weight = new Variable([1]);
  create().applyGradients([tensor([gradient])], [weight]);
  expect(weight.data()[0]).toBeCloseTo(expected, 6);
});
