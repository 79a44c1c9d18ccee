/**
 * Activations at what is special: kinks, limits, infinities. Values at random points are compared
 * with Keras' by the golden tests.
 */

import {
  Dense,
  GradientTape,
  type Tensor,
  activations,
  getThreads,
  gradcheck,
  jit,
  setThreads,
  tensor,
  tidy,
} from "../../src";
import { leakFree } from "../helpers/leak-free";
import { spread } from "../helpers/numbers";

type Activation = (x: Tensor) => Tensor;

/** All but those over an axis, some with options. */
const ELEMENTWISE: Record<string, Activation> = {
  linear: activations.linear,
  relu: activations.relu,
  "relu to 2": (x) => activations.relu(x, { maxValue: 2 }),
  "relu with all options": (x) =>
    activations.relu(x, { maxValue: 2, negativeSlope: 0.1, threshold: 0.75 }),
  relu6: activations.relu6,
  leakyRelu: activations.leakyRelu,
  threshold: (x) => activations.threshold(x, 1, 2),
  elu: activations.elu,
  "elu of 2": (x) => activations.elu(x, { alpha: 2 }),
  celu: activations.celu,
  "celu of 0.5": (x) => activations.celu(x, { alpha: 0.5 }),
  selu: activations.selu,
  softplus: activations.softplus,
  sparsePlus: activations.sparsePlus,
  squareplus: activations.squareplus,
  silu: activations.silu,
  gelu: activations.gelu,
  "gelu, approximate": (x) => activations.gelu(x, { approximate: true }),
  mish: activations.mish,
  hardSilu: activations.hardSilu,
  sigmoid: activations.sigmoid,
  logSigmoid: activations.logSigmoid,
  hardSigmoid: activations.hardSigmoid,
  sparseSigmoid: activations.sparseSigmoid,
  tanh: activations.tanh,
  hardTanh: activations.hardTanh,
  softsign: activations.softsign,
  hardShrink: activations.hardShrink,
  softShrink: activations.softShrink,
  tanhShrink: activations.tanhShrink,
  exponential: activations.exponential,
};

const SELU = 1.0507009873554805;

/** Value and slope at -Infinity and at Infinity. */
const LIMITS: Record<keyof typeof ELEMENTWISE, [number, number, number, number]> = {
  linear: [-Infinity, 1, Infinity, 1],
  relu: [0, 0, Infinity, 1],
  "relu to 2": [0, 0, 2, 0],
  "relu with all options": [-Infinity, 0.1, 2, 0],
  relu6: [0, 0, 6, 0],
  leakyRelu: [-Infinity, 0.2, Infinity, 1],
  threshold: [2, 0, Infinity, 1],
  elu: [-1, 0, Infinity, 1],
  "elu of 2": [-2, 0, Infinity, 1],
  celu: [-1, 0, Infinity, 1],
  "celu of 0.5": [-0.5, 0, Infinity, 1],
  selu: [-SELU * 1.6732632423543772, 0, Infinity, SELU],
  softplus: [0, 0, Infinity, 1],
  sparsePlus: [0, 0, Infinity, 1],
  squareplus: [0, 0, Infinity, 1],
  silu: [0, 0, Infinity, 1],
  gelu: [0, 0, Infinity, 1],
  "gelu, approximate": [0, 0, Infinity, 1],
  mish: [0, 0, Infinity, 1],
  hardSilu: [0, 0, Infinity, 1],
  sigmoid: [0, 0, 1, 0],
  logSigmoid: [-Infinity, 1, 0, 0],
  hardSigmoid: [0, 0, 1, 0],
  sparseSigmoid: [0, 0, 1, 0],
  tanh: [-1, 0, 1, 0],
  hardTanh: [-1, 0, 1, 0],
  softsign: [-1, 0, 1, 0],
  hardShrink: [-Infinity, 1, Infinity, 1],
  softShrink: [-Infinity, 1, Infinity, 1],
  tanhShrink: [-Infinity, 1, Infinity, 1],
  exponential: [0, 0, Infinity, Infinity],
};

