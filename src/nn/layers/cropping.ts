/** Sequences, pictures and volumes without their rims. */

import { slice } from "../../ops/shape";
import type { ValuesOf } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { type DataFormatOption, dataFormat } from "../layer-options";
import { register } from "../registry";
import { pictureSpec } from "./pictures";
import { type SidesLike, sides, sidesOfInput } from "./sides";
import { knownSize } from "../types-alone";

export interface CroppingOptions extends LayerOptions, DataFormatOption {}

const optionsOf = (axes: number) => ({
  cropping: sides(axes, axes === 2 ? 0 : 1),
  dataFormat: dataFormat(),
});

abstract class Cropping extends Layer<ValuesOf<ReturnType<typeof optionsOf>>> {
  static override readonly positional = ["cropping"];

  constructor(axes: number, cropping: SidesLike, options: CroppingOptions) {
    super(options, optionsOf(axes), { cropping });
  }

  protected override inputSpec(): InputSpec {
    return pictureSpec(this.options.cropping.length, this.options.dataFormat);
  }

  forward(x: Tensor): Tensor {
    const pairs = sidesOfInput(this.options.cropping, this.options.dataFormat);
    const begin = pairs.map(([before]) => before);
    const size = pairs.map(([before, behind], axis) => {
      if (before + behind === 0) return -1;
      const left = knownSize(x.shape, axis, this.constructor.name) - before - behind;
      if (left > 0) return left;
      throw new RangeError(
        `${this.constructor.name}: expected more than ${before + behind} elements, which are cut off, ` +
          `on axis ${axis} of x but received ${x.describe()}`,
      );
    });
    return slice(x, begin, size);
  }
}

/**
 * Cuts off both ends of each sequence: a number, or [before, behind]; 1 by default.
 * x [batch, steps, channels] -> y [batch, steps - before - behind, channels]
 */
export class Cropping1D extends Cropping {
  constructor(cropping: SidesLike = 1, options: CroppingOptions = {}) {
    super(1, cropping, options);
  }
}

/**
 * Cuts off the rim of each picture: a number, [height, width], or [[top, bottom], [left, right]]; 0 by
 * default. x [batch, height, width, channels] -> y [batch, ...]
 */
export class Cropping2D extends Cropping {
  constructor(cropping: SidesLike = 0, options: CroppingOptions = {}) {
    super(2, cropping, options);
  }
}

/**
 * Cuts off the rim of each volume: a number, one an axis, or a pair an axis; 1 by default.
 * x [batch, depth, height, width, channels] -> y [batch, ...]
 */
export class Cropping3D extends Cropping {
  constructor(cropping: SidesLike = 1, options: CroppingOptions = {}) {
    super(3, cropping, options);
  }
}

register("Cropping1D", Cropping1D);
register("Cropping2D", Cropping2D);
register("Cropping3D", Cropping3D);
