/** Samples of ops that move, join, repeat or convert elements. */

import * as nabla from "../../src";
import type { DType } from "../../src";
import * as ops from "../../src/ops";
import { type NdArray, at, build, nd, positions, zip } from "../helpers/nd-array";
import { integers, spread } from "../helpers/numbers";
import { type Input, type Sample, input, sample } from "./sample";

const DTYPES = ["float", "int32", "uint8"] as const;

/** An input of each dtype: these ops take any. */
function ofEach(shape: number[]): Input[] {
  return DTYPES.map((dtype) =>
    input(dtype, shape, dtype === "float" ? spread(shape, -3, 3) : integers(shape, 0, 99)),
  );
}

const relabelled = (shape: number[]) => (x: NdArray) => nd(shape, x.data);

/** [from, argument, to] */
const RESHAPES: [number[], number[], number[]][] = [
  [
    [2, 3],
    [3, 2],
    [3, 2],
  ],
  [[2, 3], [-1], [6]],
  [[6], [2, -1, 3], [2, 1, 3]],
  [[], [1, 1], [1, 1]],
  [[1], [], []],
  [
    [2, 3],
    [2, 3],
    [2, 3],
  ],
  [
    [0, 3],
    [3, 0],
    [3, 0],
  ],
  [
    [2, 2, 2, 2],
    [4, 4],
    [4, 4],
  ],
];

const reshapes: Sample[] = RESHAPES.flatMap(([from, argument, to]) =>
  ofEach(from).map((x) =>
    sample({
      op: "reshape",
      title: `to [${argument.join(", ")}]`,
      inputs: [x],
      run: (t) => nabla.reshape(t, argument),
      reference: relabelled(to),
    }),
  ),
);

const axes: Sample[] = [
  ...(
    [
      [0, [1, 2, 3]],
      [1, [2, 1, 3]],
      [-1, [2, 3, 1]],
    ] as [number, number[]][]
  ).map(([axis, to]) =>
    sample({
      op: "expandDims",
      title: `axis ${axis}`,
      inputs: ofEach([2, 3]).slice(0, 1),
      run: (x) => x.expandDims(axis),
      reference: relabelled(to),
    }),
  ),
  ...(
    [
      [undefined, [3]],
      [0, [3, 1]],
      [[2], [1, 3]],
      [[0, -1], [3]],
    ] as [number | number[] | undefined, number[]][]
  ).map(([axis, to]) =>
    sample({
      op: "squeeze",
      title: `axes ${String(axis)}`,
      inputs: [input("float", [1, 3, 1], [1, 2, 3])],
      run: (x) => x.squeeze(axis),
      reference: relabelled(to),
    }),
  ),
  ...[[2, 3], [], [0, 2], [2, 1, 3, 2]].map((shape) =>
    sample({
      op: "flatten",
      inputs: [input("float", shape, spread(shape, -3, 3))],
      run: nabla.flatten,
      reference: (x) => nd([x.data.length], x.data),
    }),
  ),
];

const clones: Sample[] = [[], [17], [2, 3, 0]].flatMap((shape) =>
  ofEach(shape).map((x) =>
    sample({ op: "clone", inputs: [x], run: nabla.clone, reference: (t) => t }),
  ),
);

const STRETCHES: [number[], number[]][] = [
  [[], [2, 3]],
  [[3], [2, 3]],
  [
    [2, 1],
    [2, 33],
  ],
  [
    [1, 3, 1],
    [2, 4, 3, 5],
  ],
  [[1], [0]],
  [[3], [3]],
];

const broadcasts: Sample[] = STRETCHES.flatMap(([from, to]) =>
  ofEach(from).map((x) =>
    sample({
      op: "broadcastTo",
      title: `to [${to.join(", ")}]`,
      inputs: [x],
      run: (t) => nabla.broadcastTo(t, to),
      reference: (t) => build(to, (position) => at(t, position)),
    }),
  ),
);

const PERMUTATIONS: [number[], number[] | undefined][] = [
  [[3, 17], undefined],
  [
    [3, 17],
    [0, 1],
  ],
  [
    [33, 5],
    [-1, 0],
  ],
  [
    [2, 3, 4],
    [2, 0, 1],
  ],
  [
    [2, 3, 4],
    [0, 2, 1],
  ],
  [
    [2, 1, 3, 4],
    [3, 1, 0, 2],
  ],
  [[2, 1, 3, 4], undefined],
  [[5], undefined],
  [[], undefined],
  [[0, 3], undefined],
];

