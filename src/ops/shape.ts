/** Layout: reshape, broadcast, transpose, slice, pad, join, dtype; and `sum`, the gradient of broadcasting. */

import { checkShape } from "../tensor/values";
import { type DType, checkDType } from "../tensor/dtype";
import { type Shape, Tensor, sameShape } from "../tensor/tensor";
import { Variable } from "../tensor/variable";
import {
  type Axes,
  axesOf,
  checkArray,
  checkInteger,
  checkTensor,
  operand,
  resolveAxes,
  resolveAxis,
  type TensorLike,
} from "./arguments";
import { keptShape } from "./axes";
import { run } from "./op";
import type { OpRecords } from "./op-definition";

/** The gradient rules. */
export const layoutRecords = {
  copy: { vjp: (dy) => [dy] },
  reshape: { vjp: (dy, [x]) => [reshape(dy, x.shape)] },
  broadcastTo: { vjp: (dy, [x]) => [sumTo(dy, x.shape)] },
  sum: {
    vjp: (dy, [x], _y, { axis }) => [broadcastTo(reshape(dy, keptShape(x.shape, axis)), x.shape)],
  },
  fill: { vjp: () => [] },
  transpose: { vjp: (dy, _x, _y, { perm }) => [transpose(dy, inversePermutation(perm))] },
  slice: {
    vjp: (dy, [x], _y, { begin, size }) => [
      run("pad", [dy], {
        before: begin,
        after: x.shape.map((dim, axis) => dim - begin[axis] - size[axis]),
      }),
    ],
  },
  pad: { vjp: (dy, [x], _y, { before }) => [slice(dy, before, x.shape)] },
  concat: {
    vjp: (dy, inputs, _y, { axis }) => {
      const begin = dy.shape.map(() => 0);
      return inputs.map((x) => {
        const part = slice(dy, [...begin], x.shape);
        begin[axis] += x.shape[axis];
        return part;
      });
    },
  },
} satisfies OpRecords;

/** A copy of the values in memory of its own. Of a Variable: its values of this moment. */
export function clone(x: TensorLike): Tensor {
  return run("copy", [operand(x, "clone", "x")]);
}

/**
 * The same values under another shape; one size may be -1 and follows from the others. A copy, which
 * captured functions do without where they can; a tensor that has the shape already is returned itself.
 */
export function reshape(x: TensorLike, shape: Shape): Tensor {
  const source = operand(x, "reshape", "x");
  if (isShapeOf(source, shape)) return source;
  return run("reshape", [source], { shape });
}

/** True if a result of this shape is the tensor itself. A Variable may change: it is copied. */
function isShapeOf(x: Tensor, shape: unknown): boolean {
  return !(x instanceof Variable) && Array.isArray(shape) && sameShape(x.shape, shape as Shape);
}

/** `x` stretched to `shape` by the rules of broadcasting; a tensor that has the shape already itself. */
export function broadcastTo(x: TensorLike, shape: Shape): Tensor {
  const source = operand(x, "broadcastTo", "x");
  if (isShapeOf(source, shape)) return source;
  return run("broadcastTo", [source], { shape });
}

/** The sum over one or more axes, by default all. Float or int32. */
export function sum(x: TensorLike, axis?: Axes, keepDims = false): Tensor {
  return run("sum", [operand(x, "sum", "x")], { axis: axesOf(axis), keepDims });
}

/** The sum of what broadcasting repeated: the gradient of stretching `shape` to `x.shape`. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const added = x.rank - shape.length;
  const axis: number[] = [];
  for (let i = 0; i < x.rank; i++) {
    if (i < added || (shape[i - added] === 1 && x.shape[i] !== 1)) axis.push(i);
  }
  if (axis.length === 0) return reshape(x, shape);
  const keepDims = axis.length > added;
  const total = run("sum", [x], { axis, keepDims });
  return keepDims && added > 0 ? reshape(total, shape) : total;
}

/** The values in another dtype. To integers it truncates towards 0 and saturates; NaN gives 0. */
export function cast(x: TensorLike, dtype: DType): Tensor {
  const source = operand(x, "cast", "x");
  checkDType(dtype, "dtype of cast");
  if (source.dtype === dtype && !(source instanceof Variable)) return source;
  return run("cast", [source], { dtype });
}

/** A tensor of one value. */
export function fill(shape: Shape, value: number, dtype: DType = "float32"): Tensor {
  checkShape(shape);
  return run("fill", [], { shape, value, dtype });
}

/** The axes in another order, by default reversed. */
export function transpose(x: TensorLike, perm?: readonly number[]): Tensor {
  const source = operand(x, "transpose", "x");
  if (perm !== undefined) checkArray(perm, "transpose", "perm");
  if (keepsOrder(perm, source.rank)) return reshape(source, source.shape);
  return run("transpose", [source], { perm: perm && [...perm] });
}

function keepsOrder(perm: readonly number[] | undefined, rank: number): boolean {
  if (perm === undefined) return rank < 2;
  return perm.length === rank && perm.every((from, axis) => from === axis || from + rank === axis);
}

