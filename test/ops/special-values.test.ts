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
  activations: Record<string, Case>;
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

const isPoint = (i: number, ...values: number[]): boolean => values.includes(points[i]);

/** Where another value than PyTorch's is the one to have. */
const ELSEWHERE: Record<string, Except> = {
  // As in numpy: of NaN no sign is known, where PyTorch says 0.
  sign: (part, i) => part === 0 && Number.isNaN(points[i]),
  // The limits at infinity, 0 and 1, where PyTorch multiplies or divides infinities.
  gelu: (_, i) => isPoint(i, Infinity, -Infinity),
  hardSwish: (_, i) => isPoint(i, Infinity, -Infinity),
  mish: (_, i) => isPoint(i, Infinity, -Infinity),
  silu: (_, i) => isPoint(i, Infinity, -Infinity),
  softsign: (_, i) => isPoint(i, Infinity, -Infinity, 1e30, -1e30),
  // The slopes of TensorFlow at the kinks: that of the right side at 0, and 1 at both ends.
  selu: (part, i) => part === 1 && isPoint(i, 0),
  hardTanh: (part, i) => part === 1 && isPoint(i, 1, -1),
};

function compareUnary(name: string, run: Run, golden: Case): void {
  const elsewhere = ELSEWHERE[name] ?? (() => false);
  // Of NaN no slope is defined: ops choose by comparisons.
  const isNaNSlope = (part: number, i: number): boolean => part > 0 && Number.isNaN(points[i]);
  compare(run, [f64(points)], golden, (part, i) => isNaNSlope(part, i) || elsewhere(part, i));
}

test.each(Object.entries(GOLDEN.unary))("%s", (name, golden) => {
  compareUnary(name, library[name], golden);
});

const activations = nabla.activations as unknown as Record<string, Run>;

test.each(Object.entries(GOLDEN.activations))("activations.%s", (name, golden) => {
  compareUnary(name, activations[name], golden);
});

test("values where PyTorch's are not the ones to have", () => {
  const at = (name: string, x: number): number[] =>
    all(activations[name] ?? library[name], [f64([x])])[0].map(([value]) => value);
  expect(at("sign", NaN)[0]).toBeNaN();
  for (const name of ["gelu", "hardSwish", "mish", "silu"]) {
    expect(at(name, -Infinity).map(Math.abs)).toEqual([0, 0]);
    expect(at(name, Infinity)).toEqual([Infinity, 1]);
  }
  expect(at("softsign", Infinity)).toEqual([1, 0]);
  expect(at("softsign", -Infinity)).toEqual([-1, 0]);
  expect(at("softsign", 1e30)[1]).toBeCloseTo(0, 30); // 1e-60, where PyTorch's square overflows
  expect(at("selu", 0)[1]).toBeCloseTo(1.0507009873554805, 15);
  expect(at("hardTanh", 1)).toEqual([1, 1]);
  expect(at("hardTanh", -1)).toEqual([-1, 1]);
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
  const alongRows = library[name] as unknown as (x: Tensor, axis: number) => Tensor;
  const run: Run = (x) => (name === "norm" ? nabla.norm(x, "euclidean", 1) : alongRows(x, 1));
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

/** Subnormal numbers and the zeros for which they count. */
const SUBNORMALS = { float32: [1e-40, -1e-40], float64: [1e-310, -1e-310] } as const;
const SMALLEST = { float32: 2 ** -126, float64: 2 ** -1022 } as const;

describe.each(["float32", "float64"] as const)(
  "subnormals of %s count as signed zeros in",
  (dtype) => {
    const of = (values: readonly number[]): Tensor => tensor([...values], undefined, dtype);
    // What chooses among its operands hands a subnormal on, as a copy does: it counts as 0 where it is read.
    const flushed = (parts: number[][][]): number[][][] =>
      parts.map((part) =>
        part.map((row) =>
          row.map((x) => (Math.abs(x) < SMALLEST[dtype] ? x * 1e-300 * 1e-300 : x)),
        ),
      );
    const check = (run: Run, tiny: Tensor[], zero: Tensor[]): void => {
      expect(flushed(all(run, tiny))).toEqual(flushed(all(run, zero)));
    };

    const unary = [...Object.keys(GOLDEN.unary), ...Object.keys(GOLDEN.activations)];
    test.each(unary)("%s", (name) => {
      check(activations[name] ?? library[name], [of(SUBNORMALS[dtype])], [of([0, -0])]);
    });

    test.each(Object.keys(GOLDEN.binary))("%s", (name) => {
      const [p, n] = SUBNORMALS[dtype];
      const left = [p, p, n, n, 1, p, 0, n];
      const right = [p, n, p, n, p, 1, p, 0];
      const zeros = (values: number[]): number[] =>
        values.map((x) => (Math.abs(x) < 1 ? x * 1e-300 * 1e-300 : x));
      check(library[name], [of(left), of(right)], [of(zeros(left)), of(zeros(right))]);
    });
  },
);
