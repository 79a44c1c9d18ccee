/** Layout: reshape, broadcast, transpose, slice, pad, join, dtype; and `sum`, the gradient of broadcasting. */

import { type DType, checkDType, isFloat } from "../tensor/dtype";
import { defineOp } from "./op";
import { type Shape, Tensor, sameShape, sizeOf } from "../tensor/tensor";
import { checkShape } from "../tensor/values";
import { Variable } from "../tensor/variable";
import {
  type TensorLike,
  checkArray,
  checkInteger,
  checkTensor,
  operand,
  resolveAxes,
  resolveAxis,
} from "./arguments";
import { keptShape, maskOf, reducedShape } from "./axes";
import type { TensorType } from "./op-definition";

const asWanted = (
  _inputs: readonly Tensor[],
  _attrs: readonly number[],
  wanted?: TensorType,
): TensorType => wanted as TensorType;

const copyOp = defineOp("copy", { infer: ([x]) => x, vjp: (dy) => [dy] });

const reshapeOp = defineOp("reshape", {
  infer: asWanted,
  vjp: (dy, [x]) => [reshape(dy, x.shape)],
});

const broadcastToOp = defineOp("broadcastTo", {
  infer: asWanted,
  vjp: (dy, [x]) => [sumTo(dy, x.shape)],
});

const sumOp = defineOp("sum", {
  infer: asWanted,
  vjp: (dy, [x], _y, [mask]) => [broadcastTo(reshape(dy, keptShape(x.shape, mask)), x.shape)],
});

const castOp = defineOp("cast", {
  infer: asWanted,
  // Integers carry no gradient.
  vjp: (dy, [x]) => [isFloat(x.dtype) && isFloat(dy.dtype) ? cast(dy, x.dtype) : null],
});

const fillOp = defineOp("fill", { infer: asWanted, vjp: () => [] });

const transposeOp = defineOp("transpose", {
  infer: asWanted,
  vjp: (dy, _x, _y, perm) => [transpose(dy, inversePermutation(perm))],
});

const sliceOp = defineOp("slice", {
  infer: asWanted,
  vjp: (dy, [x], _y, begin) => [padOp([dy], begin, { shape: x.shape, dtype: x.dtype })],
});

const padOp = defineOp("pad", {
  infer: asWanted,
  vjp: (dy, [x], _y, before) => [slice(dy, before, x.shape)],
});

const concatOp = defineOp("concat", {
  infer: asWanted,
  vjp: (dy, inputs, _y, [axis]) => {
    const begin = dy.shape.map(() => 0);
    return inputs.map((x) => {
      const part = slice(dy, [...begin], x.shape);
      begin[axis] += x.shape[axis];
      return part;
    });
  },
});

/** A copy of the values in memory of its own. Of a Variable: its values of this moment. */
export function clone(x: TensorLike): Tensor {
  return copyOp([operand(x, "clone", "x")]);
}

/**
 * The same values under another shape; one size may be -1 and follows from the others. Shares the
 * memory of a tensor, copies that of a Variable.
 */
export function reshape(x: TensorLike, shape: Shape): Tensor {
  const source = operand(x, "reshape", "x");
  const wanted = completeShape(source, shape);
  if (sameShape(source.shape, wanted) && !(source instanceof Variable)) return source;
  return reshapeOp([source], undefined, { shape: wanted, dtype: source.dtype });
}

function completeShape(x: Tensor, shape: Shape): Shape {
  const open = Array.isArray(shape) ? shape.indexOf(-1) : -1;
  if (open >= 0 && shape.includes(-1, open + 1)) {
    throw new RangeError(`reshape: expected one -1 at most but received [${shape.join(", ")}]`);
  }
  const known = open < 0 ? shape : shape.map((dim, i) => (i === open ? 1 : dim));
  checkShape(known);
  const rest = sizeOf(known);
  // A copy: the caller's array may change.
  const wanted = known.map((dim, i) => (i === open ? x.size / rest : dim));
  if (sizeOf(wanted) !== x.size || !wanted.every(Number.isInteger)) {
    throw new RangeError(
      `reshape: expected a shape of ${x.size} elements for ${x.describe()} but received [${shape.join(", ")}]`,
    );
  }
  return wanted;
}

/** `x` stretched to `shape` by the rules of broadcasting. */
export function broadcastTo(x: TensorLike, shape: Shape): Tensor {
  const source = operand(x, "broadcastTo", "x");
  checkShape(shape);
  if (sameShape(source.shape, shape)) return source;
  const offset = shape.length - source.rank;
  const fits =
    offset >= 0 && source.shape.every((dim, i) => dim === 1 || dim === shape[offset + i]);
  if (!fits) {
    throw new RangeError(
      `broadcastTo: expected a shape that ${source.describe()} stretches to but received [${shape.join(", ")}]`,
    );
  }
  return broadcastToOp([source], undefined, { shape: [...shape], dtype: source.dtype });
}

/** The sum over one or more axes, by default all. Float or int32. */
export function sum(x: TensorLike, axis?: number | readonly number[], keepDims = false): Tensor {
  const source = operand(x, "sum", "x");
  checkSummable(source);
  const mask = maskOf(resolveAxes(axis, source.rank, "sum"));
  return sumOp([source], [mask], {
    shape: reducedShape(source.shape, mask, keepDims),
    dtype: source.dtype,
  });
}

function checkSummable(x: Tensor): void {
  if (x.dtype !== "uint8") return;
  throw new TypeError(
    `sum: expected a float or int32 tensor for x but received ${x.describe()}; use cast`,
  );
}

