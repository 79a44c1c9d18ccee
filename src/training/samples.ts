/** How x comes to a model. */

import type { Layer } from "../nn/layer";
import { expandDims } from "../ops";
import { isPlainObject, mapLeaves } from "../tensor/nest";
import { Tensor } from "../tensor/tensor";

/**
 * A tensor x [n] is n samples of one number, [n, 1], but for a model that was built for [n].
 * @throws RangeError if the model is known to take several numbers a sample
 */
export function asSamples(x: unknown, model: Layer<object>): unknown {
  return mapLeaves(x, (leaf) => {
    if (!(leaf instanceof Tensor) || leaf.rank !== 1) return leaf;
    const shape = shapeOf(model.inputType);
    if (shape?.length === 1) return leaf;
    checkSamples(leaf, shape);
    return expandDims(leaf, -1);
  });
}

function checkSamples(x: Tensor, shape: readonly (number | null)[] | null): void {
  const size = shape?.at(-1) ?? null;
  if (shape?.length !== 2 || size === null || size === 1) return;
  throw new RangeError(
    `expected samples [n, ${size}] for x but received ${x.describe()}, which is ${x.shape[0]} samples of one ` +
      "number; put a single sample into brackets, [x]",
  );
}

/** The shape of the input of a model that has one; null if it is not known. */
function shapeOf(inputType: unknown): readonly (number | null)[] | null {
  if (!isPlainObject(inputType) && typeof inputType !== "object") return null;
  const { shape } = Object(inputType) as { shape?: unknown };
  return Array.isArray(shape) ? (shape as (number | null)[]) : null;
}
