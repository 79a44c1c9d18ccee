/** Pooling: one number a channel for each window of sequences, pictures and volumes. */

import { avgPool, maxPool } from "../../ops/pooling";
import type { WindowOptions } from "../../ops/windows";
import { type ValuesOf, choice, optional } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { type DataFormatOption, dataFormat, perAxis } from "../layer-options";
import { register } from "../registry";
import type { KnownShape } from "../types-alone";
import { checkWindowsFit, pictureSpec, withChannelsLast } from "./pictures";

export interface PoolingOptions extends LayerOptions, DataFormatOption {
  /** Places from one window to the next, for all axes or for each; by default the windows' size. */
  strides?: number | readonly number[] | null;
  /** "valid", whole windows alone, by default; "same": a window for every step within the input. */
  padding?: "valid" | "same";
}

type Size = number | readonly number[];

const optionsOf = (axes: number) => ({
  poolSize: perAxis(axes, 2),
  strides: optional(perAxis(axes)),
  padding: choice(["valid", "same"], "valid"),
  dataFormat: dataFormat(),
});

/** Base of pooling; `pool` tells what becomes of a window. */
abstract class Pooling extends Layer<ValuesOf<ReturnType<typeof optionsOf>>> {
  static override readonly positional = ["poolSize"];

  constructor(axes: number, poolSize: Size, options: PoolingOptions) {
    super(options, optionsOf(axes), { poolSize });
  }

  /** What becomes of windows of pictures with channels last. */
  protected abstract pool(x: Tensor, size: readonly number[], options: WindowOptions): Tensor;

  protected override inputSpec(): InputSpec {
    const { poolSize, dataFormat } = this.options;
    return pictureSpec(poolSize.length, dataFormat, "float");
  }

  override build(inputShape: KnownShape): void {
    this.checkWindows(inputShape);
  }

  private checkWindows(inputShape: KnownShape): void {
    const { poolSize: size, padding, dataFormat } = this.options;
    if (padding === "same") return;
    checkWindowsFit(inputShape, dataFormat, { size }, this.constructor.name, "poolSize");
  }

  forward(x: Tensor): Tensor {
    const { poolSize, strides, padding, dataFormat } = this.options;
    this.checkWindows(x.shape);
    const windows = { padding, strides: strides ?? poolSize };
    return withChannelsLast(x, dataFormat, (pictures) => this.pool(pictures, poolSize, windows));
  }
}

abstract class MaxPooling extends Pooling {
  protected override pool(x: Tensor, size: readonly number[], options: WindowOptions): Tensor {
    return maxPool(x, size, options);
  }
}

abstract class AveragePooling extends Pooling {
  protected override pool(x: Tensor, size: readonly number[], options: WindowOptions): Tensor {
    return avgPool(x, size, options);
  }
}

/** The greatest of each window of steps. x float [batch, steps, channels] -> y [batch, windows, channels] */
export class MaxPooling1D extends MaxPooling {
  /** @param poolSize size of the windows; 2 by default */
  constructor(poolSize: Size = 2, options: PoolingOptions = {}) {
    super(1, poolSize, options);
  }
}

/**
 * The greatest of each window of a picture, channel by channel.
 * x float [batch, height, width, channels] -> y [batch, windows down, windows across, channels]
 */
export class MaxPooling2D extends MaxPooling {
  /** @param poolSize size of the windows, one number or height and width; 2 by default */
  constructor(poolSize: Size = 2, options: PoolingOptions = {}) {
    super(2, poolSize, options);
  }
}

/** Likewise of volumes: x float [batch, depth, height, width, channels] -> y [batch, ..., channels] */
export class MaxPooling3D extends MaxPooling {
  /** @param poolSize size of the windows, one number or one an axis; 2 by default */
  constructor(poolSize: Size = 2, options: PoolingOptions = {}) {
    super(3, poolSize, options);
  }
}

/**
 * The mean of each window of steps, padding left out.
 * x float [batch, steps, channels] -> y [batch, windows, channels]
 */
export class AveragePooling1D extends AveragePooling {
  /** @param poolSize size of the windows; 2 by default */
  constructor(poolSize: Size = 2, options: PoolingOptions = {}) {
    super(1, poolSize, options);
  }
}

/**
 * The mean of each window of a picture, channel by channel, padding left out.
 * x float [batch, height, width, channels] -> y [batch, windows down, windows across, channels]
 */
export class AveragePooling2D extends AveragePooling {
  /** @param poolSize size of the windows, one number or height and width; 2 by default */
  constructor(poolSize: Size = 2, options: PoolingOptions = {}) {
    super(2, poolSize, options);
  }
}

/** Likewise of volumes: x float [batch, depth, height, width, channels] -> y [batch, ..., channels] */
export class AveragePooling3D extends AveragePooling {
  /** @param poolSize size of the windows, one number or one an axis; 2 by default */
  constructor(poolSize: Size = 2, options: PoolingOptions = {}) {
    super(3, poolSize, options);
  }
}

register("MaxPooling1D", MaxPooling1D);
register("MaxPooling2D", MaxPooling2D);
register("MaxPooling3D", MaxPooling3D);
register("AveragePooling1D", AveragePooling1D);
register("AveragePooling2D", AveragePooling2D);
register("AveragePooling3D", AveragePooling3D);
