/** Samples of tensors made from nothing. They run with no input, in a dtype of their own. */

import * as nabla from "../../src";
import type { DType, Tensor } from "../../src";
import { type NdArray, build, nd } from "../helpers/nd-array";
import { type Sample, sample } from "./sample";

const DTYPES: DType[] = ["float32", "float64", "int32", "uint8"];

function created(
  op: string,
  title: string,
  dtype: DType,
  run: () => Tensor,
  expected: NdArray,
): Sample {
  return sample({
    op,
    title: `${title} ${dtype}`,
    dtype,
    inputs: [],
    run,
    reference: () => expected,
  });
}

const SHAPES = [[], [1], [17], [3, 33], [2, 1, 3, 2], [0], [2, 0, 3]];

const filled: Sample[] = DTYPES.flatMap((dtype) =>
  SHAPES.flatMap((shape) => [
    created(
      "zeros",
      `[${shape.join(", ")}]`,
      dtype,
      () => nabla.zeros(shape, dtype),
      build(shape, () => 0),
    ),
    created(
      "ones",
      `[${shape.join(", ")}]`,
      dtype,
      () => nabla.ones(shape, dtype),
      build(shape, () => 1),
    ),
    created(
      "fill",
      `[${shape.join(", ")}] of 7`,
      dtype,
      () => nabla.fill(shape, 7, dtype),
      build(shape, () => 7),
    ),
  ]),
);

const matrices: Sample[] = DTYPES.flatMap((dtype) =>
  [
    [3, 3],
    [2, 5],
    [5, 2],
    [0, 3],
    [1, 1],
  ].map(([rows, columns]) =>
    created(
      "eye",
      `${rows}, ${columns}`,
      dtype,
      () => nabla.eye(rows, columns, dtype),
      build([rows, columns], ([i, j]) => Number(i === j)),
    ),
  ),
);

const series: Sample[] = DTYPES.flatMap((dtype) => [
  created("scalar", "3", dtype, () => nabla.scalar(3, dtype), nd([], [3])),
  created("range", "5", dtype, () => nabla.range(5, undefined, 1, dtype), nd([5], [0, 1, 2, 3, 4])),
  created("range", "2 to 9 by 3", dtype, () => nabla.range(2, 9, 3, dtype), nd([3], [2, 5, 8])),
  created("range", "9 to 2 by -3", dtype, () => nabla.range(9, 2, -3, dtype), nd([3], [9, 6, 3])),
  created("range", "3 to 1", dtype, () => nabla.range(3, 1, 1, dtype), nd([0], [])),
  created(
    "linspace",
    "0 to 8",
    dtype,
    () => nabla.linspace(0, 8, 5, dtype),
    nd([5], [0, 2, 4, 6, 8]),
  ),
  created("linspace", "one value", dtype, () => nabla.linspace(4, 8, 1, dtype), nd([1], [4])),
]);

const fractions: Sample[] = (["float32", "float64"] as const).flatMap((dtype) => [
  created(
    "range",
    "0 to 1 by 0.25",
    dtype,
    () => nabla.range(0, 1, 0.25, dtype),
    nd([4], [0, 0.25, 0.5, 0.75]),
  ),
  created(
    "linspace",
    "-1 to 1",
    dtype,
    () => nabla.linspace(-1, 1, 4, dtype),
    nd([4], [-1, -1 / 3, 1 / 3, 1]),
  ),
  created("fill", "NaN", dtype, () => nabla.fill([2], NaN, dtype), nd([2], [NaN, NaN])),
  created(
    "fill",
    "-Infinity",
    dtype,
    () => nabla.fill([2], -Infinity, dtype),
    nd([2], [-Infinity, -Infinity]),
  ),
]);

export const creation: readonly Sample[] = [...filled, ...matrices, ...series, ...fractions];
