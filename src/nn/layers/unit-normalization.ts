import { maximum, mul, rsqrt, square } from "../../ops/arithmetic";
import { sum } from "../../ops/shape";
import type { ValuesOf } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { axes } from "../layer-options";
import { register } from "../registry";
import { axesFromZero } from "./scale-and-shift";

export interface UnitNormalizationOptions extends LayerOptions {
  /** The axis, or the axes together, along which the norm becomes 1; -1 by default. */
  axis?: number | readonly number[];
}

const OPTIONS = { axis: axes(-1) };

/** x by its Euclidean norm along an axis; zeros stay zeros. */
export function unit(x: Tensor, axis: number | readonly number[]): Tensor {
  // 1e-12 squared, Keras' least norm
  return mul(x, rsqrt(maximum(sum(square(x), axis, true), 1e-24)));
}

/** Scales x to norm 1 along an axis, or along several together. x float [...] -> y [...] */
export class UnitNormalization extends Layer<ValuesOf<typeof OPTIONS>> {
  constructor(options: UnitNormalizationOptions = {}) {
    super(options, OPTIONS);
  }

  protected override inputSpec(): InputSpec {
    return { shape: ["batch", "..."], dtype: "float" };
  }

  forward(x: Tensor): Tensor {
    return unit(x, axesFromZero(x.rank, this.options.axis, "UnitNormalization"));
  }
}

register("UnitNormalization", UnitNormalization);
