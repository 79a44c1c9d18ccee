/** What layers share that change floats at random in training. */

import { Generator } from "../../ops/random";
import type { Tensor } from "../../tensor/tensor";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { isTraining } from "../training-only";

/** Options of layers that draw random numbers. */
export interface NoiseOptions extends LayerOptions {
  /** By default the next stream of the library's seed (see `setSeed`). */
  seed?: number;
}

/** Base: in training changes its input by its own random stream, otherwise passes it on. */
export abstract class Noise<O extends { readonly seed?: number | undefined }> extends Layer<O> {
  /** Its own stream of random numbers, which is part of its state. */
  protected readonly generator = new Generator(this.options.seed);

  /** How much it changes; at 0 nothing, and no number is drawn. */
  protected abstract get amount(): number;

  /** What becomes of x in training. */
  protected abstract changed(x: Tensor): Tensor;

  /** Floats of any shape. */
  protected override inputSpec(): InputSpec {
    return { shape: ["..."], dtype: "float" };
  }

  forward(x: Tensor): Tensor {
    return isTraining(this) && this.amount !== 0 ? this.changed(x) : x;
  }
}
