/** Zeros around sequences, pictures and volumes. */

import { pad } from "../../ops/shape";
import type { ValuesOf } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { type DataFormatOption, dataFormat } from "../layer-options";
import { register } from "../registry";
import { pictureSpec } from "./pictures";
import { type SidesLike, sides, sidesOfInput } from "./sides";

export interface ZeroPaddingOptions extends LayerOptions, DataFormatOption {}

const optionsOf = (rank: number) => ({ padding: sides(rank, 1), dataFormat: dataFormat() });

abstract class ZeroPadding extends Layer<ValuesOf<ReturnType<typeof optionsOf>>> {
  static override readonly positional = ["padding"];

  constructor(axes: number, padding: SidesLike, options: ZeroPaddingOptions) {
    super(options, optionsOf(axes), { padding });
  }

  protected override inputSpec(): InputSpec {
    return pictureSpec(this.options.padding.length, this.options.dataFormat);
  }

  forward(x: Tensor): Tensor {
    return pad(x, sidesOfInput(this.options.padding, this.options.dataFormat));
  }
}

/**
 * Zeros before and behind each sequence: a number, or [before, behind]; 1 by default.
 * x [batch, steps, channels] -> y [batch, before + steps + behind, channels]
 */
export class ZeroPadding1D extends ZeroPadding {
  constructor(padding: SidesLike = 1, options: ZeroPaddingOptions = {}) {
    super(1, padding, options);
  }
}

/**
 * Zeros around each picture: a number, [height, width], or [[top, bottom], [left, right]]; 1 by default.
 * x [batch, height, width, channels] -> y [batch, ...]
 */
export class ZeroPadding2D extends ZeroPadding {
  constructor(padding: SidesLike = 1, options: ZeroPaddingOptions = {}) {
    super(2, padding, options);
  }
}

/**
 * Zeros around each volume: a number, one an axis, or a pair an axis; 1 by default.
 * x [batch, depth, height, width, channels] -> y [batch, ...]
 */
export class ZeroPadding3D extends ZeroPadding {
  constructor(padding: SidesLike = 1, options: ZeroPaddingOptions = {}) {
    super(3, padding, options);
  }
}

register("ZeroPadding1D", ZeroPadding1D);
register("ZeroPadding2D", ZeroPadding2D);
register("ZeroPadding3D", ZeroPadding3D);
