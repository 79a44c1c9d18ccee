/** Dropout of whole channels. */

import { multiplyNoNan } from "../../ops/arithmetic";
import { type ValuesOf, number, seed } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { InputSpec } from "../input-spec";
import { type DataFormatOption, dataFormat } from "../layer-options";
import { register } from "../registry";
import { Noise, type NoiseOptions } from "./noise";
import { channelAxis, pictureSpec } from "./pictures";

/** Options of `SpatialDropout1D`. */
export type SpatialDropoutOptions = NoiseOptions;

/** Options of `SpatialDropout2D` and `SpatialDropout3D`. */
export interface SpatialDropout2DOptions extends SpatialDropoutOptions, DataFormatOption {}

const OPTIONS = {
  rate: number(undefined, { least: 0, below: 1 }),
  seed: seed(),
  dataFormat: dataFormat(),
};

/** Base: in training zeroes each channel of a sample with probability `rate`, and scales the others. */
abstract class SpatialDropout extends Noise<ValuesOf<typeof OPTIONS>> {
  static override readonly positional = ["rate"];
  /** So many axes has a picture. */
  protected abstract get axes(): number;

  constructor(rate: number, options: SpatialDropout2DOptions) {
    super(options, OPTIONS, { rate });
  }

  /** Pictures of floats. */
  protected override inputSpec(): InputSpec {
    return pictureSpec(this.axes, this.options.dataFormat, "float");
  }

  protected override get amount(): number {
    return this.options.rate;
  }

  protected override changed(x: Tensor): Tensor {
    const { rate, dataFormat } = this.options;
    const channels = channelAxis(x.rank, dataFormat);
    const shape = x.shape.map((size, axis) => (axis === 0 || axis === channels ? size : 1));
    return multiplyNoNan(x, this.generator.dropoutMask(shape, rate, x.dtype));
  }
}

/** Drops whole channels of x float [batch, steps, channels] in training (arXiv:1411.4280). */
export class SpatialDropout1D extends SpatialDropout {
  constructor(rate: number, options: SpatialDropoutOptions = {}) {
    super(rate, options);
  }

  protected override get axes(): number {
    return 1;
  }
}

/** Drops whole channels of x float [batch, height, width, channels] in training (arXiv:1411.4280). */
export class SpatialDropout2D extends SpatialDropout {
  constructor(rate: number, options: SpatialDropout2DOptions = {}) {
    super(rate, options);
  }

  protected override get axes(): number {
    return 2;
  }
}

/** Drops whole channels of x float [batch, depth, height, width, channels] in training. */
export class SpatialDropout3D extends SpatialDropout {
  constructor(rate: number, options: SpatialDropout2DOptions = {}) {
    super(rate, options);
  }

  protected override get axes(): number {
    return 3;
  }
}

register("SpatialDropout1D", SpatialDropout1D);
register("SpatialDropout2D", SpatialDropout2D);
register("SpatialDropout3D", SpatialDropout3D);
