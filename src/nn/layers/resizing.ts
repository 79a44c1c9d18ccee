import { type ValuesOf, choice, positiveInteger } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions, knownSize } from "../layer";
import { type DataFormatOption, dataFormat } from "../layer-options";
import { register } from "../registry";
import { interpolated, nearest } from "./interpolation";
import { pictureSpec, withChannelsLast } from "./pictures";

export interface ResizingOptions extends LayerOptions, DataFormatOption {
  /** "bilinear" by default, between the nearest pixels; or "nearest", the pixel there. */
  interpolation?: "bilinear" | "nearest";
}

const OPTIONS = {
  height: positiveInteger(),
  width: positiveInteger(),
  interpolation: choice(["bilinear", "nearest"], "bilinear"),
  dataFormat: dataFormat(),
};

/**
 * Pictures of another size. Pixels are areas whose centres carry their values; smaller pictures take
 * those that lie nearest, and do not average the others.
 * x float [batch, height, width, channels] -> y [batch, new height, new width, channels]
 */
export class Resizing extends Layer<ValuesOf<typeof OPTIONS>> {
  static override readonly positional = ["height", "width"];

  constructor(height: number, width: number, options: ResizingOptions = {}) {
    super(options, OPTIONS, { height, width });
  }

  protected override inputSpec(): InputSpec {
    return pictureSpec(2, this.options.dataFormat, "float");
  }

  forward(x: Tensor): Tensor {
    const { height, width, interpolation, dataFormat } = this.options;
    return withChannelsLast(x, dataFormat, (pictures) => {
      for (const axis of [1, 2]) knownSize(pictures.shape, axis, "Resizing");
      const resize = interpolation === "nearest" ? nearest : interpolated;
      return resize(pictures, [height, width]);
    });
  }
}

register("Resizing", Resizing);
