import { broadcastTo, expandDims } from "../../ops/shape";
import { type ValuesOf, positiveInteger } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { register } from "../registry";

const OPTIONS = { n: positiveInteger() };

/** Each sample n times, one below the other: x [batch, features] -> y [batch, n, features]. */
export class RepeatVector extends Layer<ValuesOf<typeof OPTIONS>> {
  static override readonly positional = ["n"];

  constructor(n: number, options: LayerOptions = {}) {
    super(options, OPTIONS, { n });
  }

  protected override inputSpec(): InputSpec {
    return { shape: ["batch", "features"] };
  }

  forward(x: Tensor): Tensor {
    return broadcastTo(expandDims(x, 1), [x.shape[0], this.options.n, x.shape[1]]);
  }
}

register("RepeatVector", RepeatVector);
