import { mul, neg, relu, sub } from "../../ops/arithmetic";
import { type ValuesOf, integers, optional } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { Variable } from "../../tensor/variable";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { register } from "../registry";
import { type WeightChoices, chosenFor, weightKinds } from "../weight-choices";
import { knownSize } from "../types-alone";

export interface PReLUOptions extends LayerOptions, WeightChoices<"alpha"> {
  /** Axes along which the slope is the same, counted from 1 after the batch: [1, 2] for pictures. */
  sharedAxes?: readonly number[] | null;
}

const OPTIONS = {
  ...weightKinds("alpha", "zeros"),
  sharedAxes: optional(integers(undefined, { least: 1 })),
};

/**
 * x for x > 0, else alpha x, whose slopes alpha are learnt (He et al. 2015, arXiv:1502.01852).
 * x float [batch, ...] -> y [batch, ...]; alpha has the shape of a sample, 1 along shared axes.
 */
export class PReLU extends Layer<ValuesOf<typeof OPTIONS>> {
  /** The slopes: the shape of a sample, with 1 for `sharedAxes`; null before the layer is built. */
  alpha: Variable | null = null;

  constructor(options: PReLUOptions = {}) {
    super(options, OPTIONS);
  }

  protected override inputSpec(): InputSpec {
    if (this.alpha === null) return { shape: ["batch", "..."], dtype: this.dtype };
    const sizes = this.alpha.shape.map((size, i) =>
      this.isShared(i + 1) ? `axis ${i + 1}` : size,
    );
    return { shape: ["batch", ...sizes], dtype: this.dtype };
  }

  private isShared(axis: number): boolean {
    return this.options.sharedAxes?.includes(axis) === true;
  }

  override build(inputShape: readonly (number | null)[]): void {
    const strange = this.options.sharedAxes?.find((axis) => axis >= inputShape.length);
    if (strange !== undefined) {
      throw new RangeError(
        `PReLU: expected axes in [1, ${inputShape.length}) for sharedAxes but received ${strange}`,
      );
    }
    const shape = inputShape.map((_, axis) =>
      axis === 0 || this.isShared(axis) ? 1 : knownSize(inputShape, axis, "PReLU"),
    );
    this.alpha = this.addWeight("alpha", shape.slice(1), chosenFor("alpha", this.options));
  }

  forward(x: Tensor): Tensor {
    return sub(relu(x), mul(this.alpha as Variable, relu(neg(x))));
  }
}

register("PReLU", PReLU);
