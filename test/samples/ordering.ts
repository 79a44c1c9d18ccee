/** Samples of sorting, reversing, strided slices, diagonals and triangles. */

import * as nabla from "../../src";
import type { Tensor } from "../../src";
import { type NdArray, at, build, mapAlong } from "../helpers/nd-array";
import { distinct, integers, spread } from "../helpers/numbers";
import { type Kind, type Sample, input, sample, valueOnly } from "./sample";

const KINDS: Kind[] = ["float", "int32", "uint8"];

const fromEnd = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** The places in ascending order, NaN last. */
function order(values: number[]): number[] {
  const rank = (value: number): number => (Number.isNaN(value) ? Infinity : value);
  const later = (a: number, b: number): number =>
    Number(Number.isNaN(values[a])) - Number(Number.isNaN(values[b])) || a - b;
  return values
    .map((_, i) => i)
    .sort((a, b) => {
      const [x, y] = [rank(values[a]), rank(values[b])];
      return x === y ? later(a, b) : x - y;
    });
}

const SORTED: [number[], number][] = [
  [[1], 0],
  [[9], 0],
  [[3, 17], 1],
  [[17, 3], 0],
  [[2, 3, 5], 1],
  [[2, 3, 5], -1],
  [[0, 3], 1],
  [[3, 0], 1],
];

const LONG: [number[], number][] = [
  [[3, 131], 1],
  [[260], 0],
];

const SPECIAL = [3, NaN, -Infinity, 0, Infinity, -0, NaN, -2, 1e-30, -1e30, 0];

function sorts(
  values: (shape: number[]) => number[],
  kind: Kind,
  cases: [number[], number][],
): Sample[] {
  return cases.flatMap(([shape, axis]) => {
    const along = fromEnd(axis, shape.length);
    const inputs = [input(kind, shape, values(shape))];
    return [
      sample({
        op: "sort",
        title: `axis ${axis}`,
        inputs,
        run: (x) => nabla.sort(x, axis),
        reference: (x) => mapAlong(x, along, (row) => order(row).map((i) => row[i])),
      }),
      sample({
        op: "argSort",
        title: `axis ${axis}`,
        inputs,
        dtype: "int32",
        run: (x) => nabla.argSort(x, axis),
        reference: (x) => mapAlong(x, along, order),
      }),
    ];
  });
}

const sorting: Sample[] = [
  ...sorts(distinct, "float", SORTED),
  // Few different values: equal ones keep their order.
  ...KINDS.flatMap((kind) =>
    sorts((shape) => integers(shape, 0, 9), kind, LONG).map((item) => ({ ...item, sources: [] })),
  ),
  ...sorts((shape) => integers(shape, -3e8, 3e8), "int32", LONG),
  ...sorts((shape) => spread(shape, -3, 3), "float", LONG).map((item) => ({
    ...item,
    sources: [],
  })),
  ...[SPECIAL, Array.from({ length: 77 }, (_, i) => SPECIAL[i % SPECIAL.length])].flatMap((row) =>
    sorts(() => row, "float", [[[row.length], 0]]).map((item) => ({
      ...item,
      title: `${item.title}, special`,
      sources: [],
    })),
  ),
];

/** [shape, begin, end, strides] */
type Slice = [number[], (number | null)[], (number | null)[], number[]];

const SLICED: Slice[] = [
  [[9], [1], [8], [3]],
  [[9], [null], [null], [-1]],
  [[9], [-2], [0], [-2]],
  [[9], [-100], [100], [4]],
  [[9], [5], [2], [1]],
  [[9], [7], [7], [-1]],
  [[9], [0], [9], []],
  [[3, 5], [1], [null], [1]],
  [
    [3, 5],
    [null, null],
    [null, null],
    [2, -2],
  ],
  [
    [5, 4],
    [-1, 0],
    [null, -1],
    [-2, 2],
  ],
  [
    [2, 3, 4],
    [0, null, 1],
    [2, null, 2],
    [1, -1, 1],
  ],
  [
    [4, 1, 3],
    [3, 0, 0],
    [0, 1, 3],
    [-1, 1, 2],
  ],
  [[3, 5], [], [], []],
  [[], [], [], []],
  [[0, 3], [null], [null], [-1]],
  // One element, or none, by strides past the end.
  [
    [6, 5],
    [0, 4],
    [5, 1],
    [7, -9],
  ],
  [[4], [3], [0], [-1e9]],
];

/** The indices of Python's range over a slice of `n` elements. */
function indicesOf(
  n: number,
  begin: number | null | undefined,
  end: number | null | undefined,
  stride: number,
): number[] {
  const indices = Array.from({ length: n }, (_, i) => i);
  const ordered = stride > 0 ? indices : [...indices].reverse();
  const from = (value: number): number => (value < 0 ? value + n : value);
  const isWithin = (i: number): boolean =>
    (begin == null || (stride > 0 ? i >= from(begin) : i <= from(begin))) &&
    (end == null || (stride > 0 ? i < from(end) : i > from(end)));
  return ordered.filter(isWithin).filter((_, i) => i % Math.abs(stride) === 0);
}

