/** Products over axes; running sums and products along one. */

import type { Tensor } from "../tensor/tensor";
import { type Axes, type TensorLike, operand, resolveAxes } from "./arguments";
import { mul } from "./arithmetic";
import { keptShape } from "./axes";
import { run } from "./op";
import type { OpRecords } from "./op-definition";
import { pad, reshape, slice } from "./shape";

/**
 * The product over one or more axes, by default all; of no elements, 1. Float or int32, which wraps. Its
 * gradient is exact where elements are 0.
 */
export function prod(x: TensorLike, axis?: Axes, keepDims = false): Tensor {
  const source = operand(x, "prod", "x");
  if (axis === undefined && !keepDims) {
    return run("prod", [reshape(source, [-1])], { axis: 0, keepDims });
  }
  const axes = resolveAxes(axis, source.rank, "prod").sort((a, b) => b - a);
  if (axes.length === 0) return reshape(source, source.shape);
  return axes.reduce((factors, along) => run("prod", [factors], { axis: along, keepDims }), source);
}

/**
 * The sums of the elements along an axis up to each one. Float or int32. Rounding does not grow with the
 * length: float32 is summed in float64, float64 with what rounding loses.
 * @param exclusive without the element itself, so that the first sum is 0
 * @param reverse from the end of the axis on
 */
export function cumSum(x: TensorLike, axis = 0, exclusive = false, reverse = false): Tensor {
  return run("cumSum", [operand(x, "cumSum", "x")], { axis, exclusive, reverse });
}

/**
 * The products of the elements along an axis up to each one; see `cumSum`. The gradient is exact where
 * elements are 0.
 */
export function cumProd(x: TensorLike, axis = 0, exclusive = false, reverse = false): Tensor {
  return run("cumProd", [operand(x, "cumProd", "x")], { axis, exclusive, reverse });
}

/** y[k] = x[k + 1] along an axis, 0 at its end; backwards, x[k - 1]. */
function shifted(x: Tensor, axis: number, backwards: boolean): Tensor {
  const n = x.shape[axis];
  if (n === 0) return x;
  const size = x.shape.map((dim, i) => (i === axis ? n - 1 : dim));
  const begin = x.shape.map((_, i) => (i === axis && !backwards ? 1 : 0));
  const margin = (i: number, isHere: boolean): number => (i === axis && isHere ? 1 : 0);
  return pad(
    slice(x, begin, size),
    x.shape.map((_, i) => [margin(i, backwards), margin(i, !backwards)] as const),
  );
}

/** y[k] = a[k] y[k - 1] + b[k] along an axis, y[0] = b[0]; from the end where reversed. */
function linearScan(a: Tensor, b: Tensor, axis: number, reverse: boolean): Tensor {
  return run("linearScan", [a, b], { axis, reverse });
}

/** The gradient rules. */
export default {
  prod: {
    vjp: (dy, [x], _y, { axis }) => {
      const others = mul(cumProd(x, axis, true), cumProd(x, axis, true, true));
      return [mul(others, reshape(dy, keptShape(x.shape, [axis])))];
    },
  },
  cumSum: {
    vjp: (dy, _x, _y, { axis, exclusive, reverse }) => [cumSum(dy, axis, exclusive, !reverse)],
  },
  cumProd: {
    // By x[k]: what stands before it, times r[k] = dy[k] + x[k + 1] r[k + 1], of what stands behind.
    vjp: (dy, [x], _y, { axis, exclusive, reverse }) => {
      const arriving = exclusive ? shifted(dy, axis, reverse) : dy;
      const behind = linearScan(shifted(x, axis, reverse), arriving, axis, !reverse);
      return [mul(cumProd(x, axis, true, reverse), behind)];
    },
  },
  linearScan: {
    // By b[k]: g[k] = dy[k] + a[k + 1] g[k + 1]; by a[k]: g[k] y[k - 1].
    vjp: (dy, [a], y, { axis, reverse }) => {
      const g = linearScan(shifted(a, axis, reverse), dy, axis, !reverse);
      return [mul(g, shifted(y, axis, !reverse)), g];
    },
  },
} satisfies OpRecords;
