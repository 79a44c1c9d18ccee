/** Samples of reductions and of ops over the last axis: softmax and cross-entropy. */

import * as nabla from "../../src";
import type { Tensor } from "../../src";
import * as ops from "../../src/ops";
import { type NdArray, mapRows, nd, reduce, rowsOf, total, zip } from "../helpers/nd-array";
import { distinct, integers, spread } from "../helpers/numbers";
import { type Input, type Sample, input, sample, valueOnly } from "./sample";

type Axes = number | number[] | undefined;

/** [shape, axis argument, the axes that it means] */
const REDUCED: [number[], Axes, number[]][] = [
  [[], undefined, []],
  [[1], undefined, [0]],
  [[33], undefined, [0]],
  [[33], 0, [0]],
  [[3, 17], undefined, [0, 1]],
  [[3, 17], 0, [0]],
  [[3, 17], 1, [1]],
  [[3, 17], -1, [1]],
  [
    [17, 3],
    [1, 0],
    [0, 1],
  ],
  [[2, 3, 5], 1, [1]],
  [
    [2, 3, 5],
    [0, 2],
    [0, 2],
  ],
  [
    [2, 3, 5],
    [-1, -2],
    [1, 2],
  ],
  [
    [2, 1, 3, 2],
    [1, 3],
    [1, 3],
  ],
  [
    [2, 1, 3, 2],
    [0, 2],
    [0, 2],
  ],
  [[2, 3], [], []],
];

/** Of no elements: not for those that must choose one. */
const EMPTY: [number[], Axes, number[]][] = [
  [[0], undefined, [0]],
  [[2, 0], 1, [1]],
  [[2, 0], 0, [0]],
];

const OF_NONE: [number[], Axes, number[]][] = [[[0, 3], 1, [1]]];

type Reduction = "sum" | "mean" | "max" | "min" | "norm" | "logSumExp";

const REDUCTIONS: Record<Reduction, (values: number[]) => number> = {
  sum: total,
  mean: (values) => total(values) / values.length,
  max: (values) => values.reduce((a, b) => Math.max(a, b), -Infinity),
  min: (values) => values.reduce((a, b) => Math.min(a, b), Infinity),
  logSumExp: (values) => Math.log(total(values.map(Math.exp))),
  norm: (values) => Math.sqrt(total(values.map((v) => v * v))),
};

function reductionSamples(op: Reduction): Sample[] {
  const chooses = op === "max" || op === "min";
  const shapes = [...REDUCED, ...OF_NONE, ...(chooses || op === "logSumExp" ? [] : EMPTY)];
  const parts = (x: Input, axis: Axes, axes: number[], keepDims: boolean) => ({
    op,
    title: `axis [${String(axis)}]${keepDims ? ", kept" : ""}`,
    inputs: [x],
    run: (t: Tensor) =>
      op === "norm" ? t.norm("euclidean", axis, keepDims) : nabla[op](t, axis, keepDims),
    reference: (t: NdArray) => reduce(t, axes, keepDims, REDUCTIONS[op]),
  });
  const floats = shapes.flatMap(([shape, axis, axes]) =>
    [false, true].map((keepDims) => {
      const values = chooses ? distinct(shape) : spread(shape, 0.5, 3);
      const given = parts(input("float", shape, values), axis, axes, keepDims);
      // The norm's slope at 0 is undefined.
      return op === "norm" && values.length === 0 ? valueOnly(given) : sample(given);
    }),
  );
  const long = [
    [[5, 1037], 1],
    [[1037, 5], 0],
    [[7, 300, 3], 1],
  ] as [number[], number][];
  return [
    ...floats,
    ...long.map(([shape, axis]) =>
      valueOnly(parts(input("float", shape, spread(shape, -3, 3)), axis, [axis], false)),
    ),
  ];
}

const integerReductions = (["sum", "max", "min"] as const).flatMap((op) =>
  [0, 1].map((axis) =>
    sample({
      op,
      title: `axis ${axis}`,
      inputs: [input("int32", [3, 17], integers([3, 17], -99, 99))],
      run: (x) => nabla[op](x, axis),
      reference: (x) => reduce(x, [axis], false, REDUCTIONS[op]),
    }),
  ),
);

const special: Sample[] = (["sum", "mean", "max", "min"] as const).map((op) =>
  valueOnly({
    op,
    title: "NaN and infinities",
    inputs: [
      input("float", [4, 3], [1, NaN, 3, -Infinity, 2, Infinity, NaN, NaN, NaN, 5, 6, Infinity]),
    ],
    run: (x) => nabla[op](x, 1),
    reference: (x) => reduce(x, [1], false, REDUCTIONS[op]),
  }),
);