/** The sum of what broadcasting repeated: the gradient of stretching `shape` to `x.shape`. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const offset = x.rank - shape.length;
  let mask = 0;
  for (let axis = 0; axis < x.rank; axis++) {
    if (axis < offset || (shape[axis - offset] === 1 && x.shape[axis] !== 1)) mask |= 1 << axis;
  }
  if (mask === 0) return reshape(x, shape);
  return sumOp([x], [mask], { shape, dtype: x.dtype });
}

/** The values in another dtype. To integers it truncates towards 0 and saturates; NaN gives 0. */
export function cast(x: TensorLike, dtype: DType): Tensor {
  const source = operand(x, "cast", "x");
  checkDType(dtype, "dtype of cast");
  if (source.dtype === dtype && !(source instanceof Variable)) return source;
  return castOp([source], undefined, { shape: source.shape, dtype });
}

/** A tensor of one value. */
export function fill(shape: Shape, value: number, dtype: DType = "float32"): Tensor {
  checkShape(shape);
  checkDType(dtype);
  if (typeof value !== "number")
    throw new TypeError(`fill: expected a number for value but received ${typeof value}`);
  return fillOp([], [value], { shape: [...shape], dtype });
}

/** The axes in another order, by default reversed. */
export function transpose(x: TensorLike, perm?: readonly number[]): Tensor {
  const source = operand(x, "transpose", "x");
  const order = perm ?? source.shape.map((_, axis) => source.rank - 1 - axis);
  checkArray(order, "transpose", "perm");
  const axes = order.map((axis) => resolveAxis(axis, source.rank, "transpose"));
  if (new Set(axes).size !== source.rank || axes.length !== source.rank) {
    throw new RangeError(
      `transpose: expected a permutation of ${source.rank} axes but received [${order.join(", ")}]`,
    );
  }
  if (axes.every((axis, i) => axis === i)) return reshape(source, source.shape);
  const shape = axes.map((axis) => source.shape[axis]);
  return transposeOp([source], axes, { shape, dtype: source.dtype });
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
  const starts = perAxis(begin, source.rank, 0, "begin");
  const sizes = perAxis(size ?? [], source.rank, -1, "size");
  const shape = sizes.map((length, axis) => {
    checkInteger(starts[axis], "slice", `begin[${axis}]`);
    checkInteger(length, "slice", `size[${axis}]`);
    const available = source.shape[axis] - starts[axis];
    const wanted = length === -1 ? available : length;
    if (starts[axis] < 0 || wanted < 0 || wanted > available) {
      throw new RangeError(
        `slice: expected a block inside ${source.describe()} but received begin ${starts[axis]} and ` +
          `size ${length} on axis ${axis}`,
      );
    }
    return wanted;
  });
  if (sameShape(shape, source.shape) && !(source instanceof Variable)) return source;
  return sliceOp([source], starts, { shape, dtype: source.dtype });
}

function perAxis(
  value: number | readonly number[],
  rank: number,
  rest: number,
  argument: string,
): number[] {
  if (typeof value !== "number") checkArray(value, "slice", argument);
  const given = typeof value === "number" ? [value] : [...value];
  if (given.length > rank) {
    throw new RangeError(`slice: expected at most ${rank} axes but received [${given.join(", ")}]`);
  }
  while (given.length < rank) given.push(rest);
  return given;
}

function checkPadding(pair: unknown, axis: number): void {
  checkArray(pair, "pad", `paddings[${axis}]`);
  if (pair.length === 2 && pair.every((n) => Number.isInteger(n) && (n as number) >= 0)) return;
  throw new RangeError(
    `pad: expected two non-negative integers for paddings[${axis}] but received [${pair.join(", ")}]`,
  );
}

/** Zeros around `x`: `paddings[k]` is how many before and after on axis k. */
export function pad(x: TensorLike, paddings: readonly (readonly [number, number])[]): Tensor {
  const source = operand(x, "pad", "x");
  checkArray(paddings, "pad", "paddings");
  if (paddings.length !== source.rank) {
    throw new RangeError(
      `pad: expected ${source.rank} pairs for paddings but received ${paddings.length}`,
    );
  }
  paddings.forEach(checkPadding);
  const shape = source.shape.map((dim, axis) => dim + paddings[axis][0] + paddings[axis][1]);
  checkShape(shape);
  return padOp(
    [source],
    paddings.map(([before]) => before),
    { shape, dtype: source.dtype },
  );
}

const MAX_JOINED = 1024;

/** The tensors one after the other along an axis; all other axes must agree. */
export function concat(tensors: readonly TensorLike[], axis = 0): Tensor {
  checkJoined(tensors, "concat");
  // Holes of a sparse array come as undefined.
  const inputs = Array.from(tensors, (t, i) => operand(t, "concat", `tensors[${i}]`));
  const [first] = inputs;
  const along = resolveAxis(axis, first.rank, "concat");
  for (const input of inputs) {
    const fits =
      input.dtype === first.dtype &&
      input.rank === first.rank &&
      input.shape.every((dim, i) => i === along || dim === first.shape[i]);
    if (!fits) {
      throw new RangeError(
        `concat: expected tensors that agree but for axis ${along} but received ${first.describe()} and ${input.describe()}`,
      );
    }
  }
  const length = inputs.reduce((total, input) => total + input.shape[along], 0);
  const shape = first.shape.map((dim, i) => (i === along ? length : dim));
  return concatOp(inputs, [along], { shape, dtype: first.dtype });
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

export function onesLike(x: Tensor): Tensor {
  checkTensor(x, "onesLike", "x");
  return fill(x.shape, 1, x.dtype);
}

export function zerosLike(x: Tensor): Tensor {
  checkTensor(x, "zerosLike", "x");
  return fill(x.shape, 0, x.dtype);
}
