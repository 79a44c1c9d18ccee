/** Values and gradients at zeros, infinities, NaN and extremes, against PyTorch's. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as nabla from "../../src";
import { GradientTape, type Tensor, jit, tensor } from "../../src";

interface Case {
  y: string[];
  gradients: string[][];
}

const GOLDEN = JSON.parse(
  readFileSync(join(__dirname, "../golden/special-values.json"), "utf8"),
) as {
  points: string[];
  rows: string[][];
  unary: Record<string, Case>;
  binary: Record<string, Case>;
  reductions: Record<string, Case>;
};

const numberOf = (text: string): number =>
  text.endsWith("inf") ? (text.startsWith("-") ? -Infinity : Infinity) : Number(text); // "nan": NaN
const points = GOLDEN.points.map(numberOf);
const PAIRS = points.flatMap((a) => points.map((b) => [a, b]));

type Run = (...xs: Tensor[]) => Tensor;

/** The result and the gradients of its sum, eagerly and captured. */
function all(run: Run, inputs: Tensor[]): number[][][] {
  const step = (...xs: Tensor[]): Tensor[] => {
    const tape = new GradientTape();
    for (const x of xs) tape.watch(x);
    const y = tape.record(() => run(...xs));
    return [y, ...tape.gradient(y, xs)];
  };
  return [step, jit(step), jit(step, { fuse: false })].map((f) =>
    f(...inputs).map((x) => [...x.data()]),
  );
}

/** Where PyTorch's value is not the one to have: of which case, and which elements. */
type Except = (part: number, i: number) => boolean;

function compare(run: Run, inputs: Tensor[], { y, gradients }: Case, except: Except): void {
  const expected = [y, ...gradients].map((texts) => texts.map(numberOf));
  for (const parts of all(run, inputs)) {
    parts.forEach((part, p) =>
      part.forEach((value, i) => {
        if (except(p, i)) return;
        const wanted = expected[p][i];
        const close = Math.abs(value - wanted) <= 1e-12 * Math.abs(wanted) + 1e-300;
        if (Object.is(value, wanted) || value === wanted || close) return;
        throw new Error(`part ${p}, element ${i}: expected ${wanted} but received ${value}`);
      }),
    );
  }
}

const library = nabla as unknown as Record<string, Run>;
const f64 = (values: number[]): Tensor => tensor(values, undefined, "float64");

const isNaNPoint = (i: number): boolean => Number.isNaN(points[i]);

test.each(Object.entries(GOLDEN.unary))("%s", (name, golden) => {
  // Of NaN no slope is defined: ops choose by comparisons.
  compare(library[name], [f64(points)], golden, (part, i) => part > 0 && isNaNPoint(i));
});

test.each(Object.entries(GOLDEN.binary))("%s", (name, golden) => {
  const inputs = [0, 1].map((side) => f64(PAIRS.map((pair) => pair[side])));
  compare(library[name], inputs, golden, (part, i) => {
    const [a, b] = PAIRS[i];
    if (part > 0 && (Number.isNaN(a) || Number.isNaN(b))) return true;
    if (name !== "pow" || part === 0) return false;
    // By TensorFlow: a negative base has no slope in its power. And 0 times infinity is no slope.
    return part === 2 ? a < 0 || Math.abs(b) === Infinity || a === Infinity : !Number.isFinite(a);
  });
});

test.each(Object.entries(GOLDEN.reductions))("%s of rows", (name, golden) => {
  const rows = tensor(
    GOLDEN.rows.map((row) => row.map(numberOf)),
    undefined,
    "float64",
  );
  const run: Run = (x) => (name === "norm" ? nabla.norm(x, "euclidean", 1) : nabla.logSumExp(x, 1));
  const isOdd = (i: number): boolean =>
    GOLDEN.rows[i >> 1].some((text) => ["nan", "inf", "-inf"].includes(text));
  // Slopes at infinities: only that nothing finite turns into NaN is asked for.
  compare(run, [rows], golden, (part, i) => part > 0 && isOdd(i));
});

test("norms of tiny and huge vectors in float32", () => {
  expect(nabla.norm(tensor([3e-30, 4e-30])).item() / 5e-30).toBeCloseTo(1, 5);
  expect(nabla.norm(tensor([3e30, 4e30])).item() / 5e30).toBeCloseTo(1, 5);
});

test("a maximum hands an infinite gradient to the greater one alone", () => {
  const [a, b] = [f64([1, 2]), f64([2, 1])];
  const tape = new GradientTape();
  tape.watch(a);
  tape.watch(b);
  const y = tape.record(() => nabla.maximum(a, b).mul(Infinity));
  expect(tape.gradient(y, [a, b]).map((x) => [...x.data()])).toEqual([
    [0, Infinity],
    [Infinity, 0],
  ]);
});

const SATURATED = [-800, -100, -18, -1, 0, 1, 18, 40, 100];

test.each(["float32", "float64"] as const)(
  "binary cross-entropy of sigmoid's result is that of its logits (%s)",
  (dtype) => {
    for (const label of [0, 1]) {
      const z = tensor(SATURATED.map((x) => [x]), undefined, dtype); // prettier-ignore
      const y = nabla.fill([SATURATED.length, 1], label, dtype);
      const run: Run = (x) => nabla.losses.binaryCrossentropy(y, nabla.sigmoid(x));
      for (const [loss, gradient] of all(run, [z])) {
        SATURATED.forEach((x, i) => {
          const side = label === 0 ? x : -x;
          const wanted = Math.max(side, 0) + Math.log1p(Math.exp(-Math.abs(side)));
          expect(Math.abs(loss[i] - wanted)).toBeLessThanOrEqual(1e-6 * wanted + 1e-37);
          const slope = (label === 0 ? 1 : -1) / (1 + Math.exp(-side));
          expect(Math.abs(gradient[i] - slope)).toBeLessThanOrEqual(1e-6 * Math.abs(slope) + 1e-37);
        });
      }
    }
  },
);