const transposes: Sample[] = PERMUTATIONS.flatMap(([shape, perm]) =>
  ofEach(shape).map((x) =>
    sample({
      op: "transpose",
      title: `by [${perm?.join(", ") ?? "reversal"}]`,
      inputs: [x],
      run: (t) => nabla.transpose(t, perm),
      reference: (t) => permuted(t, perm),
    }),
  ),
);

function permuted(x: NdArray, perm?: number[]): NdArray {
  const rank = x.shape.length;
  const order = (perm ?? x.shape.map((_, i) => rank - 1 - i)).map((axis) => (axis + rank) % rank);
  const shape = order.map((axis) => x.shape[axis]);
  return build(shape, (position) =>
    at(
      x,
      x.shape.map((_, axis) => position[order.indexOf(axis)]),
    ),
  );
}

/** [shape, begin, size, the block's shape, its first position] */
const BLOCKS: [number[], number | number[], number | number[] | undefined, number[], number[]][] = [
  [[17], 3, 5, [5], [3]],
  [[17], [16], undefined, [1], [16]],
  [[3, 17], 1, undefined, [2, 17], [1, 0]],
  [
    [3, 17],
    [1, 2],
    [1, -1],
    [1, 15],
    [1, 2],
  ],
  [
    [3, 17],
    [0, 0],
    [3, 17],
    [3, 17],
    [0, 0],
  ],
  [
    [2, 3, 4],
    [1, 0, 1],
    [1, 3, 2],
    [1, 3, 2],
    [1, 0, 1],
  ],
  [[2, 3, 4, 2], [0, 1, 3, 1], undefined, [2, 2, 1, 1], [0, 1, 3, 1]],
  [[3], [3], [0], [0], [3]],
  [[0, 2], [0, 1], undefined, [0, 1], [0, 1]],
];

const slices: Sample[] = BLOCKS.flatMap(([shape, begin, size, block, first]) =>
  ofEach(shape).map((x) =>
    sample({
      op: "slice",
      title: `from [${String(begin)}], size [${String(size ?? "")}]`,
      inputs: [x],
      run: (t) => nabla.slice(t, begin, size),
      reference: (t) =>
        build(block, (position) =>
          at(
            t,
            position.map((p, axis) => p + first[axis]),
          ),
        ),
    }),
  ),
);

const PADDINGS: [number[], [number, number][]][] = [
  [[3], [[2, 1]]],
  [
    [3, 5],
    [
      [1, 0],
      [0, 3],
    ],
  ],
  [
    [2, 1, 3],
    [
      [0, 0],
      [1, 1],
      [0, 2],
    ],
  ],
  [
    [2, 1, 1, 3],
    [
      [0, 1],
      [0, 0],
      [2, 0],
      [1, 1],
    ],
  ],
  [[], []],
  [
    [0, 2],
    [
      [1, 1],
      [0, 0],
    ],
  ],
  [[0], [[0, 0]]],
];

const pads: Sample[] = PADDINGS.flatMap(([shape, paddings]) =>
  ofEach(shape).map((x) =>
    sample({
      op: "pad",
      title: `by [${paddings.join("; ")}]`,
      inputs: [x],
      run: (t) => nabla.pad(t, paddings),
      reference: (t) => padded(t, paddings),
    }),
  ),
);

function padded(x: NdArray, paddings: [number, number][]): NdArray {
  const shape = x.shape.map((dim, axis) => dim + paddings[axis][0] + paddings[axis][1]);
  return build(shape, (position) => {
    const source = position.map((p, axis) => p - paddings[axis][0]);
    return source.every((p, axis) => p >= 0 && p < x.shape[axis]) ? at(x, source) : 0;
  });
}

const JOINS: [number[][], number][] = [
  [[[2, 3]], 0],
  [
    [
      [2, 3],
      [1, 3],
    ],
    0,
  ],
  [
    [
      [2, 3],
      [2, 1],
      [2, 17],
    ],
    1,
  ],
  [
    [
      [2, 3, 2],
      [2, 1, 2],
      [2, 3, 2],
    ],
    -2,
  ],
  [
    [
      [1, 2, 1, 3],
      [1, 2, 2, 3],
    ],
    2,
  ],
  [[[0], [3], [0]], 0],
  [
    [
      [0, 2],
      [0, 3],
    ],
    1,
  ],
];

const concats: Sample[] = JOINS.flatMap(([shapes, axis]) =>
  DTYPES.map((dtype) =>
    sample({
      op: "concat",
      title: `axis ${axis}`,
      inputs: shapes.map((shape, i) =>
        input(
          dtype,
          shape,
          dtype === "float" ? spread(shape, -3, 3, { seed: i }) : integers(shape, 0, 99, i),
        ),
      ),
      run: (...tensors) => nabla.concat(tensors, axis),
      reference: (...arrays) => joined(arrays, axis),
    }),
  ),
);

