/** Larger sequences, pictures and volumes: each step repeated, or what lies between filled in. */

import { broadcastTo, reshape } from "../../ops/shape";
import { type ValuesOf, choice } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { type DataFormatOption, dataFormat, perAxis } from "../layer-options";
import { register } from "../registry";
import { INTERPOLATIONS, type Interpolation, resized } from "./interpolation";
import { pictureSpec, withChannelsLast } from "./pictures";
import { knownSize } from "../types-alone";

type Size = number | readonly number[];

export interface UpSamplingOptions extends LayerOptions, DataFormatOption {}

export interface UpSampling2DOptions extends UpSamplingOptions {
  /** "nearest", each pixel repeated, by default; or "bilinear", "bicubic", "lanczos3", "lanczos5". */
  interpolation?: Interpolation;
}

const optionsOf = (axes: number) => ({
  size: perAxis(axes, 2),
  dataFormat: dataFormat(),
  interpolation: choice<Interpolation>(axes === 2 ? INTERPOLATIONS : ["nearest"], "nearest"),
});

abstract class UpSampling extends Layer<ValuesOf<ReturnType<typeof optionsOf>>> {
  static override readonly positional = ["size"];

  constructor(axes: number, size: Size, options: UpSampling2DOptions) {
    super(options, optionsOf(axes), { size });
  }

  protected override inputSpec(): InputSpec {
    const { size, dataFormat, interpolation } = this.options;
    const dtype = interpolation === "nearest" ? undefined : "float";
    return pictureSpec(size.length, dataFormat, dtype);
  }

  forward(x: Tensor): Tensor {
    const { size, dataFormat, interpolation } = this.options;
    return withChannelsLast(x, dataFormat, (pictures) => {
      const sizes = size.map((_, axis) =>
        knownSize(pictures.shape, axis + 1, this.constructor.name),
      );
      if (interpolation === "nearest") return repeated(pictures, sizes, size);
      const larger = sizes.map((length, axis) => length * size[axis]);
      return resized(pictures, larger, this.constructor.name, interpolation);
    });
  }
}

/** Each element of pictures, channels last, so many times along each of their axes. */
function repeated(x: Tensor, sizes: readonly number[], times: readonly number[]): Tensor {
  const [batch, channels] = [x.shape[0], x.shape[x.rank - 1]];
  const single = sizes.flatMap((length) => [length, 1]);
  const several = sizes.flatMap((length, axis) => [length, times[axis]]);
  const joined = sizes.map((length, axis) => length * times[axis]);
  const apart = reshape(x, [batch, ...single, channels]);
  return reshape(broadcastTo(apart, [batch, ...several, channels]), [batch, ...joined, channels]);
}

/** Each step `size` times: x [batch, steps, channels] -> y [batch, steps * size, channels]. */
export class UpSampling1D extends UpSampling {
  /** @param size how many times; 2 by default */
  constructor(size: Size = 2, options: LayerOptions = {}) {
    super(1, size, options);
  }
}

/**
 * Pictures `size` times as high and wide: x [batch, height, width, channels] -> y [batch, ...,
 * channels]. Interpolation takes pixels for areas, whose centres carry their values.
 */
export class UpSampling2D extends UpSampling {
  /** @param size how many times, one number or height and width; 2 by default */
  constructor(size: Size = 2, options: UpSampling2DOptions = {}) {
    super(2, size, options);
  }
}

/** Volumes `size` times as large: x [batch, depth, height, width, channels] -> y [batch, ..., channels]. */
export class UpSampling3D extends UpSampling {
  /** @param size how many times, one number or one an axis; 2 by default */
  constructor(size: Size = 2, options: UpSamplingOptions = {}) {
    super(3, size, options);
  }
}

register("UpSampling1D", UpSampling1D);
register("UpSampling2D", UpSampling2D);
register("UpSampling3D", UpSampling3D);
