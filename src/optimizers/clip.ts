/** Limits of gradients. */

import { add, clipByValue, div, maximum, mul, sqrt, square, sub } from "../ops/arithmetic";
import { cast, sum } from "../ops/shape";
import type { Tensor } from "../tensor/tensor";

export interface ClipLimits {
  readonly clipnorm: number | null;
  readonly clipvalue: number | null;
  readonly globalClipnorm: number | null;
}

/** Throws if there are several limits. */
export function checkLimits(limits: ClipLimits, where: string): void {
  const { clipnorm, clipvalue, globalClipnorm } = limits;
  if (clipnorm === null && clipvalue === null && globalClipnorm === null) return;
  const given = Object.entries(limits).filter(([, limit]) => limit !== null);
  if (given.length === 1) return;
  throw new Error(
    `${where}: expected one of clipnorm, clipvalue and globalClipnorm at most but received ` +
      given.map(([name]) => name).join(" and "),
  );
}

/** The gradients within the limit that is given; limits of 0 are none, as in Keras. */
export function clipped(gradients: readonly Tensor[], limits: ClipLimits): readonly Tensor[] {
  const { clipnorm, clipvalue, globalClipnorm } = limits;
  if (clipnorm) return gradients.map((gradient) => mul(gradient, factor(clipnorm, norm(gradient))));
  if (clipvalue) return gradients.map((gradient) => clipByValue(gradient, -clipvalue, clipvalue));
  return globalClipnorm ? clippedTogether(gradients, globalClipnorm) : gradients;
}

function clippedTogether(gradients: readonly Tensor[], limit: number): readonly Tensor[] {
  const squares = gradients.map((gradient) => cast(sum(square(gradient)), "float64"));
  if (squares.length === 0) return gradients;
  const length = sqrt(squares.reduce((total, next) => add(total, next)));
  // NaN if the norm is no finite number: then no gradient means anything.
  const scale = add(factor(limit, length), sub(length, length));
  return gradients.map((gradient) => mul(gradient, cast(scale, gradient.dtype)));
}

/** The Euclidean norm of all elements, as Keras computes it. */
export function norm(x: Tensor): Tensor {
  return sqrt(sum(square(x)));
}

/** What brings vectors of a length within the limit. */
function factor(limit: number, length: Tensor): Tensor {
  return div(limit, maximum(length, limit));
}