/** Slopes at kinks, those of Keras 3 on TensorFlow; celu's, where its two sides meet, PyTorch's. */
const KINKS: [name: keyof typeof ELEMENTWISE, x: number, slope: number][] = [
  ["relu", 0, 0],
  ["relu", -0, 0],
  ["relu to 2", 0, 0],
  ["relu to 2", 2, 1],
  ["relu with all options", 0.75, 0],
  ["relu6", 0, 0],
  ["relu6", 6, 0],
  ["leakyRelu", 0, 0.2],
  ["threshold", 1, 0],
  ["elu", 0, 1],
  ["elu of 2", 0, 2],
  ["elu of 2", -0, 2],
  ["celu", 0, 1],
  ["celu of 0.5", 0, 1],
  ["selu", 0, SELU],
  ["sparsePlus", -1, 0],
  ["sparsePlus", 1, 1],
  ["squareplus", 0, 0.5],
  ["hardSilu", -3, 0],
  ["hardSilu", 3, 1],
  ["hardSigmoid", -3, 0],
  ["hardSigmoid", 3, 0],
  ["sparseSigmoid", -1, 0],
  ["sparseSigmoid", 1, 0],
  ["hardTanh", -1, 1],
  ["hardTanh", 1, 1],
  ["softsign", 0, 1],
  ["softsign", 1, 0.25],
  ["hardShrink", 0.5, 0],
  ["hardShrink", -0.5, 0],
  ["softShrink", 0.5, 0],
  ["softShrink", -0.5, 0],
];

interface Point {
  values: number[];
  slopes: number[];
}

function differentiated(activation: Activation, x: Tensor): [Tensor, Tensor] {
  const tape = new GradientTape();
  tape.watch(x);
  const y = tape.record(() => activation(x));
  return [y, tape.gradient(y, x)];
}

/** Values and slopes, eagerly and captured. Infinities are few among many, so that parts are cut. */
function computed(
  activation: Activation,
  points: number[],
  dtype: "float32" | "float64",
  fuse?: boolean,
): Point {
  const run = (x: Tensor): [Tensor, Tensor] => differentiated(activation, x);
  return tidy(() => {
    const x = tensor(points, undefined, dtype);
    const [y, slopes] = fuse === undefined ? run(x) : jit(run, { fuse })(x);
    return { values: [...y.data()], slopes: [...slopes.data()] };
  });
}

const MODES: [string, boolean | undefined, number][] = [
  ["eagerly", undefined, 1],
  ["captured", true, 1],
  ["captured, on two threads", true, 2],
  ["captured, not fused", false, 1],
];

const names = Object.keys(ELEMENTWISE);

describe.each(MODES)("activations %s", (_mode, fuse, threads) => {
  const before = getThreads();
  beforeAll(() => setThreads(threads));
  afterAll(() => setThreads(before));

  test.each(names)("%s at the infinities, at 1e30 and at NaN", (name) => {
    for (const dtype of ["float32", "float64"] as const) {
      const points = [-Infinity, Infinity, -1e30, 1e30, NaN];
      const { values, slopes } = computed(ELEMENTWISE[name], points, dtype, fuse);
      const [low, lowSlope, high, highSlope] = LIMITS[name];
      const finite = (limit: number, x: number, slope: number): number =>
        Number.isFinite(limit) || name === "exponential" ? limit : x * slope;
      const expected = [low, high, finite(low, -1e30, lowSlope), finite(high, 1e30, highSlope)];
      expectNear(values.slice(0, 4), expected);
      expectNear(slopes.slice(0, 4), [lowSlope, highSlope, lowSlope, highSlope]);
      expect(values[4]).toBeNaN();
    }
  });

  test.each(KINKS)("the slope of %s at %p is %p", (name, x, slope) => {
    for (const dtype of ["float32", "float64"] as const)
      expectNear(computed(ELEMENTWISE[name], [x], dtype, fuse).slopes, [slope]);
  });
});

function expectNear(actual: number[], expected: number[]): void {
  actual.forEach((value, i) => {
    if (value === expected[i]) return;
    const isNear = Math.abs(value - expected[i]) <= 1e-6 * Math.max(1, Math.abs(expected[i]));
    if (!isNear) expect(actual).toEqual(expected);
  });
}

describe("gradients of activations", () => {
  // With kinks, near which gradcheck compares nothing.
  const points = [...spread([40], -8, 8), 0, -0, 0.5, -0.5, 1, -1, 2, 3, -3, 6, 40, -40];

  test.each(names)(
    "of %s are those of differences",
    (name) => void gradcheck(ELEMENTWISE[name], [tensor(points, undefined, "float64")]),
  );

  test.each(["glu", "softmax", "logSoftmax", "sparsemax"] as const)(
    "of %s along each axis are those of differences",
    (name) => {
      const x = tensor(spread([2, 4, 6], -1, 1), [2, 4, 6], "float64");
      for (const axis of [0, 1, 2, -1])
        gradcheck((t) => activations[name](t, { axis }).square(), [x]);
    },
  );
});

