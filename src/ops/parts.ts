/** Parts and repetitions of tensors, composed of other ops. */

import { type Shape, Tensor, sizeOf } from "../tensor/tensor";
import { type TensorLike, checkArray, checkInteger, operand, resolveAxis } from "./arguments";
import { broadcastTo, reshape, slice, squeeze } from "./shape";

/**
 * The parts of `x` along an axis, one after the other.
 * @param numOrSizes how many parts of equal size, or the size of each; the sizes add up to the axis
 */
export function split(x: TensorLike, numOrSizes: number | readonly number[], axis = 0): Tensor[] {
  const source = operand(x, "split", "x");
  const along = resolveAxis(axis, source.rank, "split");
  const sizes = partSizes(numOrSizes, source, along);
  const begin = source.shape.map(() => 0);
  return sizes.map((size) => {
    const part = slice(source, [...begin], withSize(source.shape, along, size));
    begin[along] += size;
    return part;
  });
}

/** Tensors that one call returns at most: 2^20 take some 300 MB beside their values. */
const MAX_PARTS = 2 ** 20;

function checkParts(parts: number, op: string, x: Tensor, axis: number): void {
  if (parts <= MAX_PARTS) return;
  throw new RangeError(
    `${op}: expected at most ${MAX_PARTS} parts but received ${parts} on axis ${axis} of ${x.describe()}`,
  );
}

function withSize(shape: Shape, axis: number, size: number): Shape {
  return shape.map((dim, i) => (i === axis ? size : dim));
}

function partSizes(numOrSizes: number | readonly number[], x: Tensor, axis: number): number[] {
  const length = x.shape[axis];
  if (typeof numOrSizes !== "number") {
    checkArray(numOrSizes, "split", "numOrSizes");
    checkParts(numOrSizes.length, "split", x, axis);
    const sizes = [...numOrSizes];
    const fits = sizes.every((size) => Number.isInteger(size) && size >= 0);
    if (fits && sizes.reduce((total, size) => total + size, 0) === length) return sizes;
    throw new RangeError(
      `split: expected sizes that add up to ${length} on axis ${axis} of ${x.describe()} but received [${sizes.map(String).join(", ")}]`,
    );
  }
  checkInteger(numOrSizes, "split", "numOrSizes");
  checkParts(numOrSizes, "split", x, axis);
  if (numOrSizes < 1 || numOrSizes > Math.max(length, 1) || length % numOrSizes !== 0) {
    throw new RangeError(
      `split: expected a number of parts that divides ${length} on axis ${axis} of ${x.describe()} but received ${numOrSizes}`,
    );
  }
  return new Array<number>(numOrSizes).fill(length / numOrSizes);
}

/** The slices of `x` at each index of an axis, without that axis. */
export function unstack(x: TensorLike, axis = 0): Tensor[] {
  const source = operand(x, "unstack", "x");
  const along = resolveAxis(axis, source.rank, "unstack");
  checkParts(source.shape[along], "unstack", source, along);
  const sizes = new Array<number>(source.shape[along]).fill(1);
  return split(source, sizes, along).map((part) => squeeze(part, along));
}

/** `x` repeated `reps[k]` times along each axis k. */
export function tile(x: TensorLike, reps: readonly number[]): Tensor {
  const source = operand(x, "tile", "x");
  checkArray(reps, "tile", "reps");
  if (reps.length !== source.rank) {
    throw new RangeError(
      `tile: expected ${source.rank} numbers for reps but received ${reps.length}`,
    );
  }
  for (const [axis, times] of reps.entries()) {
    checkInteger(times, "tile", `reps[${axis}]`);
    if (times < 0) {
      throw new RangeError(`tile: expected reps[${axis}] >= 0 but received ${times}`);
    }
  }
  return reps.reduce(repeatAxis, source);
}

function repeatAxis(x: Tensor, times: number, axis: number): Tensor {
  const before = sizeOf(x.shape.slice(0, axis));
  const after = sizeOf(x.shape.slice(axis));
  const repeated = broadcastTo(reshape(x, [before, 1, after]), [before, times, after]);
  return reshape(repeated, withSize(x.shape, axis, x.shape[axis] * times));
}
