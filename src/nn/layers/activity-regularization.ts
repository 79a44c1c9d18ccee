import { type ValuesOf, number, valuesOf } from "../../tensor/option-kinds";
import { checkOptions } from "../../tensor/options";
import type { Tensor } from "../../tensor/tensor";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { type Config, register } from "../registry";
import { l1l2 } from "../regularizers/norms";

/** Options of `ActivityRegularization`. */
export interface ActivityRegularizationOptions extends Omit<LayerOptions, "activityRegularizer"> {
  /** Of the sum of absolute values; 0 by default. */
  l1?: number;
  /** Of the sum of squares; 0 by default. */
  l2?: number;
}

const OPTIONS = { l1: number(0, { least: 0 }), l2: number(0, { least: 0 }) };
const OWN = [...Object.keys(OPTIONS), "name", "dtype", "trainable"];

/** Passes x on; training adds l1 sum |x| + l2 sum x^2, by the number of samples, to the loss. */
export class ActivityRegularization extends Layer<ValuesOf<typeof OPTIONS>> {
  constructor(options: ActivityRegularizationOptions = {}) {
    checkOptions(options, OWN, "ActivityRegularization");
    const { l1, l2 } = valuesOf(OPTIONS, options, "ActivityRegularization");
    super({ ...options, activityRegularizer: l1l2({ l1, l2 }) }, OPTIONS);
  }

  override config(): Config {
    const { activityRegularizer: _fromOptions, ...config } = super.config();
    return config;
  }

  protected override inputSpec(): InputSpec {
    return { shape: ["batch", "..."], dtype: "float" };
  }

  forward(x: Tensor): Tensor {
    return x;
  }
}

register("ActivityRegularization", ActivityRegularization);
