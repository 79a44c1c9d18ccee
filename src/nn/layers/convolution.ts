/** Convolutions of sequences, pictures and volumes. */

import { type Conv1dOptions, conv1d, conv2d, conv3d } from "../../ops/convolution";
import { positiveInteger } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { Variable } from "../../tensor/variable";
import { register } from "../registry";
import { type KnownShape, describeShape } from "../types-alone";
import { type WeightChoices, chosenFor, weightKinds } from "../weight-choices";
import { Convolving, type ConvolvingOptions, convolvingKinds } from "./convolving";

export interface ConvolutionOptions extends ConvolvingOptions, WeightChoices<"kernel"> {
  /** So many parts of the channels are convolved each by its own part of the filters; 1 by default. */
  groups?: number;
}

/** Options of `Conv1D`. */
export interface Convolution1DOptions extends Omit<ConvolutionOptions, "padding"> {
  /** Besides: "causal", zeros before alone, so that no result depends on what comes later. */
  padding?: "valid" | "same" | "causal";
}

const OWN = {
  filters: positiveInteger(),
  groups: positiveInteger(1),
  ...weightKinds("kernel", "glorotUniform"),
};

type Convolve = (x: Tensor, kernel: Tensor, options: Conv1dOptions) => Tensor;
const BY_AXES = [conv1d, conv2d, conv3d] as readonly Convolve[];

abstract class Convolution extends Convolving<typeof OWN> {
  static override readonly positional = ["filters", "kernelSize"];
  /** [...kernelSize, channels / groups, filters], null before the layer is built. */
  kernel: Variable | null = null;
  /** [filters], null without a bias and before the layer is built. */
  bias: Variable | null = null;

  /**
   * @param filters number of channels of the results
   * @param kernelSize size of the windows, for all axes or for each
   */
  constructor(
    axes: number,
    filters: number,
    kernelSize: number | readonly number[],
    options: Convolution1DOptions,
  ) {
    const kinds = { ...convolvingKinds(axes, axes === 1 ? ["causal"] : []), ...OWN };
    super(options, kinds, { filters, kernelSize });
    const { groups } = this.options;
    if (filters % groups === 0) return;
    throw new RangeError(
      `${this.constructor.name}: expected filters in a multiple of groups, ${groups}, but received ${filters}`,
    );
  }

  /** Number of channels of the results. */
  get filters(): number {
    return this.options.filters;
  }

  protected override builtChannels(): number | null {
    const { kernel } = this;
    return kernel === null ? null : kernel.shape[kernel.rank - 2] * this.options.groups;
  }

  override build(inputShape: KnownShape): void {
    const { filters, groups, kernelSize } = this.options;
    const channels = this.channelsOf(inputShape);
    if (channels % groups !== 0) {
      throw new RangeError(
        `${this.constructor.name}: expected channels in a multiple of groups, ${groups}, for ` +
          `inputShape but received ${describeShape(inputShape)}`,
      );
    }
    const shape = [...kernelSize, channels / groups, filters];
    this.kernel = this.addWeight("kernel", shape, chosenFor("kernel", this.options));
    this.bias = this.addBias(filters);
  }

  protected override convolve(x: Tensor): Tensor {
    const { strides, padding, dilationRate, groups } = this.options;
    const run = BY_AXES[this.axes - 1];
    return run(x, this.kernel as Variable, { strides, padding, dilationRate, groups });
  }
}

/**
 * Convolution along sequences: each filter sees `kernelSize` steps at a time.
 *
 * x [batch, steps, channels] -> y [batch, windows, filters]; kernel [kernelSize, channels / groups,
 * filters], bias [filters].
 */
export class Conv1D extends Convolution {
  /**
   * @param filters number of channels of the results
   * @param kernelSize size of the windows, for all axes or for each
   */
  constructor(
    filters: number,
    kernelSize: number | readonly number[],
    options: Convolution1DOptions = {},
  ) {
    super(1, filters, kernelSize, options);
  }
}

/**
 * Convolution of pictures: each filter sees a window of `kernelSize` (one number, or height and width).
 *
 * x [batch, height, width, channels] -> y [batch, windows down, windows across, filters]; kernel
 * [height, width, channels / groups, filters], bias [filters].
 */
export class Conv2D extends Convolution {
  /**
   * @param filters number of channels of the results
   * @param kernelSize size of the windows, for all axes or for each
   */
  constructor(
    filters: number,
    kernelSize: number | readonly number[],
    options: ConvolutionOptions = {},
  ) {
    super(2, filters, kernelSize, options);
  }
}

/**
 * Convolution of volumes. x [batch, depth, height, width, channels] -> y [batch, ..., filters]; kernel
 * [depth, height, width, channels / groups, filters], bias [filters].
 */
export class Conv3D extends Convolution {
  /**
   * @param filters number of channels of the results
   * @param kernelSize size of the windows, for all axes or for each
   */
  constructor(
    filters: number,
    kernelSize: number | readonly number[],
    options: ConvolutionOptions = {},
  ) {
    super(3, filters, kernelSize, options);
  }
}

register("Conv1D", Conv1D);
register("Conv2D", Conv2D);
register("Conv3D", Conv3D);
