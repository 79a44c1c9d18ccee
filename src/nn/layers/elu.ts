import { type ValuesOf, number } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { elu } from "../activations/rectifiers";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { register } from "../registry";

export interface ELUOptions extends LayerOptions {
  /** What y tends to, negated, for small x; 1 by default. */
  alpha?: number;
}

const OPTIONS = { alpha: number(1) };

/** x for x > 0, else alpha (e^x - 1) (Clevert et al. 2016, arXiv:1511.07289). x float [...] -> y [...] */
export class ELU extends Layer<ValuesOf<typeof OPTIONS>> {
  constructor(options: ELUOptions = {}) {
    super(options, OPTIONS);
  }

  protected override inputSpec(): InputSpec {
    return { shape: ["..."], dtype: "float" };
  }

  forward(x: Tensor): Tensor {
    return elu(x, { alpha: this.options.alpha });
  }
}

register("ELU", ELU);
