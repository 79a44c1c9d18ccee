/** Pictures of another size. */

import { add, mul } from "../../ops/arithmetic";
import { gather } from "../../ops/indexing";
import { type Tensor, tensor } from "../../tensor/tensor";

/**
 * Pictures, channels last, of so many places along each of their axes, interpolated linearly. Places are areas whose values
 * stand at their centres; beyond the outermost centres the outermost value goes on.
 */
export function interpolated(x: Tensor, sizes: readonly number[]): Tensor {
  return sizes.reduce((y, size, i) => alongAxis(y, i + 1, size), x);
}

/** Likewise, but each place has the value of the one that its centre lies in. */
export function nearest(x: Tensor, sizes: readonly number[]): Tensor {
  return sizes.reduce((y, size, i) => {
    const length = y.shape[i + 1];
    const places = Array.from({ length: size }, (_, at) =>
      Math.floor(((at + 0.5) * length) / size),
    );
    return length === size ? y : gather(y, places, i + 1);
  }, x);
}

function alongAxis(x: Tensor, axis: number, size: number): Tensor {
  const length = x.shape[axis];
  if (length === size) return x;
  const places = Array.from({ length: size }, (_, i) => {
    const center = ((i + 0.5) * length) / size - 0.5;
    return Math.min(Math.max(center, 0), length - 1);
  });
  const before = places.map(Math.floor);
  const after = before.map((place) => Math.min(place + 1, length - 1));
  const fractions = places.map((place, i) => place - before[i]);
  const shape = x.shape.map((_, i) => (i === axis ? size : 1));
  const weights = (values: number[]): Tensor => tensor(values, shape, x.dtype);
  return add(
    mul(gather(x, before, axis), weights(fractions.map((fraction) => 1 - fraction))),
    mul(gather(x, after, axis), weights(fractions)),
  );
}
