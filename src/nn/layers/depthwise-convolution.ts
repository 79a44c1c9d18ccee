/** Depthwise convolutions: each channel has filters of its own. */

import { depthwiseConv1d, depthwiseConv2d } from "../../ops/convolution";
import { positiveInteger } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { Variable } from "../../tensor/variable";
import { register } from "../registry";
import type { KnownShape } from "../types-alone";
import { type WeightChoices, chosenFor, weightKinds } from "../weight-choices";
import { Convolving, type ConvolvingOptions, convolvingKinds } from "./convolving";

export interface DepthwiseConvolutionOptions extends ConvolvingOptions, WeightChoices<"depthwise"> {
  /** So many filters has each channel; 1 by default. */
  depthMultiplier?: number;
}

const OWN = {
  depthMultiplier: positiveInteger(1),
  ...weightKinds("depthwise", "glorotUniform"),
};

const BY_AXES = [depthwiseConv1d, depthwiseConv2d];

abstract class DepthwiseConvolution extends Convolving<typeof OWN> {
  static override readonly positional = ["kernelSize"];
  /** [...kernelSize, channels, depthMultiplier], null before the layer is built. */
  kernel: Variable | null = null;
  /** [channels * depthMultiplier], null without a bias and before the layer is built. */
  bias: Variable | null = null;

  /** @param kernelSize size of the windows, for all axes or for each */
  constructor(
    axes: number,
    kernelSize: number | readonly number[],
    options: DepthwiseConvolutionOptions,
  ) {
    super(options, { ...convolvingKinds(axes, []), ...OWN }, { kernelSize });
  }

  protected override builtChannels(): number | null {
    return this.kernel === null ? null : this.kernel.shape[this.kernel.rank - 2];
  }

  override build(inputShape: KnownShape): void {
    const { kernelSize, depthMultiplier } = this.options;
    const channels = this.channelsOf(inputShape);
    const shape = [...kernelSize, channels, depthMultiplier];
    this.kernel = this.addWeight("kernel", shape, chosenFor("depthwise", this.options));
    this.bias = this.addBias(channels * depthMultiplier);
  }

  protected override convolve(x: Tensor): Tensor {
    const { strides, dilationRate } = this.options;
    const padding = this.options.padding as "valid" | "same";
    const run = BY_AXES[this.axes - 1];
    return run(x, this.kernel as Variable, { strides, padding, dilationRate });
  }
}

/**
 * Convolution of each channel of sequences by `depthMultiplier` filters of its own.
 *
 * x [batch, steps, channels] -> y [batch, windows, channels * depthMultiplier]; kernel [kernelSize,
 * channels, depthMultiplier], bias [channels * depthMultiplier].
 */
export class DepthwiseConv1D extends DepthwiseConvolution {
  /** @param kernelSize size of the windows, for all axes or for each */
  constructor(kernelSize: number | readonly number[], options: DepthwiseConvolutionOptions = {}) {
    super(1, kernelSize, options);
  }
}

/**
 * Likewise of pictures. x [batch, height, width, channels] -> y [batch, windows down, windows across,
 * channels * depthMultiplier]; kernel [height, width, channels, depthMultiplier].
 */
export class DepthwiseConv2D extends DepthwiseConvolution {
  /** @param kernelSize size of the windows, for all axes or for each */
  constructor(kernelSize: number | readonly number[], options: DepthwiseConvolutionOptions = {}) {
    super(2, kernelSize, options);
  }
}

register("DepthwiseConv1D", DepthwiseConv1D);
register("DepthwiseConv2D", DepthwiseConv2D);