/** Norms of vectors; none of the values is near 0 or another in magnitude. */
const VECTOR_NORMS: [number, (magnitudes: number[]) => number][] = [
  [1, total],
  [2, REDUCTIONS.norm],
  [Infinity, REDUCTIONS.max],
  [-Infinity, REDUCTIONS.min],
];

const vectorNorms = VECTOR_NORMS.flatMap(([ord, f]) =>
  (
    [
      [undefined, [0, 1]],
      [0, [0]],
      [-1, [1]],
    ] as [Axes, number[]][]
  ).map(([axis, axes]) =>
    sample({
      op: "norm",
      title: `order ${ord}, axis [${String(axis)}]`,
      inputs: [input("float", [2, 3], [0.5, -2, 1.25, -3, 0.75, 1.75])],
      run: (x) => x.norm(ord, axis),
      reference: (x) => reduce(x, axes, false, (values) => f(values.map(Math.abs))),
    }),
  ),
);

const largeLogSumExp = valueOnly({
  op: "logSumExp",
  title: "large values",
  inputs: [input("float", [2, 2], [1000, 1000, -1000, -1001])],
  run: (x) => x.logSumExp(1),
  reference: () => ({ shape: [2], data: [1000 + Math.LN2, -1000 + Math.log1p(Math.exp(-1))] }),
});

const ties = (["max", "min"] as const).map((op) =>
  sample({
    op,
    title: "two equal elements share the gradient",
    inputs: [input("float", [2, 4], [1, 5, 5, 2, -1, -1, 3, 3])],
    run: (x) => nabla[op](x, 1),
    reference: (x) => reduce(x, [1], false, REDUCTIONS[op]),
    second: false, // the slope jumps there
  }),
);

const TRUTHS: Record<"any" | "all" | "countNonZero", (values: number[]) => number> = {
  any: (values) => Number(values.some((value) => value !== 0)),
  all: (values) => Number(values.every((value) => value !== 0)),
  countNonZero: (values) => values.filter((value) => value !== 0).length,
};

const truths: Sample[] = (["any", "all", "countNonZero"] as const).flatMap((op) => [
  ...[...REDUCED, ...EMPTY, ...OF_NONE].flatMap(([shape, axis, axes]) =>
    (["float", "int32", "uint8"] as const).map((dtype) =>
      sample({
        op,
        title: `axis [${String(axis)}]`,
        inputs: [input(dtype, shape, integers(shape, 0, 2))],
        dtype: op === "countNonZero" ? "int32" : "uint8",
        run: (x) => nabla[op](x, axis, true),
        reference: (x) => reduce(x, axes, true, TRUTHS[op]),
      }),
    ),
  ),
  sample({
    op,
    title: "NaN and -0",
    inputs: [input("float", [3, 2], [NaN, 0, -0, 0, 1e-30, Infinity])],
    dtype: op === "countNonZero" ? "int32" : "uint8",
    run: (x) => nabla[op](x, 1),
    reference: (x) => reduce(x, [1], false, TRUTHS[op]),
  }),
]);

const FIRST: Record<"argMax" | "argMin", (values: number[]) => number> = {
  argMax: (values) => firstNan(values) ?? values.indexOf(Math.max(...values)),
  argMin: (values) => firstNan(values) ?? values.indexOf(Math.min(...values)),
};

function firstNan(values: number[]): number | undefined {
  const index = values.findIndex(Number.isNaN);
  return index < 0 ? undefined : index;
}

const ARGUMENTS: [number[], number | undefined, number][] = [
  [[33], undefined, 0],
  [[3, 17], undefined, 0],
  [[3, 17], 1, 1],
  [[17, 3], -1, 1],
  [[2, 3, 5], 1, 1],
  [[2, 3, 1, 4], 2, 2],
  [[2, 0], 0, 0],
];

const choices: Sample[] = (["argMax", "argMin"] as const).flatMap((op) => [
  ...ARGUMENTS.flatMap(([shape, axis, along]) =>
    (["float", "int32", "uint8"] as const).map((dtype) =>
      sample({
        op,
        title: `axis ${axis}`,
        // Few different values: the first of equals is wanted.
        inputs: [input(dtype, shape, integers(shape, 0, 5))],
        dtype: "int32",
        run: (x) => nabla[op](x, axis),
        reference: (x) => reduce(x, [along], false, FIRST[op]),
      }),
    ),
  ),
  sample({
    op,
    title: "NaN",
    inputs: [input("float", [3, 3], [1, NaN, NaN, NaN, 2, 3, Infinity, -Infinity, Infinity])],
    dtype: "int32",
    run: (x) => nabla[op](x, 1),
    reference: (x) => reduce(x, [1], false, FIRST[op]),
  }),
]);

