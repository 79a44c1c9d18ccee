/** Samples of products of many matrices, and of sums of products by letters. */

import * as nabla from "../../src";
import { type NdArray, at, build, commonShape, nd, positions, total } from "../helpers/nd-array";
import { integers, spread } from "../helpers/numbers";
import { type Sample, input, sample, valueOnly } from "./sample";

/** Leading axes of a and b, [m, k, n]. */
const BATCHES: [number[], number[], [number, number, number]][] = [
  [[2], [2], [3, 2, 4]],
  [[2], [], [3, 2, 4]],
  [[], [2], [3, 2, 4]],
  [[2], [1], [3, 2, 4]],
  [[1], [3], [2, 3, 1]],
  [
    [2, 3],
    [2, 3],
    [2, 2, 2],
  ],
  [[2, 1], [3], [2, 3, 2]],
  [[9], [], [2, 3, 2]],
  [[9], [9], [1, 3, 2]],
  [[2], [2], [3, 0, 2]],
  [[2], [], [3, 0, 2]],
  [[0], [], [3, 2, 2]],
  [[2], [], [0, 2, 3]],
  [[2], [2], [2, 3, 0]],
];

const FLAGS = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
];

function product(a: NdArray, b: NdArray, transposeA: boolean, transposeB: boolean): NdArray {
  const [rows, inner] = transposeA ? a.shape.slice(-2).reverse() : a.shape.slice(-2);
  const columns = b.shape[b.shape.length - (transposeB ? 2 : 1)];
  const leading = commonShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const zero = leading.some((dim) => dim === 0) || a.shape[0] === 0;
  if (zero) return nd([...a.shape.slice(0, -2), rows, columns], []);
  return build([...leading, rows, columns], (position) => {
    const [i, j] = position.slice(-2);
    const matrix = position.slice(0, -2);
    return total(
      Array.from({ length: inner }, (_, k) => {
        const left = at(a, [...matrix, ...(transposeA ? [k, i] : [i, k])]);
        return left * at(b, [...matrix, ...(transposeB ? [j, k] : [k, j])]);
      }),
    );
  });
}

