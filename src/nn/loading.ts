/** Weights of a model that is being made of a file: they are what the file holds. */

import { zeros } from "../ops/creation";
import { type DType, bytesOf } from "../tensor/dtype";
import { type Shape, type Tensor, describeType, sizeOf } from "../tensor/tensor";
import { OwnMemory } from "../tensor/variable";

interface Loading {
  /** Bytes that weights may still take. */
  room: number;
  readonly isFilled: boolean;
}

/** Null while no model is being loaded. */
let loading: Loading | null = null;

/**
 * Runs `fn`, which makes a model. Its weights are not what initializers draw, and together take at most
 * so many bytes: those for which there are values.
 * @param isFilled whether they are zeros; if not, nobody may see them before the file's values are
 *   in them
 */
export function whileLoading<T>(bytes: number, isFilled: boolean, fn: () => T): T {
  const before = loading;
  loading = { room: bytes, isFilled };
  try {
    return fn();
  } finally {
    loading = before;
  }
}

/** What a weight or slot starts with while a model is being loaded; null at other times. */
export function loadedWeight(name: string, shape: Shape, dtype: DType): Tensor | OwnMemory | null {
  if (loading === null) return null;
  loading.room -= sizeOf(shape) * bytesOf(dtype);
  if (loading.room >= 0) {
    return loading.isFilled ? zeros(shape, dtype) : OwnMemory.unfilled(shape, dtype);
  }
  throw new RangeError(
    `expected weights that take no more than the values of the file but ${name} is ` +
      describeType(dtype, shape),
  );
}