const slices: Sample[] = SLICED.flatMap(([shape, begin, end, strides]) =>
  KINDS.map((kind) =>
    sample({
      op: "stridedSlice",
      title: `${JSON.stringify(begin)} to ${JSON.stringify(end)} by ${JSON.stringify(strides)}`,
      inputs: [
        input(kind, shape, kind === "float" ? spread(shape, -3, 3) : integers(shape, 0, 99)),
      ],
      run: (x) => x.stridedSlice(begin, end, strides),
      reference: (x) => {
        const chosen = shape.map((n, i) => indicesOf(n, begin[i], end[i], strides[i] ?? 1));
        return build(
          chosen.map((list) => list.length),
          (position) =>
            at(
              x,
              position.map((p, i) => chosen[i][p]),
            ),
        );
      },
    }),
  ),
);

const reversed: Sample[] = (
  [
    [[5], undefined, [0]],
    [[3, 4], undefined, [0, 1]],
    [[3, 4], 0, [0]],
    [[3, 4], [-1], [1]],
    [
      [2, 3, 4],
      [0, 2],
      [0, 2],
    ],
    [[], undefined, []],
    [[2, 0], 1, [1]],
  ] as [number[], number | number[] | undefined, number[]][]
).map(([shape, axis, axes]) =>
  sample({
    op: "reverse",
    title: `axis ${String(axis)}`,
    inputs: [input("float", shape, spread(shape, -3, 3))],
    run: (x) => nabla.reverse(x, axis),
    reference: (x) =>
      build(shape, (position) =>
        at(
          x,
          position.map((p, i) => (axes.includes(i) ? shape[i] - 1 - p : p)),
        ),
      ),
  }),
);

/** [shape, offset, axes] */
const DIAGONALS: [number[], number, [number, number]][] = [
  [[3, 3], 0, [0, 1]],
  [[3, 4], 1, [0, 1]],
  [[3, 4], 3, [0, 1]],
  [[3, 4], -1, [0, 1]],
  [[4, 3], -2, [0, 1]],
  [[3, 3], 5, [0, 1]],
  [[3, 3], -3, [0, 1]],
  [[2, 3, 4], 0, [0, 1]],
  [[2, 3, 4], 1, [1, 2]],
  [[2, 3, 4], 0, [-1, 0]],
  [[2, 3, 0], 0, [0, 1]],
];

const diagonals: Sample[] = DIAGONALS.map(([shape, offset, [axis1, axis2]]) =>
  sample({
    op: "diagonal",
    title: `offset ${offset} of axes ${axis1} and ${axis2}`,
    inputs: [input("float", shape, spread(shape, -3, 3))],
    run: (x) => nabla.diagonal(x, offset, axis1, axis2),
    reference: (x) => {
      const [i, j] = [fromEnd(axis1, shape.length), fromEnd(axis2, shape.length)];
      const [row, column] = [Math.max(-offset, 0), Math.max(offset, 0)];
      const length = Math.max(0, Math.min(shape[i] - row, shape[j] - column));
      const others = shape.map((_, axis) => axis).filter((axis) => axis !== i && axis !== j);
      return build([...others.map((axis) => shape[axis]), length], (position) => {
        const k = position[position.length - 1];
        return at(
          x,
          shape.map((_, axis) =>
            axis === i ? row + k : axis === j ? column + k : position[others.indexOf(axis)],
          ),
        );
      });
    },
  }),
);

const triangles: Sample[] = (["tril", "triu"] as const).flatMap((op) =>
  [
    [[3, 3], 0],
    [[3, 4], 1],
    [[4, 3], -1],
    [[2, 3, 3], 0],
    [[3, 3], 9],
    [[0, 3], 0],
    [[2, 0], 0],
  ].flatMap(([shape, k]) =>
    KINDS.map((kind) => {
      const dims = shape as number[];
      return sample({
        op,
        title: `k ${String(k)}`,
        inputs: [input(kind, dims, kind === "float" ? spread(dims, -3, 3) : integers(dims, 1, 99))],
        run: (x: Tensor) => nabla[op](x, k as number),
        reference: (x: NdArray) =>
          build(dims, (position) => {
            const distance = position[dims.length - 1] - position[dims.length - 2] - (k as number);
            return (op === "tril" ? distance <= 0 : distance >= 0) ? at(x, position) : 0;
          }),
      });
    }),
  ),
);

const infinite: Sample[] = (["tril", "triu"] as const).map((op) =>
  valueOnly({
    op,
    title: "infinities and NaN become zeros",
    inputs: [input("float", [2, 2], [NaN, Infinity, -Infinity, NaN])],
    run: (x) => nabla[op](x),
    reference: () => ({
      shape: [2, 2],
      data: op === "tril" ? [NaN, 0, -Infinity, NaN] : [NaN, Infinity, 0, NaN],
    }),
  }),
);

export const ordering: readonly Sample[] = [
  ...sorting,
  ...slices,
  ...reversed,
  ...diagonals,
  ...triangles,
  ...infinite,
];
