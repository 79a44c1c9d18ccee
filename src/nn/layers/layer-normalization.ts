import { add, mul, rsqrt, sub } from "../../ops/arithmetic";
import { moments } from "../../ops/reduce";
import type { Tensor } from "../../tensor/tensor";
import { axes } from "../layer-options";
import { register } from "../registry";
import type { KnownShape } from "../types-alone";
import {
  SCALE_AND_SHIFT,
  ScaleAndShift,
  type ScaleAndShiftOptions,
  axesFromZero,
  shapeAlong,
  sizesAlong,
} from "./scale-and-shift";

export interface LayerNormalizationOptions extends ScaleAndShiftOptions {
  /** The axis, or the axes together, that is normalised; -1 by default. */
  axis?: number | readonly number[];
}

const OWN = { axis: axes(-1) };

/**
 * gamma (x - mean) / sqrt(variance + epsilon) + beta, with the statistics of each sample along an axis
 * (Ba et al. 2016, arXiv:1607.06450). x float [batch, ...] -> y [batch, ...]; gamma and beta have the
 * sizes of the axes.
 */
export class LayerNormalization extends ScaleAndShift<typeof OWN> {
  constructor(options: LayerNormalizationOptions = {}) {
    super(options, { ...SCALE_AND_SHIFT, ...OWN });
  }

  override build(inputShape: KnownShape): void {
    this.addScaleAndShift(sizesAlong(inputShape, this.options.axis, "LayerNormalization"));
  }

  forward(x: Tensor): Tensor {
    const { axis, epsilon } = this.options;
    const along = axesFromZero(x.rank, axis, "LayerNormalization");
    const { mean, variance } = moments(x, along, true);
    const y = mul(sub(x, mean), rsqrt(add(variance, epsilon)));
    return this.scaledAndShifted(y, shapeAlong(x, along));
  }
}

register("LayerNormalization", LayerNormalization);
