import { rescale } from "../../ops/arithmetic";
import { isPlainObject } from "../../tensor/nest";
import { type ValuesOf, number } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { register } from "../registry";

export interface RescalingOptions extends LayerOptions {
  /** 0 by default. */
  offset?: number;
}

const OPTIONS = { scale: number(), offset: number(0) };

/**
 * y = x * scale + offset, as floats of the layer's dtype; x of any dtype, so that images can stay
 * uint8 in memory.
 */
export class Rescaling extends Layer<ValuesOf<typeof OPTIONS>> {
  static override readonly positional = ["scale"];

  constructor(scale: number, options?: RescalingOptions);
  /** The offset may also stand before the other options. */
  constructor(scale: number, offset: number, options?: RescalingOptions);
  constructor(scale: number, offset: number | RescalingOptions = {}, options?: RescalingOptions) {
    super(typeof offset === "number" ? joined(offset, options) : offset, OPTIONS, { scale });
  }

  protected override inputSpec(): InputSpec {
    return { shape: ["..."] };
  }

  forward(x: Tensor): Tensor {
    const { scale, offset } = this.options;
    return rescale(x, scale, offset, this.dtype);
  }
}

/** Options with an offset that stood before them; what are no options stays for the base to refuse. */
function joined(offset: number, options: RescalingOptions = {}): RescalingOptions {
  return isPlainObject(options) ? { ...options, offset } : options;
}

register("Rescaling", Rescaling);
