/** Samples of element-wise ops: unary functions, broadcasting arithmetic, comparison, choice. */

import * as nabla from "../../src";
import type { Tensor } from "../../src";
import { type NdArray, nd, zip } from "../helpers/nd-array";
import { distinct, integers, spread } from "../helpers/numbers";
import { type Sample, input, sample, valueOnly } from "./sample";

const SHAPES = [[], [1], [33], [3, 17], [2, 1, 3, 2], [0], [2, 0, 3]];
const LONG = [1037];
const EXTREMES = [NaN, Infinity, -Infinity, 0, -0, 1000, -1000, 1e-30, -1e-30];

interface Unary {
  f: (x: number) => number;
  /** Range of the values; none is near a kink. */
  low?: number;
  high?: number;
  kinks?: number[];
  /** Values whose results JavaScript and C agree on. */
  extremes?: number[];
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const WHOLE = [-3, -2, -1, 0, 1, 2, 3];

const HALVES = WHOLE.map((n) => n + 0.5);

/** The integral of e^(-t^2) as a series of positive terms: 2 x / sqrt(pi) e^(-x^2) sum (2 x^2)^n / (2n + 1)!! */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let [term, sum] = [x, x];
  for (let n = 1; n < 200; n++) sum += term *= (2 * x * x) / (2 * n + 1);
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

function round(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

const UNARY: Record<string, Unary> = {
  neg: { f: (x) => -x },
  abs: { f: Math.abs, kinks: [0] },
  sign: { f: Math.sign, kinks: [0], extremes: [Infinity, -Infinity, 0, 1e-30, -1000] },
  exp: { f: Math.exp },
  expm1: { f: Math.expm1, extremes: [...EXTREMES, 1e-9] },
  log: { f: Math.log, low: 0.2, high: 4 },
  log1p: { f: Math.log1p, low: -0.7, high: 3, extremes: [NaN, Infinity, 0, -1, -2, 1e-9] },
  sqrt: { f: Math.sqrt, low: 0.2, high: 4 },
  rsqrt: { f: (x) => 1 / Math.sqrt(x), low: 0.4, high: 4 },
  square: { f: (x) => x * x },
  reciprocal: { f: (x) => 1 / x, low: 0.4, high: 3 },
  sin: { f: Math.sin, extremes: [NaN, Infinity, 0, 100] },
  cos: { f: Math.cos, extremes: [NaN, Infinity, 0, 100] },
  floor: { f: Math.floor, kinks: WHOLE },
  ceil: { f: Math.ceil, kinks: WHOLE },
  round: { f: round, kinks: HALVES, extremes: [...EXTREMES, ...HALVES, -2.5, 0.49999997, 8388609] },
  log2: {
    f: Math.log2,
    low: 0.2,
    high: 4,
    extremes: [NaN, Infinity, -1, 0, 1, 8, 2 ** -100, 1e30],
  },
  erf: { f: erf, extremes: [...EXTREMES, 0.5, -1, 3.9, -5] },
  tan: { f: Math.tan, low: -1.3, high: 1.3, extremes: [NaN, Infinity, -Infinity, 0, 1e-30, 100] },
  asin: { f: Math.asin, low: -0.9, high: 0.9, extremes: [...EXTREMES, 1, -1] },
  acos: { f: Math.acos, low: -0.9, high: 0.9, extremes: [...EXTREMES, 1, -1] },
  atan: { f: Math.atan },
  sinh: { f: Math.sinh },
  cosh: { f: Math.cosh },
  sigmoid: { f: sigmoid },
  tanh: { f: Math.tanh },
  relu: { f: (x) => (x < 0 ? 0 : x), kinks: [0] },
  softplus: { f: softplus },
};

type UnaryFunction = (x: Tensor) => Tensor;

function unarySamples(op: string, { f, low = -3, high = 3, kinks, extremes }: Unary): Sample[] {
  const run = nabla[op as "exp"] as UnaryFunction;
  const of = (shape: number[]) => input("float", shape, spread(shape, low, high, { kinks }));
  const parts = { op, run, reference: (x: NdArray) => zip(f, x), independent: true };
  const edge = extremes ?? EXTREMES;
  return [
    ...SHAPES.map((shape) => sample({ ...parts, inputs: [of(shape)] })),
    valueOnly({ ...parts, inputs: [of(LONG)], title: "long" }),
    valueOnly({ ...parts, inputs: [input("float", [edge.length], edge)], title: "extreme" }),
  ];
}

const integerUnary = (["neg", "abs"] as const).map((op) =>
  sample({
    op,
    inputs: [input("int32", [17], integers([17], -9, 9))],
    run: (x) => nabla[op](x),
    reference: (x) => zip(UNARY[op].f, x),
  }),
);

const TRUTHS: Record<"logicalNot" | "isNaN" | "isFinite", (x: number) => boolean> = {
  logicalNot: (x) => x === 0,
  isNaN: Number.isNaN,
  isFinite: Number.isFinite,
};

const truths = (["logicalNot", "isNaN", "isFinite"] as const).flatMap((op) => {
  const parts = {
    op,
    dtype: "uint8" as const,
    run: (x: Tensor) => nabla[op](x),
    reference: (x: NdArray) => zip((v) => Number(TRUTHS[op](v)), x),
  };
  return [
    ...SHAPES.flatMap((shape) =>
      (["float", "int32", "uint8"] as const).map((dtype) =>
        sample({ ...parts, inputs: [input(dtype, shape, integers(shape, 0, 3))] }),
      ),
    ),
    sample({ ...parts, inputs: [input("float", [EXTREMES.length], EXTREMES)], title: "extreme" }),
  ];
});

/** Pairs of shapes that stretch to one. */
const PAIRS: [number[], number[]][] = [
  [[], []],
  [[33], [33]],
  [[2, 3], [3]],
  [[3], [2, 3]],
  [
    [3, 17],
    [3, 1],
  ],
  [[17], []],
  [[], [2, 3]],
  [
    [2, 1, 3],
    [4, 1],
  ],
  [
    [2, 1, 3, 1],
    [1, 2, 1, 2],
  ],
  [[0], [1]],
  [
    [2, 0],
    [2, 1],
  ],
];

interface Binary {
  f: (a: number, b: number) => number;
  /** Values of the operands; by default in [-3, 3). */
  a?: (shape: number[]) => number[];
  b?: (shape: number[]) => number[];
}

const mod = (a: number, b: number): number => a - Math.floor(a / b) * b;
/** No quotient of the two is near an integer. */
const thirds = (shape: number[]): number[] => integers(shape, -5, 5).map((n) => n + 0.3);
const divisors = (shape: number[]): number[] =>
  integers(shape, 0, 4, 2).map((i) => [1, -1, 2, -2][i]);

const ARITHMETIC: Record<string, Binary> = {
  add: { f: (a, b) => a + b },
  sub: { f: (a, b) => a - b },
  mul: { f: (a, b) => a * b },
  multiplyNoNan: { f: (a, b) => (b === 0 ? 0 : a * b) },
  div: {
    f: (a, b) => a / b,
    b: (shape) => spread(shape, -3, 3, { seed: 2, kinks: [0], margin: 0.4 }),
  },
  squaredDifference: { f: (a, b) => (a - b) * (a - b) },
  pow: {
    f: Math.pow,
    a: (shape) => spread(shape, 0.3, 2.5),
    b: (shape) => spread(shape, -2, 3, { seed: 2 }),
  },
  mod: { f: mod, a: thirds, b: divisors },
  floorDiv: { f: (a, b) => Math.floor(a / b), a: thirds, b: divisors },
  atan2: { f: Math.atan2, a: (shape) => spread(shape, -3, 3, { kinks: [0] }) },
  maximum: { f: Math.max, a: (shape) => distinct(shape), b: (shape) => shifted(shape) },
  minimum: { f: Math.min, a: (shape) => distinct(shape), b: (shape) => shifted(shape) },
};

/** None equals a value of `distinct`. */
function shifted(shape: number[]): number[] {
  return distinct(shape, 2).map((value) => value + 0.03);
}

type BinaryFunction = (a: Tensor, b: Tensor) => Tensor;

function binarySamples(op: string, { f, a, b }: Binary): Sample[] {
  const run = nabla[op as "add"] as BinaryFunction;
  const left = a ?? ((shape: number[]) => spread(shape, -3, 3));
  const right = b ?? ((shape: number[]) => spread(shape, -3, 3, { seed: 2 }));
  const parts = (x: number[], y: number[]) => ({
    op,
    inputs: [input("float", x, left(x)), input("float", y, right(y))],
    run,
    reference: (p: NdArray, q: NdArray) => zip(f, p, q),
    independent: true,
  });
  return [
    ...PAIRS.map(([x, y]) => sample(parts(x, y))),
    valueOnly({ ...parts([5, 257], [257]), title: "long" }),
    valueOnly({ ...parts([257, 5], [257, 1]), title: "long" }),
  ];
}

const x33 = input("float", [33], spread([33], -3, 3));
const positive = input("float", [5], spread([5], 0.5, 2));

/** One operand is given as JavaScript values, or both are one tensor. */
const mixed: Sample[] = [
  sample({
    op: "add",
    title: "a number",
    inputs: [x33],
    run: (x) => nabla.add(x, 2),
    reference: (x) => zip((v) => v + 2, x),
  }),
  sample({
    op: "sub",
    title: "from a number",
    inputs: [x33],
    run: (x) => nabla.sub(1, x),
    reference: (x) => zip((v) => 1 - v, x),
  }),
  sample({
    op: "mul",
    title: "nested numbers",
    inputs: [input("float", [2, 2], [1, 2, 3, 4])],
    run: (x) =>
      x.mul([
        [1, 10],
        [100, 1000],
      ]),
    reference: (x) => ({ shape: x.shape, data: x.data.map((v, i) => v * 10 ** i) }),
  }),
  sample({
    op: "mul",
    title: "by itself",
    inputs: [x33],
    run: (x) => x.mul(x),
    reference: (x) => zip((v) => v * v, x),
  }),
  sample({
    op: "div",
    title: "by itself",
    inputs: [positive],
    run: (x) => x.div(x),
    reference: (x) => zip(() => 1, x),
    second: false,
  }),
  sample({
    op: "pow",
    title: "by a number",
    inputs: [x33],
    run: (x) => x.pow(3),
    reference: (x) => zip((v) => v ** 3, x),
  }),
  sample({
    op: "pow",
    title: "to itself",
    inputs: [positive],
    run: (x) => x.pow(x),
    reference: (x) => zip((v) => v ** v, x),
  }),
  sample({
    op: "pow",
    title: "negative base",
    inputs: [input("float", [3], [-1, -2, -0.5])],
    run: (x) => nabla.pow(x, 2),
    reference: (x) => zip((v) => v * v, x),
  }),
  sample({
    op: "maximum",
    title: "equal operands share the gradient",
    inputs: [x33, x33],
    run: nabla.maximum,
    reference: (x) => x,
    second: false,
  }),
  sample({
    op: "minimum",
    title: "equal operands share the gradient",
    inputs: [x33, x33],
    run: nabla.minimum,
    reference: (x) => x,
    second: false,
  }),
];

const nans = input("float", [4], [NaN, 1, NaN, -Infinity]);
const others = input("float", [4], [1, NaN, NaN, Infinity]);

const extremes: Sample[] = (["add", "sub", "mul", "div", "maximum", "minimum"] as const).map((op) =>
  valueOnly({
    op,
    title: "extreme",
    inputs: [nans, others],
    run: nabla[op],
    reference: (a, b) => zip(ARITHMETIC[op].f, a, b),
  }),
);

const remainders: Sample[] = [
  valueOnly({
    op: "mod",
    title: "extreme",
    inputs: [
      input("float", [10], [5, -5, 5, -5, 7, 7, -7, NaN, Infinity, 6]),
      input("float", [10], [Infinity, Infinity, -Infinity, -Infinity, 0, -0, 0, 2, 2, -3]),
    ],
    run: nabla.mod,
    reference: () => nd([10], [5, Infinity, -Infinity, -5, NaN, NaN, NaN, NaN, NaN, 0]),
  }),
  valueOnly({
    op: "floorDiv",
    title: "extreme",
    inputs: [
      input("float", [8], [7, -7, 0, 5, -5, Infinity, NaN, 1]),
      input("float", [8], [0, 0, 0, Infinity, Infinity, 2, 2, NaN]),
    ],
    run: nabla.floorDiv,
    reference: () => nd([8], [Infinity, -Infinity, NaN, 0, -1, NaN, NaN, NaN]),
  }),
  ...(["mod", "floorDiv"] as const).map((op) =>
    sample({
      op,
      title: "signs, zero, the least",
      inputs: [
        input("int32", [9], [7, -7, 7, -7, 6, 5, -5, -2147483648, -2147483648]),
        input("int32", [9], [2, 2, -2, -2, 3, 0, 0, -1, 2147483647]),
      ],
      run: nabla[op],
      reference: () =>
        nd(
          [9],
          op === "mod"
            ? [1, 1, -1, -1, 0, 0, 0, 0, 2147483646]
            : [3, -4, -4, 3, 2, 0, 0, -2147483648, -2],
        ),
    }),
  ),
];

const LARGE = [2147483647, -2147483648, 65536, -7, 46341];

/** int32 wraps, as in C. */
const WRAPPING: Record<string, (a: number, b: number) => number> = {
  add: (a, b) => (a + b) | 0,
  sub: (a, b) => (a - b) | 0,
  mul: Math.imul,
  maximum: Math.max,
  minimum: Math.min,
};

const integerBinary = Object.entries(WRAPPING).map(([op, f]) =>
  sample({
    op,
    inputs: [input("int32", [5, 1], LARGE), input("int32", [3], [3, -70000, 2147483647])],
    run: nabla[op as "add"],
    reference: (a, b) => zip(f, a, b),
  }),
);

const COMPARISONS: Record<string, (a: number, b: number) => boolean> = {
  equal: (a, b) => a === b,
  notEqual: (a, b) => a !== b,
  greater: (a, b) => a > b,
  greaterEqual: (a, b) => a >= b,
  less: (a, b) => a < b,
  lessEqual: (a, b) => a <= b,
  logicalAnd: (a, b) => a !== 0 && b !== 0,
  logicalOr: (a, b) => a !== 0 || b !== 0,
  logicalXor: (a, b) => (a !== 0) !== (b !== 0),
};

function comparisonSamples(op: string, f: (a: number, b: number) => boolean): Sample[] {
  const shared = {
    op,
    dtype: "uint8" as const,
    run: nabla[op as "equal"] as BinaryFunction,
    reference: (a: NdArray, b: NdArray) => zip((x, y) => Number(f(x, y)), a, b),
  };
  return [
    ...PAIRS.map(([a, b]) =>
      sample({
        ...shared,
        inputs: [input("float", a, integers(a, -2, 3)), input("float", b, integers(b, -2, 3, 2))],
      }),
    ),
    ...(["int32", "uint8"] as const).map((dtype) =>
      sample({
        ...shared,
        inputs: [input(dtype, [33, 1], integers([33], 0, 4)), input(dtype, [3], [0, 1, 3])],
      }),
    ),
    sample({ ...shared, inputs: [nans, others], title: "NaN" }),
  ];
}

function whereSamples(): Sample[] {
  const shapes = [
    [[33], [33], [33]],
    [[], [2, 3], [3]],
    [[3], [2, 1], []],
    [
      [2, 1],
      [1, 4],
      [2, 4],
    ],
    [
      [2, 1, 1, 3],
      [2, 1, 1],
      [4, 3],
    ],
    [[0], [1], [0]],
  ];
  const shared = {
    op: "where",
    run: nabla.where,
    reference: (...given: NdArray[]) => zip((c, a, b) => (c !== 0 ? a : b), ...given),
  };
  const condition = (shape: number[]) => input("uint8", shape, integers(shape, 0, 3, 3));
  return [
    ...shapes.map(([c, a, b]) =>
      sample({
        ...shared,
        dtype: "float",
        inputs: [
          condition(c),
          input("float", a, spread(a, -3, 3)),
          input("float", b, spread(b, -3, 3, { seed: 2 })),
        ],
      }),
    ),
    ...(["int32", "uint8"] as const).map((dtype) =>
      sample({
        ...shared,
        dtype,
        inputs: [
          condition([17]),
          input(dtype, [17], integers([17], 0, 9)),
          input(dtype, [1], [77]),
        ],
      }),
    ),
    sample({
      op: "where",
      title: "numbers",
      inputs: [condition([3, 3]), input("float", [3], [1, 2, 3])],
      dtype: "float",
      run: (c, a) => a.where(c, -1),
      reference: (c, a) => zip((chosen, value) => (chosen !== 0 ? value : -1), c, a),
    }),
  ];
}

function clipSamples(): Sample[] {
  const shapes = [[], [33], [3, 17], [0]];
  const bounds: [number, number][] = [
    [-1, 1.5],
    [0, Infinity],
    [-Infinity, 0.5],
    [2, 2],
  ];
  return shapes.flatMap((shape) =>
    bounds.map(([low, high]) =>
      sample({
        op: "clipByValue",
        title: `[${low}, ${high}]`,
        inputs: [input("float", shape, spread(shape, -3, 3, { kinks: [low, high] }))],
        run: (x) => nabla.clipByValue(x, low, high),
        reference: (x) => zip((v) => Math.min(Math.max(v, low), high), x),
      }),
    ),
  );
}

export const elementwise: readonly Sample[] = [
  ...Object.entries(UNARY).flatMap(([op, unary]) => unarySamples(op, unary)),
  ...integerUnary,
  ...truths,
  ...Object.entries(ARITHMETIC).flatMap(([op, binary]) => binarySamples(op, binary)),
  ...mixed,
  ...extremes,
  ...integerBinary,
  ...remainders,
  ...Object.entries(COMPARISONS).flatMap(([op, f]) => comparisonSamples(op, f)),
  ...whereSamples(),
  ...clipSamples(),
];
