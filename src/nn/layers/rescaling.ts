import { rescale } from "../../ops/rescale";
import { type ValuesOf, number } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { register } from "../registry";

export type RescalingOptions = LayerOptions;

const OPTIONS = { scale: number(), offset: number(0) };

/**
 * y = x * scale + offset, as floats of the layer's dtype; x of any dtype, so that images can stay
 * uint8 in memory.
 */
export class Rescaling extends Layer<ValuesOf<typeof OPTIONS>> {
  static override readonly positional = ["scale", "offset"];

  constructor(scale: number, offset = 0, options: RescalingOptions = {}) {
    super(options, OPTIONS, { scale, offset });
  }

  protected override inputSpec(): InputSpec {
    return { shape: ["..."] };
  }

  forward(x: Tensor): Tensor {
    const { scale, offset } = this.options;
    return rescale(x, scale, offset, this.dtype);
  }
}

register("Rescaling", Rescaling);
