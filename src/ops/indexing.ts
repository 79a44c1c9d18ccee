/** Gather, scatter and one-hot along the first axis. */

import { type DType, checkDType, isFloat } from "../tensor/dtype";
import { defineOp } from "./op";
import { Tensor } from "../tensor/tensor";
import { type TensorLike, checkFloat, checkInteger, operand } from "./arguments";
import { cast } from "./shape";

const gatherOp = defineOp("gather", {
  infer: (_inputs, _attrs, wanted) => wanted as NonNullable<typeof wanted>,
  vjp: (dy, [x, indices]) => [
    isFloat(x.dtype) ? cast(scatterAdd(dy, indices, x.shape[0]), x.dtype) : null,
    null,
  ],
});

const scatterAddOp = defineOp("scatterAdd", {
  infer: (_inputs, _attrs, wanted) => wanted as NonNullable<typeof wanted>,
  vjp: (dy, [, indices]) => [gather(dy, indices), null],
});

const oneHotOp = defineOp("oneHot", {
  infer: (_inputs, _attrs, wanted) => wanted as NonNullable<typeof wanted>,
  vjp: null,
});

function indexTensor(indices: TensorLike, op: string): Tensor {
  const tensor = operand(indices, op, "indices", "int32");
  if (tensor.dtype === "int32") return tensor;
  throw new TypeError(`${op}: expected int32 indices but received ${tensor.describe()}; use cast`);
}

/**
 * Rows of `x` by their number: y[i...] = x[indices[i...]].
 * @param x any dtype, [rows, ...]
 * @param indices int32 of any shape, each in [0, rows)
 * @param dtype of the result: that of `x`, or a float dtype to convert on the way
 * @returns [...indices' shape, ...row's shape]
 */
export function gather(x: TensorLike, indices: TensorLike, dtype?: DType): Tensor {
  const source = operand(x, "gather", "x");
  const rows = indexTensor(indices, "gather");
  const result = dtype ?? source.dtype;
  checkDType(result, "dtype of gather");
  if (source.rank === 0) {
    throw new RangeError(
      `gather: expected a tensor with rows for x but received ${source.describe()}`,
    );
  }
  if (result !== source.dtype && !isFloat(result)) {
    throw new TypeError(`gather: expected ${source.dtype} or a float dtype but received ${result}`);
  }
  return gatherOp([source, rows], undefined, {
    shape: [...rows.shape, ...source.shape.slice(1)],
    dtype: result,
  });
}

/**
 * Zeros [rows, ...] to which each row of `updates` is added at its index; the gradient of `gather`.
 * @param updates float [...indices' shape, ...row's shape]
 */
export function scatterAdd(updates: TensorLike, indices: TensorLike, rows: number): Tensor {
  const source = operand(updates, "scatterAdd", "updates");
  checkFloat(source, "scatterAdd", "updates");
  const at = indexTensor(indices, "scatterAdd");
  checkInteger(rows, "scatterAdd", "rows");
  const leading = source.shape.slice(0, at.rank);
  if (rows < 0 || leading.length < at.rank || !leading.every((dim, i) => dim === at.shape[i])) {
    throw new RangeError(
      `scatterAdd: expected updates [${at.shape.join(", ")}, ...] for the indices but received ${source.describe()}`,
    );
  }
  return scatterAddOp([source, at], undefined, {
    shape: [rows, ...source.shape.slice(at.rank)],
    dtype: source.dtype,
  });
}

/**
 * 1 at each index, 0 elsewhere, along a new last axis of `depth` classes.
 * @param indices uint8 or int32 of any shape, each in [0, depth); others throw
 */
export function oneHot(indices: TensorLike, depth: number, dtype: DType = "float32"): Tensor {
  const labels = operand(indices, "oneHot", "indices", "int32");
  checkInteger(depth, "oneHot", "depth");
  checkDType(dtype, "dtype of oneHot");
  if (depth < 1)
    throw new RangeError(`oneHot: expected a depth of at least 1 but received ${depth}`);
  if (isFloat(labels.dtype)) {
    throw new TypeError(
      `oneHot: expected uint8 or int32 indices but received ${labels.describe()}; use cast`,
    );
  }
  return oneHotOp([labels], undefined, { shape: [...labels.shape, depth], dtype });
}
