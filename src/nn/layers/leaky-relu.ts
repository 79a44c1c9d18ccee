import { type ValuesOf, number } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { leakyRelu } from "../activations/rectifiers";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { register } from "../registry";

export interface LeakyReLUOptions extends LayerOptions {
  /** Slope for x < 0; 0.3 by default. */
  negativeSlope?: number;
}

const OPTIONS = { negativeSlope: number(0.3, { least: 0 }) };

/** x for x > 0, else negativeSlope x. x float [...] -> y [...] */
export class LeakyReLU extends Layer<ValuesOf<typeof OPTIONS>> {
  constructor(options: LeakyReLUOptions = {}) {
    super(options, OPTIONS);
  }

  protected override inputSpec(): InputSpec {
    return { shape: ["..."], dtype: "float" };
  }

  forward(x: Tensor): Tensor {
    return leakyRelu(x, { negativeSlope: this.options.negativeSlope });
  }
}

register("LeakyReLU", LeakyReLU);
