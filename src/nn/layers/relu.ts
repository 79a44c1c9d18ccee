import { type ValuesOf, number, optional } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { relu } from "../activations/rectifiers";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { register } from "../registry";

export interface ReLUOptions extends LayerOptions {
  /** What y is at most; without bound by default. */
  maxValue?: number | null;
  /** Slope below the threshold; 0 by default. */
  negativeSlope?: number;
  /** Where x begins to pass; 0 by default. */
  threshold?: number;
}

const OPTIONS = {
  maxValue: optional(number(undefined, { least: 0 })),
  negativeSlope: number(0, { least: 0 }),
  threshold: number(0, { least: 0 }),
};

/** max(x, 0), with options as in Keras. x float [...] -> y [...] */
export class ReLU extends Layer<ValuesOf<typeof OPTIONS>> {
  constructor(options: ReLUOptions = {}) {
    super(options, OPTIONS);
  }

  protected override inputSpec(): InputSpec {
    return { shape: ["..."], dtype: "float" };
  }

  forward(x: Tensor): Tensor {
    const { maxValue, negativeSlope, threshold } = this.options;
    if (maxValue === null && negativeSlope === 0 && threshold === 0) return relu(x);
    return relu(x, { maxValue, negativeSlope, threshold });
  }
}

register("ReLU", ReLU);
