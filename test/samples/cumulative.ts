/** Samples of products over axes, running sums and products, and statistics. */

import * as nabla from "../../src";
import { type NdArray, mapAlong, nd, reduce, total } from "../helpers/nd-array";
import { integers, spread } from "../helpers/numbers";
import { type Sample, input, sample, valueOnly } from "./sample";

type Axes = number | number[] | undefined;

const product = (values: number[]): number => values.reduce((a, b) => a * b, 1);

/** [shape, axis argument, the axes that it means] */
const REDUCED: [number[], Axes, number[]][] = [
  [[], undefined, []],
  [[5], undefined, [0]],
  [[9], 0, [0]],
  [[2, 3], undefined, [0, 1]],
  [[3, 5], 0, [0]],
  [[3, 5], -1, [1]],
  [[2, 3, 2], 1, [1]],
  [
    [2, 3, 2],
    [0, -1],
    [0, 2],
  ],
  [[2, 3], [], []],
  [[0], undefined, [0]],
  [[2, 0], 1, [1]],
  [[2, 0], 0, [0]],
  [[0, 3], 1, [1]],
];

/** Values with a 0 now and then: gradients of products must not divide by them. */
const withZeros = (shape: number[]): number[] =>
  spread(shape, -2, 2, { kinks: [0], margin: 0.3 }).map((value, i) => (i % 4 === 2 ? 0 : value));

const products: Sample[] = REDUCED.flatMap(([shape, axis, axes]) =>
  [false, true].flatMap((keepDims) => {
    const parts = {
      op: "prod",
      title: `axis [${String(axis)}]${keepDims ? ", kept" : ""}`,
      run: (x: nabla.Tensor) => nabla.prod(x, axis, keepDims),
      reference: (x: NdArray) => reduce(x, axes, keepDims, product),
    };
    return [
      sample({ ...parts, inputs: [input("float", shape, spread(shape, 0.5, 2))] }),
      sample({
        ...parts,
        title: `${parts.title}, zeros`,
        inputs: [input("float", shape, withZeros(shape))],
      }),
      sample({ ...parts, inputs: [input("int32", shape, integers(shape, -3, 4))] }),
    ];
  }),
);

const longProducts: Sample[] = [
  valueOnly({
    op: "prod",
    title: "long",
    inputs: [input("float", [2, 1037], spread([2, 1037], 0.97, 1.03))],
    run: (x) => nabla.prod(x, 1),
    reference: (x) => reduce(x, [1], false, product),
  }),
  valueOnly({
    op: "prod",
    title: "long, across",
    inputs: [input("float", [301, 7, 5], spread([301, 7, 5], 0.97, 1.03))],
    run: (x) => nabla.prod(x, 0),
    reference: (x) => reduce(x, [0], false, product),
  }),
  valueOnly({
    op: "prod",
    title: "infinities and NaN",
    inputs: [input("float", [4, 2], [Infinity, 2, Infinity, 0, NaN, 1, -Infinity, -1])],
    run: (x) => nabla.prod(x, 1),
    reference: (x) => reduce(x, [1], false, product),
  }),
  sample({
    op: "prod",
    title: "wraps around",
    inputs: [input("int32", [3], [65537, 65539, -7])],
    run: (x) => nabla.prod(x),
    reference: () => nd([], [Math.imul(Math.imul(65537, 65539), -7)]),
  }),
];

/** The results up to each element, by `f` of those before it and itself. */
function running(
  values: number[],
  start: number,
  f: (a: number, b: number) => number,
  exclusive: boolean,
  reverse: boolean,
): number[] {
  const ordered = reverse ? [...values].reverse() : values;
  let last = start;
  const results = ordered.map((value) => {
    const before = last;
    last = f(last, value);
    return exclusive ? before : last;
  });
  return reverse ? results.reverse() : results;
}

const SCANNED: [number[], number][] = [
  [[7], 0],
  [[1], 0],
  [[3, 5], 0],
  [[3, 5], 1],
  [[3, 5], -1],
  [[2, 3, 4], 1],
  [[2, 1, 3, 2], 2],
  [[0, 3], 0],
  [[2, 0], 1],
  [[0, 3], 1],
];

const FLAGS = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
];

const add = (a: number, b: number): number => a + b;
const multiply = (a: number, b: number): number => a * b;

const scans: Sample[] = (["cumSum", "cumProd"] as const).flatMap((op) =>
  FLAGS.flatMap(([exclusive, reverse]) => {
    const parts = (axis: number) => ({
      op,
      title: `axis ${axis}${exclusive ? ", exclusive" : ""}${reverse ? ", reversed" : ""}`,
      run: (x: nabla.Tensor) => nabla[op](x, axis, exclusive, reverse),
      reference: (x: NdArray) =>
        mapAlong(x, axis < 0 ? axis + x.shape.length : axis, (values) =>
          op === "cumSum"
            ? running(values, 0, add, exclusive, reverse)
            : running(values, 1, multiply, exclusive, reverse),
        ),
    });
    return [
      ...SCANNED.flatMap(([shape, axis]) => [
        sample({ ...parts(axis), inputs: [input("float", shape, withZeros(shape))] }),
        sample({ ...parts(axis), inputs: [input("int32", shape, integers(shape, -3, 4))] }),
      ]),
      valueOnly({
        ...parts(1),
        title: `${parts(1).title}, wide`,
        inputs: [input("float", [2, 5, 71], spread([2, 5, 71], -2, 2))],
      }),
      valueOnly({
        ...parts(0),
        title: `${parts(0).title}, infinities and NaN`,
        inputs: [input("float", [3, 3], [1, Infinity, 2, Infinity, -Infinity, NaN, 3, 4, 5])],
      }),
    ];
  }),
);

const spreadOf: Record<"variance" | "std", (values: number[]) => number> = {
  variance: (values) => {
    const mean = total(values) / values.length;
    return total(values.map((value) => (value - mean) ** 2)) / values.length;
  },
  std: (values) => Math.sqrt(spreadOf.variance(values)),
};

/** Of several elements each: the deviation has a kink where all are equal. */
const SPREAD = REDUCED.filter(([shape, , axes]) => product(axes.map((i) => shape[i])) > 1);

const statistics: Sample[] = (["variance", "std"] as const).flatMap((op) => [
  ...SPREAD.flatMap(([shape, axis, axes]) =>
    [false, true].map((keepDims) =>
      sample({
        op,
        title: `axis [${String(axis)}]${keepDims ? ", kept" : ""}`,
        inputs: [input("float", shape, spread(shape, -2, 3))],
        run: (x) => nabla[op](x, axis, keepDims),
        reference: (x) => reduce(x, axes, keepDims, spreadOf[op]),
      }),
    ),
  ),
  valueOnly({
    op,
    title: "equal elements, NaN",
    inputs: [input("float", [2, 2], [3, 3, 1, NaN])],
    run: (x) => nabla[op](x, 1),
    reference: (x) => reduce(x, [1], false, spreadOf[op]),
  }),
]);

export const cumulative: readonly Sample[] = [
  ...products,
  ...longProducts,
  ...scans,
  ...statistics,
];
