/** Parts of tensors by steps along their axes; triangles and diagonals of matrices. */

import type { Tensor } from "../tensor/tensor";
import {
  type Axes,
  type TensorLike,
  checkArray,
  checkInteger,
  operand,
  resolveAxes,
  resolveAxis,
} from "./arguments";
import { run } from "./op";
import type { OpRecords } from "./op-definition";
import { reshape, transpose } from "./shape";

/** Beyond every end: it is taken as the end. */
const FAR = Number.MAX_SAFE_INTEGER;

/**
 * x[begin:end:strides], as in Python and numpy: `end` is left out, negative numbers count from the end of
 * the axis, what lies outside is clipped, and a negative stride goes backwards. `null` stands for the end
 * of the axis from which, or to which, the stride leads. Axes that are missing at the end are taken whole.
 * @param x any dtype
 */
export function stridedSlice(
  x: TensorLike,
  begin: readonly (number | null)[],
  end: readonly (number | null)[],
  strides: readonly number[] = [],
): Tensor {
  const source = operand(x, "stridedSlice", "x");
  checkArray(strides, "stridedSlice", "strides");
  const open = (name: string, list: readonly (number | null)[], isEnd: boolean): number[] => {
    checkArray(list, "stridedSlice", name);
    return Array.from(list, (item, axis) => {
      if (item !== null) checkInteger(item, "stridedSlice", `${name}[${axis}]`);
      const isBackwards = ((strides[axis] as number | undefined) ?? 1) < 0;
      return item ?? (isEnd ? (isBackwards ? -FAR : FAR) : isBackwards ? FAR : 0);
    });
  };
  return run("stridedSlice", [source], {
    begin: open("begin", begin, false),
    end: open("end", end, true),
    strides: Array.from(strides, (stride, axis) => {
      checkInteger(stride, "stridedSlice", `strides[${axis}]`);
      return stride;
    }),
  });
}

/** The elements in reversed order along one or more axes, by default all. Any dtype. */
export function reverse(x: TensorLike, axis?: Axes): Tensor {
  const source = operand(x, "reverse", "x");
  const axes = resolveAxes(axis, source.rank, "reverse");
  const ends = source.shape.map(() => null);
  return stridedSlice(
    source,
    ends,
    ends,
    source.shape.map((_, i) => (axes.includes(i) ? -1 : 1)),
  );
}

/**
 * The diagonals of the matrices that two axes span: [..., elements], the other axes first. Any dtype.
 * @param offset above 0: of a diagonal above the main one; below 0: below it
 */
export function diagonal(x: TensorLike, offset = 0, axis1 = 0, axis2 = 1): Tensor {
  const source = operand(x, "diagonal", "x");
  checkInteger(offset, "diagonal", "offset");
  const [rows, columns] = [axis1, axis2].map((axis) => resolveAxis(axis, source.rank, "diagonal"));
  if (rows === columns) {
    throw new RangeError(`diagonal: expected two axes but received ${axis1} and ${axis2}`);
  }
  const others = source.shape.map((_, i) => i).filter((i) => i !== rows && i !== columns);
  const [m, n] = [source.shape[rows], source.shape[columns]];
  const leading = others.map((i) => source.shape[i]);
  const matrices = reshape(transpose(source, [...others, rows, columns]), [...leading, m * n]);
  const count = Math.max(0, offset < 0 ? Math.min(m + offset, n) : Math.min(m, n - offset));
  const first = offset < 0 ? -offset * n : offset;
  const whole = leading.map(() => null);
  return stridedSlice(
    matrices,
    [...whole, count === 0 ? 0 : first],
    [...whole, count === 0 ? 0 : first + (count - 1) * (n + 1) + 1],
    [...leading.map(() => 1), n + 1],
  );
}

/**
 * The lower triangles of matrices [..., rows, columns], zeros above. Any dtype.
 * @param k how many diagonals above the main one stay too
 */
export function tril(x: TensorLike, k = 0): Tensor {
  return triangle(operand(x, "tril", "x"), k, "tril");
}

/**
 * The upper triangles of matrices [..., rows, columns], zeros below. Any dtype.
 * @param k how many diagonals from the main one on become 0 too
 */
export function triu(x: TensorLike, k = 0): Tensor {
  return triangle(operand(x, "triu", "x"), k, "triu");
}

function triangle(x: Tensor, diagonal: number, op: "tril" | "triu"): Tensor {
  checkInteger(diagonal, op, "k");
  if (x.rank < 2) {
    throw new RangeError(
      `${op}: expected matrices [..., rows, columns] but received ${x.describe()}`,
    );
  }
  return run("triangle", [x], { diagonal, upper: op === "triu" });
}

/** The gradient rules. */
export default {
  stridedSlice: {
    vjp: (dy, [x], _y, { begin, strides }) => [
      run("placeStrided", [dy], { shape: x.shape, begin, strides }),
    ],
  },
  placeStrided: {
    vjp: (dy, [x], _y, { begin, strides }) => {
      const behind = x.shape.map((dim, i) => begin[i] + dim * strides[i]);
      const end = behind.map((last) => (last < 0 ? -FAR : last));
      return [run("stridedSlice", [dy], { begin, end, strides })];
    },
  },
  triangle: {
    vjp: (dy, _x, _y, { diagonal, upper }) => [run("triangle", [dy], { diagonal, upper })],
  },
} satisfies OpRecords;
