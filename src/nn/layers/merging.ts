/** Layers that merge a list of inputs element by element. */

import { add, div, maximum, minimum, mul, sub } from "../../ops/arithmetic";
import { expandDims } from "../../ops/shape";
import type { Tensor } from "../../tensor/tensor";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { register } from "../registry";
import type { KnownShape } from "../types-alone";

/**
 * Base: sizes of 1 are stretched, and inputs of fewer axes get axes of 1 behind that of the batch.
 * xs: an array of [batch, ...] -> y [batch, ...]
 */
abstract class Merging extends Layer {
  constructor(options: LayerOptions = {}) {
    super(options);
  }

  protected override inputSpec(): InputSpec {
    return { shape: ["batch", "..."], several: true };
  }

  /** What becomes of the inputs, which have one rank. */
  protected abstract merge(xs: readonly Tensor[]): Tensor;

  forward(xs: readonly Tensor[]): Tensor {
    const rank = Math.max(...xs.map((x) => x.rank));
    const wide = xs.map((x) => widened(x, rank));
    if (!doBroadcast(wide.map(({ shape }) => shape))) {
      throw new RangeError(
        `${this.constructor.name}: expected tensors whose shapes broadcast for x but received ` +
          xs.map((x) => x.describe()).join(", "),
      );
    }
    return this.merge(wide);
  }
}

/** Whether shapes of one rank have one size along each axis, but for sizes of 1 and unknown ones. */
function doBroadcast(shapes: readonly KnownShape[]): boolean {
  return shapes[0].every((_, axis) => {
    const sizes = shapes.map((shape) => shape[axis]).filter((size) => size !== 1 && size !== null);
    return new Set(sizes).size <= 1;
  });
}

function widened(x: Tensor, rank: number): Tensor {
  let wide = x;
  while (wide.rank < rank) wide = expandDims(wide, 1);
  return wide;
}

/** x[0] + x[1] + ..., of an array of tensors. */
export class Add extends Merging {
  protected merge(xs: readonly Tensor[]): Tensor {
    return xs.reduce((total, x) => add(total, x));
  }
}

/** x[0] - x[1], of an array of two tensors. */
export class Subtract extends Merging {
  protected merge(xs: readonly Tensor[]): Tensor {
    if (xs.length === 2) return sub(xs[0], xs[1]);
    throw new RangeError(`Subtract: expected two tensors for x but received ${xs.length}`);
  }
}

/** x[0] x[1] ..., of an array of tensors. */
export class Multiply extends Merging {
  protected merge(xs: readonly Tensor[]): Tensor {
    return xs.reduce((product, x) => mul(product, x));
  }
}

/** The mean of an array of float tensors, element by element. */
export class Average extends Merging {
  protected merge(xs: readonly Tensor[]): Tensor {
    return div(
      xs.reduce((total, x) => add(total, x)),
      xs.length,
    );
  }
}

/** The greatest of an array of tensors, element by element. */
export class Maximum extends Merging {
  protected merge(xs: readonly Tensor[]): Tensor {
    return xs.reduce((greatest, x) => maximum(greatest, x));
  }
}

/** The least of an array of tensors, element by element. */
export class Minimum extends Merging {
  protected merge(xs: readonly Tensor[]): Tensor {
    return xs.reduce((least, x) => minimum(least, x));
  }
}

register("Add", Add);
register("Subtract", Subtract);
register("Multiply", Multiply);
register("Average", Average);
register("Maximum", Maximum);
register("Minimum", Minimum);
