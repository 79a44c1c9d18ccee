/** Gather, scatter and one-hot along the first axis. */

import { type DType, isFloat } from "../tensor/dtype";
import { Tensor } from "../tensor/tensor";
import { type TensorLike, operand } from "./arguments";
import { run } from "./op";
import type { OpRecords } from "./op-definition";
import { cast } from "./shape";

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
 * Rows of `x` by their number: y[i...] = x[indices[i...]].
 * @param x any dtype, [rows, ...]
 * @param indices int32 of any shape, each in [0, rows)
 * @param dtype of the result: that of `x`, or a float dtype to convert on the way
 * @returns [...indices' shape, ...row's shape]
 */
export function gather(x: TensorLike, indices: TensorLike, dtype?: DType): Tensor {
  const source = operand(x, "gather", "x");
  const rows = operand(indices, "gather", "indices", "int32");
  return run("gather", [source, rows], { dtype: dtype ?? source.dtype });
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
 * 1 at each index, 0 elsewhere, along a new last axis of `depth` classes.
 * @param indices uint8 or int32 of any shape, each in [0, depth); others throw
 */
export function oneHot(indices: TensorLike, depth: number, dtype: DType = "float32"): Tensor {
  return run("oneHot", [operand(indices, "oneHot", "indices", "int32")], { depth, dtype });
}
