/** What layers of convolutions share. */

import { add } from "../../ops/arithmetic";
import { type OptionKinds, type ValuesOf, choice, flag } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { Variable } from "../../tensor/variable";
import type { ActivationLike } from "../activations/by-name";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { type DataFormatOption, activation, dataFormat, perAxis } from "../layer-options";
import { type KnownShape, knownSize } from "../types-alone";
import { type WeightChoices, chosenFor, weightKinds } from "../weight-choices";
import { channelAxis, checkWindowsFit, pictureSpec, withChannelsLast } from "./pictures";

/** Options of all layers of convolutions. */
export interface ConvolvingOptions extends LayerOptions, DataFormatOption, WeightChoices<"bias"> {
  /** Places from one window to the next, for all axes or for each; 1 by default. */
  strides?: number | readonly number[];
  /**
   * "valid", no padding, by default; "same": zeros around the input, so that there is a window for
   * every step within it.
   */
  padding?: "valid" | "same";
  /** Places from one place that a window sees to the next; 1 by default. */
  dilationRate?: number | readonly number[];
  /** None by default. */
  activation?: ActivationLike;
  /** True by default. */
  useBias?: boolean;
}

/** The kinds of these options, for so many axes. */
export function convolvingKinds<P extends string>(axes: number, paddings: readonly P[]) {
  return {
    kernelSize: perAxis(axes),
    strides: perAxis(axes, 1),
    padding: choice<P | "valid" | "same">(["valid", "same", ...paddings], "valid"),
    dataFormat: dataFormat(),
    dilationRate: perAxis(axes, 1),
    activation: activation(),
    useBias: flag(true),
    ...weightKinds("bias", "zeros"),
  };
}

type ConvolvingValues = ValuesOf<ReturnType<typeof convolvingKinds<"causal">>>;

/** Base: convolves, adds the bias, applies the activation. */
export abstract class Convolving<K extends OptionKinds> extends Layer<
  ConvolvingValues & ValuesOf<K>
> {
  abstract bias: Variable | null;

  /** So many axes has a picture. */
  protected get axes(): number {
    return this.options.kernelSize.length;
  }

  /** The number of channels for which the weights were made; null before. */
  protected abstract builtChannels(): number | null;

  /** The convolution alone, of pictures with channels last. */
  protected abstract convolve(pictures: Tensor): Tensor;

  protected override inputSpec(): InputSpec {
    const channels = this.builtChannels() ?? "channels";
    return pictureSpec(this.axes, this.options.dataFormat, this.dtype, channels);
  }

  /** The number of channels of inputs of a shape, in which windows fit. */
  protected channelsOf(inputShape: KnownShape): number {
    this.checkWindows(inputShape);
    const axis = channelAxis(inputShape.length, this.options.dataFormat);
    return knownSize(inputShape, axis, this.constructor.name);
  }

  /** Throws if windows do not fit into inputs of such a shape. */
  protected checkWindows(inputShape: KnownShape): void {
    const { kernelSize: size, dilationRate: dilation, padding, dataFormat } = this.options;
    if (padding !== "valid") return;
    checkWindowsFit(
      inputShape,
      dataFormat,
      { size, dilation },
      this.constructor.name,
      "kernelSize",
    );
  }

  /** The bias of so many filters, unless the layer goes without. */
  protected addBias(filters: number): Variable | null {
    if (!this.options.useBias) return null;
    return this.addWeight("bias", [filters], chosenFor("bias", this.options));
  }

  forward(x: Tensor): Tensor {
    const { bias } = this;
    const { activation, dataFormat } = this.options;
    this.checkWindows(x.shape);
    const y = withChannelsLast(x, dataFormat, (pictures) => {
      const convolved = this.convolve(pictures);
      return bias === null ? convolved : add(convolved, bias);
    });
    return activation(y);
  }
}