const variance = (values: number[]): number => {
  const mean = total(values) / values.length;
  return total(values.map((value) => (value - mean) ** 2)) / values.length;
};

/** Each result alone, so that the other brings no gradient, and both at once. */
const MOMENTS: Record<
  string,
  [(x: Tensor, axis: Axes, keep: boolean) => Tensor, (values: number[]) => number]
> = {
  mean: [
    (x, axis, keep) => nabla.moments(x, axis, keep).mean,
    (values) => total(values) / values.length,
  ],
  variance: [(x, axis, keep) => nabla.moments(x, axis, keep).variance, variance],
  "their product": [
    (x, axis, keep) => {
      const { mean, variance } = x.moments(axis, keep);
      return mean.mul(variance);
    },
    (values) => (total(values) / values.length) * variance(values),
  ],
};

const statistics: Sample[] = Object.entries(MOMENTS).flatMap(([title, [run, ofValues]]) =>
  REDUCED.flatMap(([shape, axis, axes]) =>
    [false, true].map((keepDims) =>
      sample({
        op: "moments",
        title: `${title}, axis ${String(axis)}${keepDims ? ", keepDims" : ""}`,
        inputs: [input("float", shape, spread(shape, -2, 3))],
        run: (x) => run(x, axis, keepDims),
        reference: (x) => reduce(x, axes, keepDims, ofValues),
      }),
    ),
  ),
);

const greatestFirst = (row: number[]): number[] =>
  row.map((_, i) => i).sort((a, b) => (row[b] === row[a] ? a - b : row[b] - row[a]));

/** `f` of each row, of `k` results. */
const ofRows = (x: NdArray, k: number, f: (row: number[]) => number[]): NdArray =>
  nd([...x.shape.slice(0, -1), k], rowsOf(x).flatMap(f));

const TOP: [number[], number][] = [
  [[17], 3],
  [[1], 1],
  [[3, 17], 5],
  [[17, 3], 3],
  [[2, 3, 5], 1],
  [[4, 6], 0],
];

const greatest: Sample[] = TOP.flatMap(([shape, k]) => [
  sample({
    op: "topK",
    title: `${k} values`,
    inputs: [input("float", shape, distinct(shape))],
    run: (x) => nabla.topK(x, k).values,
    reference: (x) =>
      ofRows(x, k, (row) =>
        greatestFirst(row)
          .slice(0, k)
          .map((i) => row[i]),
      ),
  }),
  ...(["float", "int32", "uint8"] as const).map((dtype) =>
    sample({
      op: "topK",
      title: `${k} places`,
      // Few different values: the first of equals is wanted.
      inputs: [input(dtype, shape, integers(shape, 0, 5))],
      dtype: "int32",
      run: (x) => x.topK(k).indices,
      reference: (x) => ofRows(x, k, (row) => greatestFirst(row).slice(0, k)),
    }),
  ),
]);

// ---- over the last axis

function logSumExp(row: number[]): number {
  const greatest = Math.max(...row);
  return greatest + Math.log(total(row.map((v) => Math.exp(v - greatest))));
}

function logSoftmax(row: number[]): number[] {
  const sum = logSumExp(row);
  return row.map((v) => v - sum);
}
const softmax = (row: number[]): number[] => logSoftmax(row).map(Math.exp);

const ROWS = [[1], [10], [3, 1], [3, 17], [5, 33], [2, 3, 4], [2, 1, 3, 5], [0, 3], [2, 0, 3]];
const EXTREME_ROWS = [1000, -1000, 0, -1000, -1000, -1000, 1000, 1000, 999, 0, 0, 1e-30];

const softmaxes: Sample[] = Object.entries({ softmax, logSoftmax }).flatMap(([op, f]) => {
  const parts = (x: Input) => ({
    op,
    inputs: [x],
    run: (t: Tensor) => nabla[op as "softmax"](t),
    reference: (t: NdArray) => mapRows(f, t),
  });
  return [
    ...ROWS.map((shape) => sample(parts(input("float", shape, spread(shape, -3, 3))))),
    valueOnly({ ...parts(input("float", [2, 1037], spread([2, 1037], -9, 9))), title: "long" }),
    valueOnly({ ...parts(input("float", [4, 3], EXTREME_ROWS)), title: "extreme" }),
  ];
});

const EPSILON = 1e-7;

function clipped(p: number): number {
  return Math.log(Math.min(Math.max(p, EPSILON), 1 - EPSILON));
}

/** A label's share of a row, all of it kept within bounds. */
function shareOf(row: number[], label: number): number {
  const kept = row.map((p) => Math.min(Math.max(p, EPSILON), 1 - EPSILON));
  return kept[label] / total(kept);
}

