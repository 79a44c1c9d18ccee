/** Weights of a model that is being made of a file: they are what the file holds. */

import { fill } from "../ops/shape";
import { type DType, bytesOf } from "../tensor/dtype";
import { type Shape, type Tensor, describeType, sizeOf } from "../tensor/tensor";

/** Bytes that weights may still take; null while no model is being loaded. */
let room: number | null = null;

/**
 * Runs `fn`, which makes a model. Its weights are zeros, not what initializers draw, and together take
 * at most so many bytes: those for which there are values.
 */
export function whileLoading<T>(bytes: number, fn: () => T): T {
  const before = room;
  room = bytes;
  try {
    return fn();
  } finally {
    room = before;
  }
}

/** What a weight starts with while a model is being loaded; null at other times. */
export function loadedWeight(name: string, shape: Shape, dtype: DType): Tensor | null {
  if (room === null) return null;
  room -= sizeOf(shape) * bytesOf(dtype);
  if (room >= 0) return fill(shape, 0, dtype);
  throw new RangeError(
    `expected weights that take no more than the values of the file but ${name} is ` +
      describeType(dtype, shape),
  );
}
