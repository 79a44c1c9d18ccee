import { concat } from "../../ops/shape";
import { type ValuesOf, integer } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { register } from "../registry";

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
    return concat(xs, this.options.axis);
  }
}

register("Concatenate", Concatenate);
