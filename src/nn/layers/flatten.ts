import { reshape } from "../../ops/shape";
import type { Tensor } from "../../tensor/tensor";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { register } from "../registry";
import { knownSizeOf } from "../types-alone";

/** All axes but the first in one: x [batch, a, b, ...] -> y [batch, a * b * ...]. */
export class Flatten extends Layer {
  constructor(options: LayerOptions = {}) {
    super(options);
  }

  protected override inputSpec(): InputSpec {
    return { shape: ["batch", "..."] };
  }

  forward(x: Tensor): Tensor {
    return reshape(x, [x.shape[0], knownSizeOf(x.shape.slice(1)) as number]);
  }
}

register("Flatten", Flatten);
