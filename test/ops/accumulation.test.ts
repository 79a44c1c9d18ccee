/** Sums of float32: the error is at most 4 eps log2(n) times the sum of the magnitudes, eps = 2^-24. */

import {
  GradientTape,
  Tensor,
  Variable,
  add,
  avgPool,
  conv2d,
  conv2dTranspose,
  depthwiseConv2d,
  dot,
  fill,
  jit,
  logSumExp,
  mean,
  moments,
  ones,
  randomNormal,
  scatterAdd,
  scatterND,
  setSeed,
  sum,
  tensor,
  zeros,
} from "../../src";

const EPS = 2 ** -24;

/** Along an axis, in float64: the sums, and those of the magnitudes. */
function exact(x: Tensor, axis: number): [Float64Array, Float64Array] {
  const data = x.data();
  const inner = x.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const length = x.shape[axis];
  const sums = new Float64Array(x.size / length);
  const magnitudes = new Float64Array(sums.length);
  for (let i = 0; i < data.length; i++) {
    const to = Math.floor(i / (inner * length)) * inner + (i % inner);
    sums[to] += data[i];
    magnitudes[to] += Math.abs(data[i]);
  }
  return [sums, magnitudes];
}

function bound(n: number): number {
  return 4 * EPS * Math.max(1, Math.log2(n));
}

/** A long run goes up to 1e8: NABLA_TEST_ELEMENTS=100000000. */
const ELEMENTS = Number(process.env.NABLA_TEST_ELEMENTS ?? 1000000);
const LONG = ELEMENTS > 1000000 ? ELEMENTS : 0;

const SHAPES: [number[], number][] = [
  ...(LONG ? longShapes(LONG) : []),
  ...[1, 2, 3, 15, 16, 17, 100, 255, 257, 1023, 1025, 70000, 1000003].map(
    (n): [number[], number] => [[n], 0],
  ),
  [[100000, 3], 0],
  [[4095, 7], 0],
  [[20000, 33], 0],
  [[3000, 300], 0],
  [[3, 70001], 1],
  [[2, 5001, 3], 1],
  [[500, 20, 50], 0],
];

function longShapes(n: number): [number[], number][] {
  return [
    [[n], 0],
    [[n / 4, 4], 0],
    [[4, n / 4], 1],
    [[n / 100, 100], 0],
    [[10, n / 100, 10], 1],
  ];
}

/** All alike, whose naive sum drifts; of mixed signs; of growing size. */
const FILLS: [string, (shape: number[]) => Tensor][] = [
  ["tenths", (shape) => fill(shape, 0.1)],
  ["normal", (shape) => randomNormal(shape, 0.5)],
];

describe.each(FILLS)("%s", (_, make) => {
  test.each(SHAPES)("sums of %j along axis %i", (shape, axis) => {
    setSeed(4);
    const x = make(shape);
    const [sums, magnitudes] = exact(x, axis);
    const n = shape[axis];
    for (const f of [(t: Tensor) => sum(t, axis), jit((t: Tensor) => mean(t, axis).mul(n))]) {
      f(x)
        .data()
        .forEach((value, i) => {
          const allowed = (bound(n) + 4 * EPS) * magnitudes[i];
          if (Math.abs(value - sums[i]) <= allowed) return;
          throw new Error(`${i}: expected ${sums[i]} within ${allowed} but received ${value}`);
        });
    }
  });
});

test("twenty million ones", () => {
  const x = ones([20000000, 1]);
  expect(sum(x).item()).toBe(20000000);
  expect(x.sum(0).item()).toBe(20000000);
  expect(dot(x.flatten(), x.flatten()).item()).toBe(20000000);
  expect(mean(x, [0, 1]).item()).toBe(1);
  expect(Math.abs(logSumExp(zeros([20000000])).item() / Math.log(2e7) - 1)).toBeLessThan(1e-6);
});

test("mean and variance of numbers far from 0", () => {
  setSeed(1);
  const x = add(randomNormal([500000, 2]), 1000);
  const { mean: means, variance } = moments(x, 0);
  for (const value of means.data()) expect(Math.abs(value - 1000)).toBeLessThan(0.01);
  for (const value of variance.data()) expect(Math.abs(value - 1)).toBeLessThan(0.01);
});