/** One loss a row: `f` of the row and its label. */
function lossOf(
  f: (row: number[], label: number) => number,
): (x: NdArray, labels: NdArray) => NdArray {
  return (x, labels) =>
    nd(
      x.shape.slice(0, -1),
      rowsOf(x).map((row, i) => f(row, labels.data[i])),
    );
}

const entropies: Sample[] = [[10], [3, 4], [5, 33], [2, 3, 4], [17, 1], [0, 3]].flatMap((shape) =>
  (["uint8", "int32"] as const).flatMap((dtype) => {
    const leading = shape.slice(0, -1);
    const labels = input(dtype, leading, integers(leading, 0, shape[shape.length - 1], 7));
    const ofProbabilities = sample({
      op: "sparseCrossentropy",
      inputs: [input("float", shape, spread(shape, 0.05, 0.95)), labels],
      run: (p, t) => ops.sparseCrossentropy(p, t, EPSILON),
      reference: lossOf((row, label) => -Math.log(shareOf(row, label))),
    });
    return [
      ofProbabilities,
      sample({
        op: "sparseCrossentropyLogits",
        inputs: [input("float", shape, spread(shape, -3, 3)), labels],
        run: ops.sparseCrossentropyLogits,
        reference: lossOf((row, label) => logSumExp(row) - row[label]),
      }),
    ];
  }),
);

const extremeEntropies: Sample[] = [
  valueOnly({
    op: "sparseCrossentropy",
    title: "certain, negative, above 1",
    inputs: [
      input("float", [5, 2], [1, 0, 0, 1, 1e-30, 1, -3, 0.5, 4, 0.5]),
      input("uint8", [5], [0, 0, 0, 0, 0]),
    ],
    run: (p, t) => ops.sparseCrossentropy(p, t, EPSILON),
    reference: lossOf((row, label) => -Math.log(shareOf(row, label))),
  }),
  valueOnly({
    op: "sparseCrossentropyLogits",
    title: "extreme",
    inputs: [input("float", [4, 3], EXTREME_ROWS), input("int32", [4], [0, 1, 2, 0])],
    run: ops.sparseCrossentropyLogits,
    reference: lossOf((row, label) => logSumExp(row) - row[label]),
  }),
];

const logarithms: Sample[] = [[], [17], [2, 3, 1, 2], [0]].map((shape) =>
  sample({
    op: "logClipped",
    inputs: [input("float", shape, spread(shape, 0.05, 0.95))],
    run: (x) => ops.logClipped(x, EPSILON),
    reference: (x) => zip(clipped, x),
  }),
);

const boundedLogarithm = valueOnly({
  op: "logClipped",
  title: "outside of (0, 1)",
  inputs: [input("float", [4], [-1, 0, 1e-9, 2])],
  run: (x) => ops.logClipped(x, 0.125),
  reference: (x) => zip((v) => Math.log(Math.min(Math.max(v, 0.125), 0.875)), x),
});

/** What Adafactor takes from a gradient: means of rows, then the sums of columns by them. */
const factors: Sample[] = (["mean", "plain", "weighed", "ofWeight"] as const).flatMap((result) =>
  [
    [3, 17],
    [300, 5],
  ].map((shape) =>
    valueOnly({
      op: "adafactorMeans",
      title: result,
      inputs: [
        input("float", shape, spread(shape, -3, 3)),
        input("float", shape, spread(shape, -3, 3, { seed: 3 })),
        input("float", [shape[0]], spread([shape[0]], 0.1, 2, { seed: 2 })),
        input("float", [], [0.25]),
      ],
      run: (x, weight, old, moved) => ops.adafactorMeans(x, weight, old, moved, 0.5)[result],
      reference: (x, weight, old) => {
        if (result === "ofWeight") return nd([], [total(weight.data.map((value) => value ** 2))]);
        const rows = rowsOf(x).map((row) => row.map((value) => value ** 2));
        const mean = rows.map(
          (squares, i) => old.data[i] * 0.75 + (total(squares) / squares.length + 0.5) * 0.25,
        );
        if (result === "mean") return nd([shape[0]], mean);
        const weights = mean.map((value) => (result === "plain" ? 1 : 1 / value));
        const column = (j: number): number => total(rows.map((row, i) => row[j] * weights[i]));
        return nd(
          [shape[1]],
          rows[0].map((_, j) => column(j)),
        );
      },
    }),
  ),
);

export const reductions: readonly Sample[] = [
  ...(Object.keys(REDUCTIONS) as Reduction[]).flatMap(reductionSamples),
  ...integerReductions,
  ...special,
  ...ties,
  ...vectorNorms,
  largeLogSumExp,
  ...statistics,
  ...choices,
  ...truths,
  ...greatest,
  ...softmaxes,
  ...entropies,
  ...extremeEntropies,
  ...logarithms,
  boundedLogarithm,
  ...factors,
];