function joined(arrays: NdArray[], axis: number): NdArray {
  const along = axis < 0 ? axis + arrays[0].shape.length : axis;
  const starts = arrays.map((_, i) =>
    arrays.slice(0, i).reduce((sum, x) => sum + x.shape[along], 0),
  );
  const length = arrays.reduce((sum, x) => sum + x.shape[along], 0);
  const shape = arrays[0].shape.map((dim, i) => (i === along ? length : dim));
  return build(shape, (position) => {
    const which = arrays.findIndex(
      (x, i) => position[along] >= starts[i] && position[along] < starts[i] + x.shape[along],
    );
    return at(
      arrays[which],
      position.map((p, i) => (i === along ? p - starts[which] : p)),
    );
  });
}

const pair = [
  input("float", [2, 3], spread([2, 3], -3, 3)),
  input("float", [2, 3], spread([2, 3], -3, 3, { seed: 2 })),
];

const stacks: Sample[] = [
  sample({
    op: "concat",
    title: "a tensor with itself",
    inputs: [pair[0]],
    run: (x) => x.concat(x),
    reference: (x) => joined([x, x], 0),
  }),
  ...[0, 1, -1].map((axis) =>
    sample({
      op: "stack",
      title: `axis ${axis}`,
      inputs: pair,
      run: (a, b) => nabla.stack([a, b], axis),
      reference: (a, b) => {
        const at3 = axis < 0 ? axis + 3 : axis;
        const shape = [...a.shape.slice(0, at3), 2, ...a.shape.slice(at3)];
        return build(shape, (position) =>
          at(
            [a, b][position[at3]],
            position.filter((_, i) => i !== at3),
          ),
        );
      },
    }),
  ),
];

const wide = input("float", [2, 6], spread([2, 6], -3, 3));

/** The columns of a matrix in another order. */
const columns = (x: NdArray, order: number[]): NdArray =>
  build([x.shape[0], order.length], ([row, column]) => at(x, [row, order[column]]));

const parts: Sample[] = [
  sample({
    op: "split",
    title: "into three, reversed",
    inputs: [wide],
    run: (x) => nabla.concat(x.split(3, 1).reverse(), 1),
    reference: (x) => columns(x, [4, 5, 2, 3, 0, 1]),
  }),
  sample({
    op: "split",
    title: "by sizes, reversed",
    inputs: [wide],
    run: (x) => nabla.concat(nabla.split(x, [1, 0, 3, 2], -1).reverse(), 1),
    reference: (x) => columns(x, [4, 5, 1, 2, 3, 0]),
  }),
  sample({
    op: "unstack",
    title: "the columns as rows",
    inputs: [wide],
    run: (x) => nabla.stack(x.unstack(1)),
    reference: (x) => permuted(x),
  }),
  sample({
    op: "stack",
    title: "by the method",
    inputs: pair,
    run: (a, b) => a.stack([b, a]),
    reference: (a, b) => nd([3, 2, 3], [...a.data, ...b.data, ...a.data]),
  }),
];

const TILES: [number[], number[]][] = [
  [[], []],
  [[3], [2]],
  [
    [2, 3],
    [1, 1],
  ],
  [
    [2, 3],
    [3, 2],
  ],
  [
    [2, 1, 3],
    [2, 4, 1],
  ],
  [
    [2, 3],
    [0, 2],
  ],
];

const tiles: Sample[] = TILES.flatMap(([shape, reps]) =>
  ofEach(shape).map((x) =>
    sample({
      op: "tile",
      title: `by [${reps.join(", ")}]`,
      inputs: [x],
      run: (t) => nabla.tile(t, reps),
      reference: (t) =>
        build(
          shape.map((dim, axis) => dim * reps[axis]),
          (position) =>
            at(
              t,
              position.map((p, axis) => p % shape[axis]),
            ),
        ),
    }),
  ),
);

const NUMBERS = [
  0,
  1,
  -1,
  1.9,
  -1.9,
  254.5,
  255.7,
  256,
  300,
  -0.5,
  2147483520,
  3e9,
  -3e9,
  NaN,
  Infinity,
  -Infinity,
];

function truncated(low: number, high: number): (x: number) => number {
  return (x) => (Number.isNaN(x) ? 0 : Math.min(Math.max(Math.trunc(x), low), high));
}