test("the gradient to a bias over many rows", () => {
  const rows = LONG ? LONG / 4 : 1000000;
  const w = new Variable([0, 0, 0]);
  const tape = new GradientTape();
  const y = tape.record(() => add(zeros([rows, 3]), w).mul(0.1));
  for (const value of tape.gradient(y, w).data()) {
    expect(Math.abs(value / (rows * Math.fround(0.1)) - 1)).toBeLessThan(bound(rows));
  }
});

test.each([1, 2, 17, 1000, 70001, ELEMENTS])("a dot product of %d elements", (n) => {
  setSeed(5);
  const [a, b] = [randomNormal([n], 0.5), randomNormal([n], 0.5)];
  const [x, y] = [a.data(), b.data()];
  let [exactly, magnitudes] = [0, 0];
  for (let i = 0; i < n; i++) {
    exactly += x[i] * y[i];
    magnitudes += Math.abs(x[i] * y[i]);
  }
  for (const f of [dot, jit((x: Tensor, y: Tensor) => dot(x, y))]) {
    expect(Math.abs(f(a, b).item() - exactly)).toBeLessThanOrEqual(
      (bound(n) + 4 * EPS) * magnitudes,
    );
  }
});

/** Adds 0.1 a million times and more, each in a way of its own. */
const MANY = 1000000;
const tenths = (shape: number[]): Tensor => fill(shape, 0.1);
const gradientOf = (f: (w: Variable) => Tensor, w: Variable): number => {
  const tape = new GradientTape();
  return tape
    .gradient(
      tape.record(() => f(w)),
      w,
    )
    .data()[0];
};

const LONG_SUMS: [string, () => number][] = [
  ["scatterAdd", () => scatterAdd(tenths([MANY]), zeros([MANY], "int32"), 3).data()[0]],
  ["scatterND", () => scatterND(zeros([MANY, 1], "int32"), tenths([MANY]), [3]).data()[0]],
  [
    "the gradient of gather",
    () =>
      gradientOf(
        (w) => w.gather(zeros([MANY], "int32")).mul(tenths([MANY])),
        new Variable([1, 1, 1]),
      ),
  ],
  [
    "the gradient of gather along an axis behind the first",
    () =>
      gradientOf(
        (w) => w.gather(zeros([MANY], "int32"), 1).mul(tenths([1, MANY])),
        new Variable([[1, 1, 1]]),
      ),
  ],
  [
    "the gradient to a convolution's kernel",
    () =>
      gradientOf((w) => conv2d(tenths([1, 1000, 1000, 1]), w), new Variable(ones([1, 1, 1, 1]))),
  ],
  [
    "the gradient to a depthwise kernel",
    () =>
      gradientOf(
        (w) => depthwiseConv2d(tenths([1, 1000, 1000, 4]), w),
        new Variable(ones([1, 1, 4, 1])),
      ),
  ],
  [
    "the gradient to a transposed convolution's kernel",
    () =>
      gradientOf(
        (w) => conv2dTranspose(tenths([1, 1000, 1000, 1]), w),
        new Variable(ones([1, 1, 1, 1])),
      ),
  ],
  ["cumSum", () => tenths([MANY]).cumSum().data()[MANY - 1]],
  [
    "an average over a million cells",
    () =>
      avgPool(tenths([1, 1000, 1000, 1]), [1000, 1000])
        .mul(MANY)
        .item(),
  ],
];

test.each(LONG_SUMS)("%s", (_, sumOfTenths) => {
  expect(Math.abs(sumOfTenths() / (MANY * Math.fround(0.1)) - 1)).toBeLessThan(bound(MANY));
});

test("subnormals count as zeros in arithmetic and are kept by copies", () => {
  const x = tensor([1e-40, -1e-40]);
  expect([...x.data()].every((value) => value !== 0)).toBe(true);
  expect([...x.clone().data()]).toEqual([...x.data()]);
  const [positive, negative] = x.mul(1).data();
  expect(Object.is(positive, 0)).toBe(true);
  expect(Object.is(negative, -0)).toBe(true);
  expect(
    fill([64, 64], 1e-40)
      .matMul(ones([64, 64]))
      .max()
      .item(),
  ).toBe(0);
  expect(1e-310 * 0.5).toBeGreaterThan(0); // JavaScript keeps its mode
});
