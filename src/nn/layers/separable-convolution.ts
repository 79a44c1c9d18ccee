/** Separable convolutions: first of each channel for itself, then across channels. */

import { separableConv1d, separableConv2d } from "../../ops/convolution";
import { positiveInteger } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { Variable } from "../../tensor/variable";
import { register } from "../registry";
import type { KnownShape } from "../types-alone";
import { type WeightChoices, chosenFor, weightKinds } from "../weight-choices";
import { Convolving, type ConvolvingOptions, convolvingKinds } from "./convolving";

export interface SeparableConvolutionOptions
  extends ConvolvingOptions, WeightChoices<"depthwise">, WeightChoices<"pointwise"> {
  /** So many depthwise filters has each channel; 1 by default. */
  depthMultiplier?: number;
}

const OWN = {
  filters: positiveInteger(),
  depthMultiplier: positiveInteger(1),
  ...weightKinds("depthwise", "glorotUniform"),
  ...weightKinds("pointwise", "glorotUniform"),
};

const BY_AXES = [separableConv1d, separableConv2d];

abstract class SeparableConvolution extends Convolving<typeof OWN> {
  static override readonly positional = ["filters", "kernelSize"];
  /** [...kernelSize, channels, depthMultiplier], null before the layer is built. */
  depthwiseKernel: Variable | null = null;
  /** [...1s, channels * depthMultiplier, filters], null before the layer is built. */
  pointwiseKernel: Variable | null = null;
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
    options: SeparableConvolutionOptions,
  ) {
    super(options, { ...convolvingKinds(axes, []), ...OWN }, { filters, kernelSize });
  }

  /** Number of channels of the results. */
  get filters(): number {
    return this.options.filters;
  }

  protected override builtChannels(): number | null {
    const kernel = this.depthwiseKernel;
    return kernel === null ? null : kernel.shape[kernel.rank - 2];
  }

  override build(inputShape: KnownShape): void {
    const { options } = this;
    const { filters, kernelSize, depthMultiplier } = options;
    const channels = this.channelsOf(inputShape);
    this.depthwiseKernel = this.addWeight(
      "depthwiseKernel",
      [...kernelSize, channels, depthMultiplier],
      chosenFor("depthwise", options),
    );
    this.pointwiseKernel = this.addWeight(
      "pointwiseKernel",
      [...kernelSize.map(() => 1), channels * depthMultiplier, filters],
      chosenFor("pointwise", options),
    );
    this.bias = this.addBias(filters);
  }

  protected override convolve(x: Tensor): Tensor {
    const { strides, dilationRate } = this.options;
    const padding = this.options.padding as "valid" | "same";
    const [depthwise, pointwise] = [this.depthwiseKernel, this.pointwiseKernel] as Variable[];
    const run = BY_AXES[this.axes - 1];
    return run(x, depthwise, pointwise, { strides, padding, dilationRate });
  }
}

/**
 * Convolution of each channel of sequences for itself, then of single steps across all channels.
 *
 * x [batch, steps, channels] -> y [batch, windows, filters]; depthwiseKernel [kernelSize, channels,
 * depthMultiplier], pointwiseKernel [1, channels * depthMultiplier, filters], bias [filters].
 */
export class SeparableConv1D extends SeparableConvolution {
  /**
   * @param filters number of channels of the results
   * @param kernelSize size of the windows, for all axes or for each
   */
  constructor(
    filters: number,
    kernelSize: number | readonly number[],
    options: SeparableConvolutionOptions = {},
  ) {
    super(1, filters, kernelSize, options);
  }
}

/**
 * Likewise of pictures. x [batch, height, width, channels] -> y [batch, windows down, windows across,
 * filters]; depthwiseKernel [height, width, channels, depthMultiplier], pointwiseKernel [1, 1,
 * channels * depthMultiplier, filters].
 */
export class SeparableConv2D extends SeparableConvolution {
  /**
   * @param filters number of channels of the results
   * @param kernelSize size of the windows, for all axes or for each
   */
  constructor(
    filters: number,
    kernelSize: number | readonly number[],
    options: SeparableConvolutionOptions = {},
  ) {
    super(2, filters, kernelSize, options);
  }
}

register("SeparableConv1D", SeparableConv1D);
register("SeparableConv2D", SeparableConv2D);
