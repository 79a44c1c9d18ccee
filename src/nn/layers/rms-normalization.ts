import { add, mul, rsqrt, square } from "../../ops/arithmetic";
import { mean } from "../../ops/reduce";
import { reshape } from "../../ops/shape";
import { type ValuesOf, number } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { Variable } from "../../tensor/variable";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { axes } from "../layer-options";
import { register } from "../registry";
import type { KnownShape } from "../types-alone";
import { axesFromZero, shapeAlong, sizesAlong } from "./scale-and-shift";

export interface RMSNormalizationOptions extends LayerOptions {
  /** The axis, or the axes together, that is normalised; -1 by default. */
  axis?: number | readonly number[];
  /** Added to the mean square; 1e-6 by default. */
  epsilon?: number;
}

const OPTIONS = { axis: axes(-1), epsilon: number(1e-6, { above: 0 }) };

/**
 * scale x / sqrt(mean(x^2) + epsilon), with the mean of each sample along an axis (Zhang and Sennrich
 * 2019, arXiv:1910.07467). x float [batch, ...] -> y [batch, ...]; scale has the sizes of the axes.
 */
export class RMSNormalization extends Layer<ValuesOf<typeof OPTIONS>> {
  /** Of the axes that are normalised, null before the layer is built. */
  scale: Variable | null = null;

  constructor(options: RMSNormalizationOptions = {}) {
    super(options, OPTIONS);
  }

  protected override inputSpec(): InputSpec {
    return { shape: ["batch", "axis 1", "..."], dtype: this.dtype };
  }

  override build(inputShape: KnownShape): void {
    const sizes = sizesAlong(inputShape, this.options.axis, "RMSNormalization");
    this.scale = this.addWeight("scale", sizes, { initializer: "ones" });
  }

  forward(x: Tensor): Tensor {
    const { axis, epsilon } = this.options;
    const along = axesFromZero(x.rank, axis, "RMSNormalization");
    const factor = rsqrt(add(mean(square(x), along, true), epsilon));
    return mul(mul(x, factor), reshape(this.scale as Variable, shapeAlong(x, along)));
  }
}

register("RMSNormalization", RMSNormalization);
