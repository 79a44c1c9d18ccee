/** Matrix multiplication. */

import { defineOp } from "./op";
import { Tensor } from "../tensor/tensor";
import { type TensorLike, checkFloat, checkSameDType, operand } from "./arguments";
import { reshape } from "./shape";

const matMulOp = defineOp("matMul", {
  infer: ([a, b], [transposeA, transposeB]) => {
    checkSameDType(a, b, "matMul");
    checkFloat(a, "matMul", "a");
    const rows = a.shape[transposeA];
    const inner = a.shape[1 - transposeA];
    const innerB = b.shape[transposeB];
    if (a.rank !== 2 || b.rank !== 2 || inner !== innerB) {
      throw new RangeError(
        `matMul: expected matrices with matching inner sizes but received ${a.describe()}` +
          `${transposeA ? " transposed" : ""} and ${b.describe()}${transposeB ? " transposed" : ""}`,
      );
    }
    return { shape: [rows, b.shape[1 - transposeB]], dtype: a.dtype };
  },
  // y = op(a) op(b): da = dy op(b)^T, db = op(a)^T dy, each transposed where the operand is.
  vjp: (dy, [a, b], _y, [transposeA, transposeB], needs) => [
    needs[0]
      ? transposeA
        ? product(b, dy, transposeB, 1)
        : product(dy, b, 0, 1 - transposeB)
      : null,
    needs[1]
      ? transposeB
        ? product(dy, a, 1, transposeA)
        : product(a, dy, 1 - transposeA, 0)
      : null,
  ],
});

function product(a: Tensor, b: Tensor, transposeA: number, transposeB: number): Tensor {
  return matMulOp([a, b], [transposeA, transposeB]);
}

/**
 * The matrix product of `a` [m, k] and `b` [k, n] (either may be given transposed): [m, n].
 * Float operands of one dtype.
 */
export function matMul(
  a: TensorLike,
  b: TensorLike,
  transposeA = false,
  transposeB = false,
): Tensor {
  const left = operand(a, "matMul", "a");
  const right = operand(b, "matMul", "b", left.dtype);
  return product(left, right, transposeA ? 1 : 0, transposeB ? 1 : 0);
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