describe("saturated and cancelling activations", () => {
  const at = (activation: Activation, x: number): Point => computed(activation, [x], "float32");

  test("softsign keeps the slope 1 / (1 + x)^2 for large x", () => {
    const { slopes } = at(activations.softsign, 1e4);
    expect(slopes[0] * 10001 ** 2).toBeCloseTo(1, 5);
  });

  test("squareplus keeps b / (4 |x|) for large negative x", () => {
    const { values, slopes } = at(activations.squareplus, -1e4);
    expect(values[0] * 1e4).toBeCloseTo(1, 5);
    expect(slopes[0] * 1e8).toBeCloseTo(1, 4);
  });

  test("logSigmoid keeps -e^-x for large x and x for small", () => {
    expect(at(activations.logSigmoid, 50).values[0] * Math.exp(50)).toBeCloseTo(-1, 5);
    expect(at(activations.logSigmoid, -500).values[0]).toBe(-500);
  });

  test("silu keeps x e^x for large negative x", () => {
    expect(at(activations.silu, -60).values[0] * Math.exp(60)).toBeCloseTo(-60, 3);
  });
});

describe("sparsemax", () => {
  /** By trying all sets of classes: the one whose threshold separates it from the others. */
  function byTrying(z: number[]): number[] {
    for (let set = 1; set < 1 << z.length; set++) {
      const inside = z.filter((_, i) => set & (1 << i));
      const t = (inside.reduce((sum, x) => sum + x, 0) - 1) / inside.length;
      const separates = z.every((x, i) => x > t === !!(set & (1 << i)));
      if (separates) return z.map((x) => Math.max(x - t, 0));
    }
    throw new Error(`no support among ${z.join()}`);
  }

  test("is the nearest distribution", () => {
    const rows = Array.from({ length: 20 }, (_, seed) => spread([5], -1, 1, { seed: seed + 1 }));
    const result = activations.sparsemax(tensor(rows, undefined, "float64")).array() as number[][];
    rows.forEach((row, i) => expectNear(result[i], byTrying(row)));
  });

  test("keeps to it for large values, ties and one class", () => {
    const sparse = (row: number[]): unknown => activations.sparsemax(tensor([row])).array();
    expect(sparse([1e8, 1e8, -1e8])).toEqual([[0.5, 0.5, 0]]);
    expect(sparse([3, 3, 3, 3])).toEqual([[0.25, 0.25, 0.25, 0.25]]);
    expect(sparse([7])).toEqual([[1]]);
  });
});

describe("activations by name", () => {
  test(
    "are known by Keras' names and by their own",
    leakFree(() => {
      const x = tensor([[-1, 2]]);
      const run = (activation: "leaky_relu" | "leakyRelu"): unknown =>
        new Dense(2, { activation, kernelInitializer: "ones" }).forward(x).array();
      expect(run("leaky_relu")).toEqual(run("leakyRelu"));
    }),
  );

  test("others are refused, with the names there are", () => {
    expect(() => new Dense(2, { activation: "reluu" as "relu" })).toThrow(
      /expected a function or one of .*leakyRelu.* for activation but received "reluu"/,
    );
    expect(() => new Dense(2, { activation: "threshold" as "relu" })).toThrow(
      "expected a function",
    );
  });

  test("options that do not exist or do not fit are refused", () => {
    const x = tensor([1, 2, 3]);
    expect(() => activations.elu(x, { alhpa: 1 } as object)).toThrow(
      "elu: expected the option alpha",
    );
    expect(() => activations.elu(x, { alpha: "1" as unknown as number })).toThrow(
      'elu: expected a number for alpha but received "1"',
    );
    expect(() => activations.glu(x)).toThrow("glu: expected an even number of elements on axis 0");
    expect(() => activations.softmax(x, { axis: 1 })).toThrow(
      "softmax: expected an axis in [-1, 1)",
    );
    expect(() => activations.celu(x, { alpha: 0 })).toThrow("celu: expected an alpha other than 0");
    expect(() => activations.squareplus(x, { b: -1 })).toThrow("squareplus: expected b >= 0");
    expect(() => activations.softShrink(x, { threshold: -1 })).toThrow(
      "softShrink: expected a threshold >= 0",
    );
    expect(() => activations.relu(x, { maxValue: -1 })).toThrow("relu: expected maxValue >= 0");
  });
});
