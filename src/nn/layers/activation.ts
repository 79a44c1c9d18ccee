import type { ValuesOf } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { ActivationLike } from "../activations/by-name";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { activation } from "../layer-options";
import { register } from "../registry";

const OPTIONS = { activation: activation() };

/** Applies an activation function. x [...] -> y [...] */
export class Activation extends Layer<ValuesOf<typeof OPTIONS>> {
  static override readonly positional = ["activation"];

  constructor(activation: ActivationLike, options: LayerOptions = {}) {
    super(options, OPTIONS, { activation });
  }

  protected override inputSpec(): InputSpec {
    return { shape: ["..."] };
  }

  forward(x: Tensor): Tensor {
    return this.options.activation(x);
  }
}

register("Activation", Activation);
