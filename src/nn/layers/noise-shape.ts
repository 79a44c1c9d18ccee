/** The option `noiseShape` of dropout layers. */

import type { Shape, Tensor } from "../../tensor/tensor";
import { describeValue } from "../../tensor/values";
import { describeShape } from "../types-alone";

/** The kind of the option: sizes, null for those of x. */
export function noiseSizes(
  given: unknown,
  where: string,
  name: string,
): readonly (number | null)[] {
  const isSize = (size: unknown): boolean =>
    size === null || (Number.isSafeInteger(size) && (size as number) > 0);
  if (Array.isArray(given) && given.every(isSize)) return [...(given as (number | null)[])];
  throw new TypeError(
    `${where}: expected an array of positive integers or null for ${name} but received ${describeValue(given)}`,
  );
}

/** The shape of a mask for x. */
export function noiseShapeFor(
  { shape }: Tensor,
  noiseShape: readonly (number | null)[] | null,
  layer: string,
): Shape {
  if (noiseShape === null) return shape;
  const fits =
    noiseShape.length === shape.length &&
    noiseShape.every((size, axis) => size === null || size === 1 || size === shape[axis]);
  if (fits) return noiseShape.map((size, axis) => size ?? shape[axis]);
  throw new RangeError(
    `${layer}: expected a noiseShape that broadcasts to ${describeShape(shape)} but received ` +
      describeShape(noiseShape),
  );
}
