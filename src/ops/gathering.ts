/** Gather and scatter by the coordinates of several axes; along axes behind the first. */

import type { Shape, Tensor } from "../tensor/tensor";
import { isFloat } from "../tensor/dtype";
import { type TensorLike, operand } from "./arguments";
import { run } from "./op";
import type { OpRecords } from "./op-definition";

/**
 * The elements or rows of `x` at coordinates: y[...] = x[indices[..., 0], indices[..., 1], ...].
 * @param x any dtype, of at least as many axes as there are coordinates
 * @param indices int32 [..., coordinates], each within its axis; others throw
 * @returns [...indices' shape without its last axis, ...x's shape behind the coordinates]
 */
export function gatherND(x: TensorLike, indices: TensorLike): Tensor {
  const source = operand(x, "gatherND", "x");
  return run("gatherND", [source, operand(indices, "gatherND", "indices", "int32")]);
}

/**
 * Zeros of a shape, to which updates are added at coordinates; the gradient of `gatherND`.
 * @param indices int32 [..., coordinates], each within its axis of `shape`; others throw
 * @param updates float or int32 [...indices' shape without its last axis, ...shape behind the coordinates]
 */
export function scatterND(indices: TensorLike, updates: TensorLike, shape: Shape): Tensor {
  const at = operand(indices, "scatterND", "indices", "int32");
  return run("scatterND", [at, operand(updates, "scatterND", "updates")], { shape });
}

/** The gradient rules. */
export default {
  gatherAlong: {
    vjp: (dy, [x, indices], _y, { axis }) => {
      if (!isFloat(x.dtype)) return [null, null];
      return [run("scatterAddAlong", [dy, indices], { axis, rows: x.shape[axis] }), null];
    },
  },
  scatterAddAlong: {
    vjp: (dy, [, indices], _y, { axis }) => [run("gatherAlong", [dy, indices], { axis }), null],
  },
  gatherND: {
    vjp: (dy, [x, indices]) => [isFloat(x.dtype) ? scatterND(indices, dy, x.shape) : null, null],
  },
  scatterND: {
    vjp: (dy, [indices, updates]) => [null, isFloat(updates.dtype) ? gatherND(dy, indices) : null],
  },
} satisfies OpRecords;
