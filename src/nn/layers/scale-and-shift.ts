/** What layers of normalisation share: the weights gamma and beta, and the axes that they lie along. */

import { resolveAxes } from "../../ops/arguments";
import { add, mul } from "../../ops/arithmetic";
import { reshape } from "../../ops/shape";
import { type OptionKinds, type ValuesOf, flag, number } from "../../tensor/option-kinds";
import type { Shape, Tensor } from "../../tensor/tensor";
import type { Variable } from "../../tensor/variable";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { type KnownShape, knownSize } from "../types-alone";
import { type WeightChoices, chosenFor, weightKinds } from "../weight-choices";

/** Options of layers that normalise, then scale and shift. */
export interface ScaleAndShiftOptions
  extends LayerOptions, WeightChoices<"gamma">, WeightChoices<"beta"> {
  /** Added to the variance; 0.001 by default. */
  epsilon?: number;
  /** Whether `beta` is added; true. */
  center?: boolean;
  /** Whether it is multiplied by `gamma`; true. */
  scale?: boolean;
}

export const SCALE_AND_SHIFT = {
  epsilon: number(0.001, { above: 0 }),
  center: flag(true),
  scale: flag(true),
  ...weightKinds("gamma", "ones"),
  ...weightKinds("beta", "zeros"),
};

/** Base: normalises, multiplies by gamma, adds beta. */
export abstract class ScaleAndShift<K extends OptionKinds> extends Layer<
  ValuesOf<typeof SCALE_AND_SHIFT> & ValuesOf<K>
> {
  /** The factors of normalised values; null without `scale` and before the layer is built. */
  gamma: Variable | null = null;
  /** What is added to them; null without `center` and before the layer is built. */
  beta: Variable | null = null;

  protected override inputSpec(): InputSpec {
    return { shape: ["batch", "axis 1", "..."], dtype: this.dtype };
  }

  /** Creates gamma and beta, unless the layer goes without. */
  protected addScaleAndShift(shape: Shape): void {
    const { scale, center } = this.options;
    if (scale) this.gamma = this.addWeight("gamma", shape, chosenFor("gamma", this.options));
    if (center) this.beta = this.addWeight("beta", shape, chosenFor("beta", this.options));
  }

  /** y gamma + beta, both stretched from a shape over y. */
  protected scaledAndShifted(y: Tensor, shape: Shape): Tensor {
    const { gamma, beta } = this;
    const scaled = gamma === null ? y : mul(y, reshape(gamma, shape));
    return beta === null ? scaled : add(scaled, reshape(beta, shape));
  }
}

type Axes = number | readonly number[];

/** Axes from 0, in rising order. */
export function axesFromZero(rank: number, axis: Axes, layer: string): number[] {
  return resolveAxes(axis, rank, layer).sort((a, b) => a - b);
}

/** The sizes of axes. */
export function sizesAlong(inputShape: KnownShape, axis: Axes, layer: string): number[] {
  const along = axesFromZero(inputShape.length, axis, layer);
  return along.map((i) => knownSize(inputShape, i, layer));
}

/** The shape under which a weight of the sizes of these axes is stretched over x. */
export function shapeAlong(x: Tensor, along: readonly number[]): Shape {
  return x.shape.map((size, i) => (along.includes(i) ? size : 1));
}
