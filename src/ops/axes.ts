/** Shapes that reductions leave. */

import type { Shape } from "../tensor/tensor";

/** Size 1 in place of the axes that go. */
export function keptShape(shape: Shape, axes: readonly number[]): Shape {
  return shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
}
