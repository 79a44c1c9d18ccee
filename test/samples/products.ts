/** Samples of matrix products and of indexing along the first axis. */

import * as nabla from "../../src";
import type { Tensor } from "../../src";
import { type NdArray, at, build, nd, sizeOf, total } from "../helpers/nd-array";
import { integers, spread } from "../helpers/numbers";
import { type Sample, input, sample, valueOnly } from "./sample";

function product(a: NdArray, b: NdArray, transposeA = false, transposeB = false): NdArray {
  const [rows, inner] = transposeA ? [a.shape[1], a.shape[0]] : a.shape;
  const columns = b.shape[transposeB ? 0 : 1];
  return build([rows, columns], ([i, j]) =>
    total(
      Array.from({ length: inner }, (_, k) => {
        const left = at(a, transposeA ? [k, i] : [i, k]);
        return left * at(b, transposeB ? [j, k] : [k, j]);
      }),
    ),
  );
}

/** [rows, inner, columns] */
const SIZES = [
  [1, 1, 1],
  [3, 2, 4],
  [1, 17, 3],
  [5, 1, 3],
  [4, 3, 1],
  [2, 3, 0],
  [0, 3, 2],
  [2, 0, 3],
];
const LARGER = [
  [17, 33, 3],
  [33, 129, 31],
];
const FLAGS = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
];

const products: Sample[] = [...SIZES, ...LARGER].flatMap((size) =>
  FLAGS.map(([transposeA, transposeB]) => {
    const [rows, inner, columns] = size;
    const a = transposeA ? [inner, rows] : [rows, inner];
    const b = transposeB ? [columns, inner] : [inner, columns];
    const make = LARGER.includes(size) ? valueOnly : sample;
    return make({
      op: "matMul",
      title: `transposed ${transposeA}, ${transposeB}`,
      inputs: [
        input("float", a, spread(a, -2, 2)),
        input("float", b, spread(b, -2, 2, { seed: 2 })),
      ],
      run: (x, y) => nabla.matMul(x, y, transposeA, transposeB),
      reference: (x, y) => product(x, y, transposeA, transposeB),
    });
  }),
);

const squares: Sample[] = [
  sample({
    op: "matMul",
    title: "by itself, transposed",
    inputs: [input("float", [3, 2], spread([3, 2], -2, 2))],
    run: (x) => x.matMul(x, false, true),
    reference: (x) => product(x, x, false, true),
  }),
];

/** [a, b, the result], and both as matrices */
const DOTS: [number[], number[], number[]][] = [
  [[3], [3], []],
  [[2, 3], [3], [2]],
  [[3], [3, 4], [4]],
  [
    [2, 3],
    [3, 4],
    [2, 4],
  ],
];

const dots: Sample[] = DOTS.map(([a, b, shape]) =>
  sample({
    op: "dot",
    inputs: [input("float", a, spread(a, -2, 2)), input("float", b, spread(b, -2, 2, { seed: 2 }))],
    run: nabla.dot,
    reference: (x, y) => {
      const row = x.shape.length === 1 ? nd([1, 3], x.data) : x;
      const column = y.shape.length === 1 ? nd([3, 1], y.data) : y;
      return nd(shape, product(row, column).data);
    },
  }),
);

/** [x, indices] */
const GATHERED: [number[], number[]][] = [
  [[5], [3]],
  [[5], []],
  [[3, 4], [17]],
  [[4, 33], [5]],
  [
    [3, 2, 2],
    [2, 3],
  ],
  [[2, 1, 2, 3], [2]],
  [[3, 4], [0]],
  [[3, 0], [2]],
];

function picked(x: NdArray, indices: NdArray): NdArray {
  const row = x.shape.slice(1);
  const length = sizeOf(row);
  const data = indices.data.flatMap((i) => x.data.slice(i * length, (i + 1) * length));
  return nd([...indices.shape, ...row], data);
}

const gathers: Sample[] = GATHERED.flatMap(([shape, at]) => {
  const indices = input("int32", at, integers(at, 0, shape[0], 3));
  const bytes = input("uint8", shape, integers(shape, 0, 256));
  const run = (x: Tensor, i: Tensor): Tensor => nabla.gather(x, i);
  const parts = { op: "gather", run, reference: picked };
  return [
    sample({ ...parts, inputs: [input("float", shape, spread(shape, -3, 3)), indices] }),
    sample({ ...parts, inputs: [bytes, indices] }),
    sample({ ...parts, inputs: [input("int32", shape, integers(shape, -99, 99)), indices] }),
    ...(["float32", "float64"] as const).map((dtype) =>
      sample({
        ...parts,
        inputs: [bytes, indices],
        dtype,
        title: `to ${dtype}`,
        run: (x, i) => nabla.gather(x, i, 0, dtype),
      }),
    ),
    sample({
      ...parts,
      inputs: [input("float", shape, spread(shape, -3, 3)), indices],
      dtype: "float64",
      title: "to float64",
      run: (x, i) => nabla.gather(x, i, 0, "float64"),
      sources: [0],
    }),
  ];
});

/** [updates, indices, rows] */
const SCATTERED: [number[], number[], number][] = [
  [[5], [5], 3],
  [[], [], 2],
  [[17, 4], [17], 5],
  [[2, 3, 2], [2, 3], 4],
  [[3, 2, 1, 2], [3], 3],
  [[0, 3], [0], 2],
];

const scatters: Sample[] = SCATTERED.map(([shape, at, rows]) =>
  sample({
    op: "scatterAdd",
    title: `${rows} rows`,
    inputs: [
      input("float", shape, spread(shape, -3, 3)),
      input("int32", at, integers(at, 0, rows, 3)),
    ],
    run: (updates, indices) => nabla.scatterAdd(updates, indices, rows),
    reference: (updates, indices) => {
      const row = updates.shape.slice(indices.shape.length);
      const length = sizeOf(row);
      const data = new Array<number>(rows * length).fill(0);
      updates.data.forEach(
        (value, i) => (data[indices.data[Math.floor(i / length)] * length + (i % length)] += value),
      );
      return nd([rows, ...row], data);
    },
  }),
);

const oneHots: Sample[] = [[], [17], [2, 3], [2, 1, 3], [0]].flatMap((shape) =>
  (["uint8", "int32"] as const).flatMap((from) =>
    (["float32", "float64", "int32", "uint8"] as const).map((dtype) =>
      sample({
        op: "oneHot",
        title: `to ${dtype}`,
        dtype,
        inputs: [input(from, shape, integers(shape, 0, 5))],
        run: (x) => nabla.oneHot(x, 5, dtype),
        reference: (x) =>
          build([...shape, 5], (position) =>
            Number(at(x, position.slice(0, -1)) === position[shape.length]),
          ),
      }),
    ),
  ),
);

export const productsAndIndexing: readonly Sample[] = [
  ...products,
  ...squares,
  ...dots,
  ...gathers,
  ...scatters,
  ...oneHots,
];
