import { add, sub } from "../../ops/arithmetic";
import { pad } from "../../ops/shape";
import { type ValuesOf, choice, flag, number, positiveInteger } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { type DataFormatOption, dataFormat } from "../layer-options";
import { register } from "../registry";
import { cut, partOf } from "./cropping-to-size";
import { INTERPOLATIONS, type Interpolation, resized } from "./interpolation";
import { pictureSpec, withChannelsLast } from "./pictures";
import { knownSize } from "../types-alone";

export interface ResizingOptions extends LayerOptions, DataFormatOption {
  /** "bilinear" by default, between the nearest pixels; "nearest", the pixel there; "bicubic", "lanczos3" or "lanczos5". */
  interpolation?: Interpolation;
  /** Whether only the middle of the new proportions is taken; false. */
  cropToAspectRatio?: boolean;
  /** Whether pictures first get borders that bring them to the new proportions; false. */
  padToAspectRatio?: boolean;
  /** What borders hold: "constant", `fillValue`. */
  fillMode?: "constant";
  /** 0 by default. */
  fillValue?: number;
  /** Whether smaller pictures average over as much as a pixel of theirs covers; false. "nearest" takes no notice. */
  antialias?: boolean;
}

const OPTIONS = {
  height: positiveInteger(),
  width: positiveInteger(),
  interpolation: choice<Interpolation>(INTERPOLATIONS, "bilinear"),
  cropToAspectRatio: flag(false),
  padToAspectRatio: flag(false),
  fillMode: choice(["constant"], "constant"),
  fillValue: number(0),
  antialias: flag(false),
  dataFormat: dataFormat(),
};

/**
 * Pictures of another size. Pixels are areas whose centres carry their values; smaller pictures take
 * those that lie nearest, and average the others with `antialias` alone.
 * x float [batch, height, width, channels] -> y [batch, new height, new width, channels]
 */
export class Resizing extends Layer<ValuesOf<typeof OPTIONS>> {
  static override readonly positional = ["height", "width"];

  /**
   * @param height of the results, in pixels
   * @param width of the results, in pixels
   */
  constructor(height: number, width: number, options: ResizingOptions = {}) {
    super(options, OPTIONS, { height, width });
    if (!this.options.cropToAspectRatio || !this.options.padToAspectRatio) return;
    throw new RangeError(
      "Resizing: expected one of cropToAspectRatio and padToAspectRatio but received both",
    );
  }

  protected override inputSpec(): InputSpec {
    return pictureSpec(2, this.options.dataFormat, "float");
  }

  forward(x: Tensor): Tensor {
    const { height, width, interpolation, antialias, dataFormat } = this.options;
    return withChannelsLast(x, dataFormat, (pictures) => {
      const given = this.inProportion(pictures);
      return resized(given, [height, width], "Resizing", interpolation, antialias);
    });
  }

  /** Cut or padded to the new proportions, where that is asked for. */
  private inProportion(pictures: Tensor): Tensor {
    const { cropToAspectRatio, padToAspectRatio, fillValue } = this.options;
    const [height, width] = [1, 2].map((axis) => knownSize(pictures.shape, axis, "Resizing"));
    if (cropToAspectRatio) {
      const part = partOf({ height, width }, this.options);
      const [top, left] = [height - part.height, width - part.width];
      return cut(pictures, Math.floor(top / 2), Math.floor(left / 2), part);
    }
    if (!padToAspectRatio) return pictures;
    // Keras puts as much before as behind, and leaves out the odd pixel.
    const border = (size: number, wanted: number): [number, number] => {
      const one = Math.max(0, Math.floor((Math.floor(wanted) - size) / 2));
      return [one, one];
    };
    const rows = border(height, (width * this.options.height) / this.options.width);
    const columns = border(width, (height * this.options.width) / this.options.height);
    const borders = [[0, 0], rows, columns, [0, 0]] as const;
    return add(pad(sub(pictures, fillValue), borders), fillValue);
  }
}

register("Resizing", Resizing);