const batched: Sample[] = [
  ...BATCHES.map((sizes) => [sizes, sample] as const),
  [[[5], [5], [17, 33, 9]], valueOnly] as const,
  [[[3], [], [17, 33, 9]], valueOnly] as const,
].flatMap(([[leadingA, leadingB, [m, k, n]], make]) =>
  FLAGS.map(([transposeA, transposeB]) => {
    const a = [...leadingA, ...(transposeA ? [k, m] : [m, k])];
    const b = [...leadingB, ...(transposeB ? [n, k] : [k, n])];
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

/** [equation, shapes, the same with a letter for each axis that "..." means] */
const EQUATIONS: [string, number[][], string?][] = [
  [
    "ij,jk->ik",
    [
      [2, 3],
      [3, 4],
    ],
  ],
  [
    "ij,kj->ik",
    [
      [2, 3],
      [4, 3],
    ],
  ],
  [
    "ji,jk->ki",
    [
      [3, 2],
      [3, 4],
    ],
  ],
  [
    "ij,jk",
    [
      [2, 3],
      [3, 4],
    ],
    "ij,jk->ik",
  ],
  ["ba,b", [[3, 2], [3]], "ba,b->a"],
  ["i,i->", [[5], [5]]],
  ["i,j->ij", [[3], [4]]],
  ["i,j->ji", [[3], [4]]],
  ["ij->ji", [[2, 3]]],
  ["ij->", [[2, 3]]],
  ["ij->j", [[2, 3]]],
  ["ii->i", [[3, 3]]],
  ["ii->", [[3, 3]]],
  ["iji->j", [[3, 2, 3]]],
  ["iii->i", [[2, 2, 2]]],
  [
    "ij,ij->ij",
    [
      [2, 3],
      [2, 3],
    ],
  ],
  [
    "ij,ij->i",
    [
      [2, 3],
      [2, 3],
    ],
  ],
  [
    "ij,ji->",
    [
      [2, 3],
      [3, 2],
    ],
  ],
  [
    "bij,bjk->bik",
    [
      [2, 2, 3],
      [2, 3, 2],
    ],
  ],
  [
    "bqhd,bkhd->bhqk",
    [
      [2, 3, 2, 2],
      [2, 2, 2, 2],
    ],
  ],
  [
    "bhqk,bkhd->bqhd",
    [
      [2, 2, 3, 2],
      [2, 2, 2, 2],
    ],
  ],
  [
    "ijk,jil->kl",
    [
      [2, 3, 2],
      [3, 2, 2],
    ],
  ],
  ["ij,k->i", [[2, 3], [4]]],
  [
    "ij,jk,kl->il",
    [
      [2, 3],
      [3, 2],
      [2, 2],
    ],
  ],
  ["i,ij,j->", [[2], [2, 3], [3]]],
  ["i,i,i->i", [[3], [3], [3]]],
  [
    "...ij,...jk->...ik",
    [
      [2, 2, 3],
      [2, 3, 2],
    ],
    "aij,ajk->aik",
  ],
  [
    "...ij,jk->...ik",
    [
      [2, 2, 3],
      [3, 2],
    ],
    "aij,jk->aik",
  ],
  [
    "...ij,...jk",
    [
      [2, 1, 2, 3],
      [2, 3, 2],
    ],
    "abij,bjk->abik",
  ],
  ["...i->...", [[2, 3]], "ai->a"],
  ["...ii->...", [[2, 3, 3]], "aii->a"],
  ["i...->...i", [[2, 3, 4]], "iab->abi"],
  [
    "ij,ij->ij",
    [
      [2, 1],
      [1, 3],
    ],
  ],
  [
    "ij,jk->ik",
    [
      [2, 1],
      [3, 4],
    ],
  ],
  [
    "ij,jk->ik",
    [
      [2, 0],
      [0, 4],
    ],
  ],
];

function reference(equation: string, operands: NdArray[]): NdArray {
  const [left, output] = equation.split("->");
  const terms = left.split(",");
  const sizes = new Map<string, number>();
  terms.forEach((term, i) =>
    Array.from(term).forEach((label, axis) => {
      const size = operands[i].shape[axis];
      if (size !== 1 || !sizes.has(label)) sizes.set(label, size);
    }),
  );
  const summed = [...sizes.keys()].filter((label) => !output.includes(label));
  const shapeOf = (labels: readonly string[]): number[] => labels.map((label) => sizes.get(label)!);
  return build(shapeOf(Array.from(output)), (position) =>
    total(
      positions(shapeOf(summed)).map((inner) => {
        const index = (label: string): number =>
          output.includes(label) ? position[output.indexOf(label)] : inner[summed.indexOf(label)];
        return terms.reduce(
          (factor, term, i) => factor * at(operands[i], Array.from(term, index)),
          1,
        );
      }),
    ),
  );
}

const equations: Sample[] = EQUATIONS.map(([equation, shapes, spelt]) =>
  sample({
    op: "einsum",
    title: equation,
    inputs: shapes.map((shape, i) => input("float", shape, spread(shape, -2, 2, { seed: i + 1 }))),
    run: (...operands) => nabla.einsum(equation, ...operands),
    reference: (...operands) => reference(spelt ?? equation, operands),
  }),
);

const integersToo: Sample[] = [
  sample({
    op: "einsum",
    title: "i,j->ij of integers",
    inputs: [
      input("int32", [3], integers([3], -9, 9)),
      input("int32", [4], integers([4], -9, 9, 2)),
    ],
    run: (a, b) => nabla.einsum("i,j->ij", a, b),
    reference: (a, b) => reference("i,j->ij", [a, b]),
  }),
];

export const batches: readonly Sample[] = [...batched, ...equations, ...integersToo];
