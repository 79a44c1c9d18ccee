import { transpose } from "../../ops/shape";
import { type ValuesOf, integers } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { register } from "../registry";

const OPTIONS = { dims: integers(undefined, { least: 1 }) };

/**
 * The axes of each sample in another order. `dims` numbers them from 1: [2, 1] swaps two.
 * x [batch, ...] -> y [batch, ...]
 */
export class Permute extends Layer<ValuesOf<typeof OPTIONS>> {
  static override readonly positional = ["dims"];

  constructor(dims: readonly number[], options: LayerOptions = {}) {
    super(options, OPTIONS, { dims });
    const sorted = [...this.options.dims].sort((a, b) => a - b);
    if (sorted.length > 0 && sorted.every((dim, i) => dim === i + 1)) return;
    throw new RangeError(
      `Permute: expected each of 1, 2, ... once for dims but received [${dims.join(", ")}]`,
    );
  }

  protected override inputSpec(): InputSpec {
    return { shape: ["batch", ...this.options.dims.map((_, i) => `axis ${i + 1}`)] };
  }

  forward(x: Tensor): Tensor {
    return transpose(x, [0, ...this.options.dims]);
  }
}

register("Permute", Permute);
