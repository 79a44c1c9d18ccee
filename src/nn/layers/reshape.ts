import { reshape } from "../../ops/shape";
import { type ValuesOf, integers } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { register } from "../registry";
import { knownSizeOf } from "../types-alone";

const OPTIONS = { targetShape: integers(undefined, { least: -1 }) };

/**
 * Each sample under another shape of as many elements; one size may be -1, which follows from the
 * others. x [batch, ...] -> y [batch, ...targetShape]
 */
export class Reshape extends Layer<ValuesOf<typeof OPTIONS>> {
  static override readonly positional = ["targetShape"];

  constructor(targetShape: readonly number[], options: LayerOptions = {}) {
    super(options, OPTIONS, { targetShape });
    if (this.options.targetShape.filter((size) => size === -1).length > 1) {
      throw new RangeError(
        `Reshape: expected one -1 at most for targetShape but received [${targetShape.join(", ")}]`,
      );
    }
  }

  protected override inputSpec(): InputSpec {
    return { shape: ["batch", "..."] };
  }

  forward(x: Tensor): Tensor {
    const { targetShape } = this.options;
    const size = knownSizeOf(x.shape.slice(1));
    const known = targetShape.reduce((product, dim) => (dim === -1 ? product : product * dim), 1);
    const isOpen = targetShape.includes(-1);
    if (size !== null && (isOpen ? size % known !== 0 : size !== known)) {
      throw new RangeError(
        `Reshape: expected ${size} elements, those of a sample of ${x.describe()}, for targetShape but ` +
          `received [${targetShape.join(", ")}]`,
      );
    }
    const open = size === null ? -1 : size / known;
    return reshape(x, [x.shape[0], ...targetShape.map((dim) => (dim === -1 ? open : dim))]);
  }
}

register("Reshape", Reshape);
