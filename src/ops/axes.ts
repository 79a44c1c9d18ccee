/** Masks of axes, as reductions take them, and the shapes that they leave. */

import type { Shape } from "../tensor/tensor";

/** Bit k set: axis k. */
export function maskOf(axes: readonly number[]): number {
  let mask = 0;
  for (const axis of axes) mask |= 1 << axis;
  return mask;
}

/** Size 1 in place of the axes of the mask. */
export function keptShape(shape: Shape, mask: number): Shape {
  return shape.map((dim, axis) => (mask & (1 << axis) ? 1 : dim));
}

/** The shape after a reduction over the axes of the mask. */
export function reducedShape(shape: Shape, mask: number, keepDims: boolean): Shape {
  return keepDims ? keptShape(shape, mask) : shape.filter((_, axis) => !(mask & (1 << axis)));
}
