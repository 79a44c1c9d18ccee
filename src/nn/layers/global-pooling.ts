/** Pooling over whole sequences, pictures and volumes: one number a channel. */

import { max, mean } from "../../ops/reduce";
import { type ValuesOf, flag } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { type DataFormatOption, dataFormat } from "../layer-options";
import { register } from "../registry";
import { pictureSpec } from "./pictures";

export interface GlobalPoolingOptions extends LayerOptions, DataFormatOption {
  /** Whether the axes that are pooled stay, with size 1; false. */
  keepdims?: boolean;
}

const OPTIONS = { keepdims: flag(false), dataFormat: dataFormat() };

/** Base of pooling over everything. */
abstract class GlobalPooling extends Layer<ValuesOf<typeof OPTIONS>> {
  /** So many axes are pooled. */
  protected abstract get axes(): number;

  constructor(options: GlobalPoolingOptions = {}) {
    super(options, OPTIONS);
  }

  /** What becomes of the axes of a picture. */
  protected abstract pool(x: Tensor, axes: readonly number[], keepDims: boolean): Tensor;

  protected override inputSpec(): InputSpec {
    return pictureSpec(this.axes, this.options.dataFormat, "float");
  }

  forward(x: Tensor): Tensor {
    const { keepdims, dataFormat } = this.options;
    const first = dataFormat === "channelsLast" ? 1 : 2;
    const pooled = Array.from({ length: this.axes }, (_, i) => first + i);
    if (pooled.some((axis) => x.shape[axis] === 0)) {
      throw new RangeError(
        `${this.constructor.name}: expected something to pool along axes ${pooled.join(", ")} of x but ` +
          `received ${x.describe()}`,
      );
    }
    return this.pool(x, pooled, keepdims);
  }
}

abstract class GlobalMaxPooling extends GlobalPooling {
  protected override pool(x: Tensor, axes: readonly number[], keepDims: boolean): Tensor {
    return max(x, axes, keepDims);
  }
}

abstract class GlobalAveragePooling extends GlobalPooling {
  protected override pool(x: Tensor, axes: readonly number[], keepDims: boolean): Tensor {
    return mean(x, axes, keepDims);
  }
}

/** The greatest of each channel. x float [batch, steps, channels] -> y [batch, channels] */
export class GlobalMaxPooling1D extends GlobalMaxPooling {
  protected override get axes(): number {
    return 1;
  }
}

/** The greatest of each channel. x float [batch, height, width, channels] -> y [batch, channels] */
export class GlobalMaxPooling2D extends GlobalMaxPooling {
  protected override get axes(): number {
    return 2;
  }
}

/** The greatest of each channel. x float [batch, depth, height, width, channels] -> y [batch, channels] */
export class GlobalMaxPooling3D extends GlobalMaxPooling {
  protected override get axes(): number {
    return 3;
  }
}

/** The mean of each channel. x float [batch, steps, channels] -> y [batch, channels] */
export class GlobalAveragePooling1D extends GlobalAveragePooling {
  protected override get axes(): number {
    return 1;
  }
}

/** The mean of each channel. x float [batch, height, width, channels] -> y [batch, channels] */
export class GlobalAveragePooling2D extends GlobalAveragePooling {
  protected override get axes(): number {
    return 2;
  }
}

/** The mean of each channel. x float [batch, depth, height, width, channels] -> y [batch, channels] */
export class GlobalAveragePooling3D extends GlobalAveragePooling {
  protected override get axes(): number {
    return 3;
  }
}

register("GlobalMaxPooling1D", GlobalMaxPooling1D);
register("GlobalMaxPooling2D", GlobalMaxPooling2D);
register("GlobalMaxPooling3D", GlobalMaxPooling3D);
register("GlobalAveragePooling1D", GlobalAveragePooling1D);
register("GlobalAveragePooling2D", GlobalAveragePooling2D);
register("GlobalAveragePooling3D", GlobalAveragePooling3D);
