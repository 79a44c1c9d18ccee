/** Transposed convolutions, which make sequences, pictures and volumes larger. */

import { conv1dTranspose, conv2dTranspose, conv3dTranspose } from "../../ops/convolution";
import { optional, positiveInteger } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { Variable } from "../../tensor/variable";
import { perAxisFrom } from "../layer-options";
import { register } from "../registry";
import { type KnownShape, knownSize } from "../types-alone";
import { type WeightChoices, chosenFor, weightKinds } from "../weight-choices";
import { Convolving, type ConvolvingOptions, convolvingKinds } from "./convolving";

export interface TransposedConvolutionOptions extends ConvolvingOptions, WeightChoices<"kernel"> {
  /**
   * How far the result reaches beyond its least size, less than the strides; by default so far that its
   * size is that of the input times the strides, or more where the kernel is larger.
   */
  outputPadding?: number | readonly number[] | null;
}

const ownKinds = (axes: number) => ({
  filters: positiveInteger(),
  outputPadding: optional(perAxisFrom(0, axes)),
  ...weightKinds("kernel", "glorotUniform"),
});

const BY_AXES = [conv1dTranspose, conv2dTranspose, conv3dTranspose];

abstract class TransposedConvolution extends Convolving<ReturnType<typeof ownKinds>> {
  static override readonly positional = ["filters", "kernelSize"];
  /** [...kernelSize, filters, channels], null before the layer is built. */
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
    options: TransposedConvolutionOptions,
  ) {
    super(options, { ...convolvingKinds(axes, []), ...ownKinds(axes) }, { filters, kernelSize });
    const { outputPadding, strides } = this.options;
    if (outputPadding === null || outputPadding.every((count, i) => count < strides[i])) return;
    throw new RangeError(
      `${this.constructor.name}: expected an outputPadding less than the strides, ` +
        `[${strides.join(", ")}], but received [${outputPadding.join(", ")}]`,
    );
  }

  /** Number of channels of the results. */
  get filters(): number {
    return this.options.filters;
  }

  protected override builtChannels(): number | null {
    return this.kernel === null ? null : this.kernel.shape[this.kernel.rank - 1];
  }

  override build(inputShape: KnownShape): void {
    const { filters, kernelSize } = this.options;
    const shape = [...kernelSize, filters, this.channelsOf(inputShape)];
    this.kernel = this.addWeight("kernel", shape, chosenFor("kernel", this.options));
    this.bias = this.addBias(filters);
  }

  protected override checkWindows(): void {
    // Windows lie in the result, which is as large as they need.
  }

  protected override convolve(x: Tensor): Tensor {
    const { strides, dilationRate, outputPadding } = this.options;
    const padding = this.options.padding as "valid" | "same";
    for (let axis = 1; axis <= this.axes; axis++) knownSize(x.shape, axis, this.constructor.name);
    return BY_AXES[this.axes - 1](x, this.kernel as Variable, {
      strides,
      padding,
      dilationRate,
      ...(outputPadding === null ? {} : { outputPadding }),
    });
  }
}

/**
 * The transpose of a convolution along sequences: each step of x spreads over `kernelSize` steps of y.
 *
 * x [batch, steps, channels] -> y [batch, more steps, filters]; kernel [kernelSize, filters, channels],
 * bias [filters].
 */
export class Conv1DTranspose extends TransposedConvolution {
  /**
   * @param filters number of channels of the results
   * @param kernelSize size of the windows, for all axes or for each
   */
  constructor(
    filters: number,
    kernelSize: number | readonly number[],
    options: TransposedConvolutionOptions = {},
  ) {
    super(1, filters, kernelSize, options);
  }
}

/**
 * Likewise of pictures. x [batch, height, width, channels] -> y [batch, higher, wider, filters]; kernel
 * [height, width, filters, channels], bias [filters].
 */
export class Conv2DTranspose extends TransposedConvolution {
  /**
   * @param filters number of channels of the results
   * @param kernelSize size of the windows, for all axes or for each
   */
  constructor(
    filters: number,
    kernelSize: number | readonly number[],
    options: TransposedConvolutionOptions = {},
  ) {
    super(2, filters, kernelSize, options);
  }
}

/**
 * Likewise of volumes. x [batch, depth, height, width, channels] -> y [batch, ..., filters]; kernel
 * [depth, height, width, filters, channels], bias [filters].
 */
export class Conv3DTranspose extends TransposedConvolution {
  /**
   * @param filters number of channels of the results
   * @param kernelSize size of the windows, for all axes or for each
   */
  constructor(
    filters: number,
    kernelSize: number | readonly number[],
    options: TransposedConvolutionOptions = {},
  ) {
    super(3, filters, kernelSize, options);
  }
}

register("Conv1DTranspose", Conv1DTranspose);
register("Conv2DTranspose", Conv2DTranspose);
register("Conv3DTranspose", Conv3DTranspose);
