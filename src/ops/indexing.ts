/** Gather, scatter and one-hot. */

import { type DType, isFloat } from "../tensor/dtype";
import type { Tensor } from "../tensor/tensor";
import { type TensorLike, operand, resolveAxis } from "./arguments";
import { run } from "./op";
import type { OpRecords } from "./op-definition";
import { cast, transpose } from "./shape";

/** The gradient rules. */
export const indexingRecords = {
  gather: {
    vjp: (dy, [x, indices]) => [
      isFloat(x.dtype) ? cast(scatterAdd(dy, indices, x.shape[0]), x.dtype) : null,
      null,
    ],
  },
  scatterAdd: { vjp: (dy, [, indices]) => [gather(dy, indices), null] },
  oneHot: { vjp: null },
} satisfies OpRecords;

/**
 * Slices of `x` along an axis by their number; along the first, y[i...] = x[indices[i...]].
 * @param x any dtype
 * @param indices int32 of any shape, each within the axis; others throw
 * @param dtype of the result: that of `x`, or a float dtype to convert on the way
 * @returns x's shape with that of the indices in place of the axis
 */
export function gather(x: TensorLike, indices: TensorLike, axis = 0, dtype?: DType): Tensor {
  const source = operand(x, "gather", "x");
  const at = operand(indices, "gather", "indices", "int32");
  if (axis !== 0) {
    const along = resolveAxis(axis, source.rank, "gather");
    if (along > 0) {
      const chosen = run("gatherAlong", [source, at], { axis: along });
      return dtype === undefined ? chosen : cast(chosen, dtype);
    }
  }
  return run("gather", [source, at], { dtype: dtype ?? source.dtype });
}

/**
 * Zeros [rows, ...] to which each row of `updates` is added at its index; the gradient of `gather`.
 * @param updates float [...indices' shape, ...row's shape]
 */
export function scatterAdd(updates: TensorLike, indices: TensorLike, rows: number): Tensor {
  const source = operand(updates, "scatterAdd", "updates");
  const at = operand(indices, "scatterAdd", "indices", "int32");
  return run("scatterAdd", [source, at], { rows });
}

/**
 * 1 at each index, 0 elsewhere, along a new axis of `depth` classes.
 * @param indices uint8 or int32 of any shape, each in [0, depth); others throw
 * @param axis of the result at which the classes stand; by default the last
 */
export function oneHot(
  indices: TensorLike,
  depth: number,
  dtype: DType = "float32",
  axis = -1,
): Tensor {
  const source = operand(indices, "oneHot", "indices", "int32");
  const last = source.rank;
  const at = resolveAxis(axis, last + 1, "oneHot");
  const result = run("oneHot", [source], { depth, dtype });
  if (at === last) return result;
  const axes = source.shape.map((_, i) => i);
  return transpose(result, [...axes.slice(0, at), last, ...axes.slice(at)]);
}