function inversePermutation(perm: readonly number[]): number[] {
  const inverse = new Array<number>(perm.length);
  perm.forEach((axis, i) => (inverse[axis] = i));
  return inverse;
}

/** The block of `size` elements an axis from `begin` on; a size of -1 reaches to the end. */
export function slice(
  x: TensorLike,
  begin: number | readonly number[],
  size?: number | readonly number[],
): Tensor {
  const source = operand(x, "slice", "x");
  const starts = perAxis(begin, "begin");
  const sizes = perAxis(size ?? [], "size");
  if (isWhole(source, starts, sizes)) return source;
  return run("slice", [source], { begin: starts, size: sizes });
}

function perAxis(value: number | readonly number[], argument: string): readonly number[] {
  if (typeof value !== "number") checkArray(value, "slice", argument);
  const given = typeof value === "number" ? [value] : [...value];
  given.forEach((item, axis) => checkInteger(item, "slice", `${argument}[${axis}]`));
  return given;
}

/** True if a block is all of the tensor, which then serves itself. */
function isWhole(x: Tensor, begin: readonly number[], size: readonly number[]): boolean {
  if (x instanceof Variable || begin.length > x.rank || size.length > x.rank) return false;
  const isFull = (length: number, axis: number): boolean =>
    length === -1 || length === x.shape[axis];
  return begin.every((start) => start === 0) && size.every(isFull);
}

/** Zeros around `x`: `paddings[k]` is how many before and after on axis k. */
export function pad(x: TensorLike, paddings: readonly (readonly [number, number])[]): Tensor {
  const source = operand(x, "pad", "x");
  checkArray(paddings, "pad", "paddings");
  paddings.forEach(checkPadding);
  return run("pad", [source], {
    before: paddings.map(([before]) => before),
    after: paddings.map(([, after]) => after),
  });
}

function checkPadding(pair: unknown, axis: number): void {
  checkArray(pair, "pad", `paddings[${axis}]`);
  if (pair.length === 2 && pair.every((n) => Number.isInteger(n) && (n as number) >= 0)) return;
  throw new RangeError(
    `pad: expected two non-negative integers for paddings[${axis}] but received [${pair.join(", ")}]`,
  );
}

const MAX_JOINED = 1024;

/** The tensors one after the other along an axis; all other axes must agree. */
export function concat(tensors: readonly TensorLike[], axis = 0): Tensor {
  checkJoined(tensors, "concat");
  // Holes of a sparse array come as undefined.
  const inputs = Array.from(tensors, (t, i) => operand(t, "concat", `tensors[${i}]`));
  return run("concat", inputs, { axis });
}

function checkJoined(tensors: unknown, op: string): asserts tensors is readonly unknown[] {
  if (Array.isArray(tensors) && tensors.length > 0 && tensors.length <= MAX_JOINED) return;
  throw new RangeError(
    `${op}: expected 1 to ${MAX_JOINED} tensors but received ${Array.isArray(tensors) ? tensors.length : typeof tensors}`,
  );
}

/** Tensors of one shape joined along a new axis. */
export function stack(tensors: readonly TensorLike[], axis = 0): Tensor {
  checkArray(tensors, "stack", "tensors");
  checkJoined(tensors, "stack");
  return concat(
    Array.from(tensors, (t, i) => expandDims(operand(t, "stack", `tensors[${i}]`), axis)),
    axis,
  );
}

/** A new axis of size 1 at `axis`. */
export function expandDims(x: TensorLike, axis = 0): Tensor {
  const source = operand(x, "expandDims", "x");
  const at = resolveAxis(axis, source.rank + 1, "expandDims");
  return reshape(source, [...source.shape.slice(0, at), 1, ...source.shape.slice(at)]);
}

/** Without its axes of size 1, or without those given. */
export function squeeze(x: TensorLike, axis?: number | readonly number[]): Tensor {
  const source = operand(x, "squeeze", "x");
  const axes =
    axis === undefined
      ? source.shape.flatMap((dim, i) => (dim === 1 ? [i] : []))
      : resolveAxes(axis, source.rank, "squeeze");
  for (const at of axes) {
    if (source.shape[at] !== 1) {
      throw new RangeError(
        `squeeze: expected size 1 on axis ${at} but received ${source.describe()}`,
      );
    }
  }
  return reshape(
    source,
    source.shape.filter((_, i) => !axes.includes(i)),
  );
}

/** All elements in one axis. */
export function flatten(x: TensorLike): Tensor {
  return reshape(operand(x, "flatten", "x"), [-1]);
}

/** Ones of the shape and dtype of x. */
export function onesLike(x: Tensor): Tensor {
  checkTensor(x, "onesLike", "x");
  return fill(x.shape, 1, x.dtype);
}

/** Zeros of the shape and dtype of x. */
export function zerosLike(x: Tensor): Tensor {
  checkTensor(x, "zerosLike", "x");
  return fill(x.shape, 0, x.dtype);
}
