/** Order along an axis. */

import type { Tensor } from "../tensor/tensor";
import { alongAxis } from "./along-axis";
import { type TensorLike, operand } from "./arguments";
import { add } from "./arithmetic";
import { range } from "./creation";
import { scatterAdd } from "./indexing";
import { run } from "./op";
import type { OpRecords } from "./op-definition";
import { reshape, zerosLike } from "./shape";

/** Zeros of x's shape, but for each value at its place in its row. */
function scattered(values: Tensor, indices: Tensor, x: Tensor): Tensor {
  if (values.size === 0) return zerosLike(x);
  const n = x.shape[x.rank - 1];
  const k = values.shape[x.rank - 1];
  const rows = reshape(range(0, x.size, n, "int32"), [-1, 1]);
  const places = add(reshape(indices, [-1, k]), rows);
  return reshape(scatterAdd(reshape(values, [-1]), reshape(places, [-1]), x.size), x.shape);
}

/**
 * The `k` greatest elements along the last axis, the greatest first, and their int32 places there. NaN
 * comes before all; of equal elements, the first.
 * @param x any dtype, [..., n]
 * @returns [..., k] each
 */
export function topK(
  x: TensorLike,
  k = 1,
): {
  /** Of the dtype of x. */
  values: Tensor;
  /** int32 */
  indices: Tensor;
} {
  const [values, indices] = run("topK", [operand(x, "topK", "x")], { k });
  return { values, indices };
}

/**
 * The elements in ascending order along an axis, by default the last. NaN comes last; equal elements keep
 * their order. Any dtype.
 */
export function sort(x: TensorLike, axis = -1): Tensor {
  return alongAxis(operand(x, "sort", "x"), axis, "sort", (t) => run("sort", [t])[0]);
}

/**
 * The int32 places of the elements in the order in which `sort` puts them: along the axis, `x` at these
 * places is sorted.
 */
export function argSort(x: TensorLike, axis = -1): Tensor {
  return alongAxis(operand(x, "argSort", "x"), axis, "argSort", (t) => run("sort", [t])[1]);
}

/** The gradient rules. */
export default {
  topK: { vjp: ([dValues], [x], [, indices]) => [dValues && scattered(dValues, indices, x)] },
  sort: { vjp: ([dValues], [x], [, indices]) => [dValues && scattered(dValues, indices, x)] },
} satisfies OpRecords;
