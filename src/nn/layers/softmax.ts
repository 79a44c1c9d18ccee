import { exp, sub } from "../../ops/arithmetic";
import { logSumExp } from "../../ops/reduce";
import type { ValuesOf } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { softmax } from "../activations/distributions";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { axes } from "../layer-options";
import { register } from "../registry";
import { axesFromZero } from "./scale-and-shift";

export interface SoftmaxOptions extends LayerOptions {
  /** The axis of the classes, or the axes together; -1 by default. */
  axis?: number | readonly number[];
}

const OPTIONS = { axis: axes(-1) };

/** e^x / sum(e^x) over an axis, or over several together. x float [...] -> y [...] */
export class Softmax extends Layer<ValuesOf<typeof OPTIONS>> {
  constructor(options: SoftmaxOptions = {}) {
    super(options, OPTIONS);
  }

  protected override inputSpec(): InputSpec {
    return { shape: ["batch", "..."], dtype: "float" };
  }

  forward(x: Tensor): Tensor {
    const { axis } = this.options;
    const along = axesFromZero(x.rank, axis, "Softmax");
    if (typeof axis === "number") return softmax(x, axis === -1 ? undefined : { axis: along[0] });
    return exp(sub(x, logSumExp(x, along, true)));
  }
}

register("Softmax", Softmax);
