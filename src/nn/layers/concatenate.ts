import { resolveAxis } from "../../ops/arguments";
import { concat } from "../../ops/shape";
import { type ValuesOf, integer } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { register } from "../registry";
import type { KnownShape } from "../types-alone";

export interface ConcatenateOptions extends LayerOptions {
  /** Along which the inputs follow one another; -1, the last, by default. */
  axis?: number;
}

const OPTIONS = { axis: integer(-1) };

/** An array of tensors that are alike but for one axis, one after the other along it. */
export class Concatenate extends Layer<ValuesOf<typeof OPTIONS>> {
  constructor(options: ConcatenateOptions = {}) {
    super(options, OPTIONS);
  }

  protected override inputSpec(): InputSpec {
    return { shape: ["batch", "..."], several: true };
  }

  forward(xs: readonly Tensor[]): Tensor {
    const axis = resolveAxis(this.options.axis, xs[0].rank, "Concatenate");
    const others = (shape: KnownShape): KnownShape => shape.filter((_, i) => i !== axis);
    if (!xs.every((x) => agree(others(x.shape), others(xs[0].shape)))) {
      throw new RangeError(
        `Concatenate: expected tensors that agree but for axis ${axis} for x but received ` +
          xs.map((x) => x.describe()).join(", "),
      );
    }
    return concat(xs, axis);
  }
}

/** Whether two shapes are the same, as far as their sizes are known. */
function agree(a: KnownShape, b: KnownShape): boolean {
  const fits = (size: number | null, i: number): boolean =>
    size === null || b[i] === null || size === b[i];
  return a.length === b.length && a.every(fits);
}

register("Concatenate", Concatenate);
