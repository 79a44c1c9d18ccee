/** Matrix multiplication. */

import { run } from "./op";
import type { OpRecords } from "./op-definition";
import { type Tensor, sizeOf } from "../tensor/tensor";
import { type TensorLike, operand } from "./arguments";
import { reshape, sumTo } from "./shape";

/** The gradient rules. */
export const linearRecords = {
  matMul: {
    // y = op(a) op(b): da = dy op(b)^T, db = op(a)^T dy, each transposed where the operand is.
    vjp: (dy, [a, b], _y, { transposeA, transposeB }, needs) => [
      needs[0]
        ? sumTo(
            transposeA ? product(b, dy, transposeB, true) : product(dy, b, false, !transposeB),
            a.shape,
          )
        : null,
      needs[1] ? gradientOfFactor(dy, a, b, transposeA, transposeB) : null,
    ],
  },
} satisfies OpRecords;

function gradientOfFactor(
  dy: Tensor,
  a: Tensor,
  b: Tensor,
  transposeA: boolean,
  transposeB: boolean,
): Tensor {
  // One matrix for the rows of many: a single product sums over them.
  const isShared = b.rank === 2 && a.rank > 2 && !transposeA;
  const [rows, dRows] = isShared ? [asRows(a), asRows(dy)] : [a, dy];
  const gradient = transposeB
    ? product(dRows, rows, true, transposeA)
    : product(rows, dRows, !transposeA, false);
  return sumTo(gradient, b.shape);
}

/** All rows of many matrices as one. */
function asRows(x: Tensor): Tensor {
  return reshape(x, [sizeOf(x.shape.slice(0, -1)), x.shape[x.rank - 1]]);
}

function product(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  return run("matMul", [a, b], { transposeA, transposeB });
}

/**
 * The matrix product of `a` [..., m, k] and `b` [..., k, n] (either may be given transposed): [..., m, n].
 * Leading axes broadcast, so that many matrices are multiplied at once. Float operands of one dtype.
 */
export function matMul(
  a: TensorLike,
  b: TensorLike,
  transposeA = false,
  transposeB = false,
): Tensor {
  const left = operand(a, "matMul", "a");
  const right = operand(b, "matMul", "b", left.dtype);
  return product(left, right, transposeA, transposeB);
}

/**
 * The product of vectors and matrices: [n].[n] -> scalar, [m, n].[n] -> [m], [n].[n, p] -> [p],
 * [m, n].[n, p] -> [m, p].
 */
export function dot(a: TensorLike, b: TensorLike): Tensor {
  const left = operand(a, "dot", "a");
  const right = operand(b, "dot", "b", left.dtype);
  if (left.rank < 1 || left.rank > 2 || right.rank < 1 || right.rank > 2) {
    throw new RangeError(
      `dot: expected vectors or matrices but received ${left.describe()} and ${right.describe()}`,
    );
  }
  const row = left.rank === 1 ? reshape(left, [1, -1]) : left;
  const column = right.rank === 1 ? reshape(right, [-1, 1]) : right;
  const result = matMul(row, column);
  return reshape(result, [
    ...(left.rank === 1 ? [] : [row.shape[0]]),
    ...(right.rank === 1 ? [] : [column.shape[1]]),
  ]);
}