const INTEGERS = { int32: truncated(-(2 ** 31), 2 ** 31 - 1), uint8: truncated(0, 255) };

const casts: Sample[] = [
  ...(["int32", "uint8"] as const).flatMap((dtype) => [
    sample({
      op: "cast",
      dtype,
      title: `to ${dtype}`,
      inputs: [input("float", [NUMBERS.length], NUMBERS)],
      run: (x) => x.cast(dtype),
      reference: (x) => zip(INTEGERS[dtype], x),
      sources: [],
    }),
    sample({
      op: "cast",
      dtype,
      title: `to ${dtype}`,
      inputs: [input("int32", [5], [-1, 0, 255, 256, 70000])],
      run: (x) => x.cast(dtype),
      reference: (x) => zip(INTEGERS[dtype], x),
    }),
    sample({
      op: "cast",
      dtype,
      title: `to ${dtype}`,
      inputs: [input("uint8", [2, 33], integers([2, 33], 0, 256))],
      run: (x) => x.cast(dtype),
      reference: (x) => x,
    }),
    ...(["float32", "float64"] as const).map((to) =>
      sample({
        op: "cast",
        dtype: to,
        title: `to ${to}`,
        inputs: [input(dtype, [3, 17], integers([3, 17], 0, 256))],
        run: (x) => x.cast(to),
        reference: (x) => x,
      }),
    ),
  ]),
  sample({
    op: "cast",
    dtype: "float64",
    title: "to float64",
    inputs: [input("float", [2, 3, 1], spread([2, 3, 1], -3, 3))],
    run: (x) => x.cast("float64"),
    reference: (x) => x,
    sources: [0],
  }),
  sample({
    op: "cast",
    dtype: "float32",
    title: "to float32",
    inputs: [input("float64", [17], spread([17], -3, 3))],
    run: (x) => x.cast("float32"),
    reference: (x) => x,
  }),
];

const rescales: Sample[] = (["float32", "float64"] as const).flatMap((dtype: DType) => [
  ...(["int32", "uint8"] as const).map((from) =>
    sample({
      op: "rescale",
      dtype,
      title: `to ${dtype}`,
      inputs: [input(from, [3, 33], integers([3, 33], 0, 256))],
      run: (x) => nabla.rescale(x, 1 / 255, -0.5, dtype),
      reference: (x) => zip((v) => v / 255 - 0.5, x),
    }),
  ),
  ...[[17], [], [0, 2]].map((shape) =>
    sample({
      op: "rescale",
      dtype,
      title: `to ${dtype}`,
      inputs: [input("float", shape, spread(shape, -3, 3))],
      run: (x) => nabla.rescale(x, 3, 2, dtype),
      reference: (x) => zip((v) => v * 3 + 2, x),
      sources: dtype === "float64" ? [0] : [],
    }),
  ),
]);

const likes: Sample[] = [
  ...ofEach([2, 3]).flatMap((x) => [
    sample({
      op: "zerosLike",
      inputs: [x],
      run: nabla.zerosLike,
      reference: (t) => zip(() => 0, t),
    }),
    sample({ op: "onesLike", inputs: [x], run: nabla.onesLike, reference: (t) => zip(() => 1, t) }),
  ]),
  ...[
    [[2, 3], [3]],
    [
      [2, 3],
      [2, 1],
    ],
    [[2, 3], []],
    [
      [4, 2, 3],
      [1, 3],
    ],
    [[1, 1, 2], [2]],
    [
      [2, 0],
      [2, 1],
    ],
  ].map(([from, to]) =>
    sample({
      op: "sumTo",
      title: `to [${to.join(", ")}]`,
      inputs: [input("float", from, spread(from, -3, 3))],
      run: (x) => ops.sumTo(x, to),
      reference: (x) => summedTo(x, to),
    }),
  ),
];

/** Each element of `x` added to where it would come from if `shape` were stretched to x's. */
function summedTo(x: NdArray, shape: number[]): NdArray {
  const numbered = nd(
    shape,
    build(shape, () => 0).data.map((_, i) => i),
  );
  const sums = numbered.data.map(() => 0);
  positions(x.shape).forEach((position, i) => (sums[at(numbered, position)] += x.data[i]));
  return nd(shape, sums);
}

export const layout: readonly Sample[] = [
  ...reshapes,
  ...axes,
  ...clones,
  ...broadcasts,
  ...transposes,
  ...slices,
  ...pads,
  ...concats,
  ...stacks,
  ...parts,
  ...tiles,
  ...casts,
  ...rescales,
  ...likes,
];
