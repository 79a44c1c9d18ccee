import { add } from "../../ops/arithmetic";
import { Generator } from "../../ops/random";
import { type ValuesOf, number, seed } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { register } from "../registry";
import { isTraining } from "../training-only";

export interface GaussianNoiseOptions extends LayerOptions {
  /** By default the next stream of the library's seed (see `setSeed`). */
  seed?: number;
}

const OPTIONS = { stddev: number(undefined, { least: 0 }), seed: seed() };

/** In training adds normal noise of mean 0; otherwise passes x on. x float [...] -> y [...] */
export class GaussianNoise extends Layer<ValuesOf<typeof OPTIONS>> {
  static override readonly positional = ["stddev"];
  private readonly generator = new Generator(this.options.seed);

  constructor(stddev: number, options: GaussianNoiseOptions = {}) {
    super(options, OPTIONS, { stddev });
  }

  protected override inputSpec(): InputSpec {
    return { shape: ["..."], dtype: "float" };
  }

  forward(x: Tensor): Tensor {
    const { stddev } = this.options;
    if (!isTraining(this) || stddev === 0) return x;
    return add(x, this.generator.normal(x.shape, 0, stddev, x.dtype));
  }
}

register("GaussianNoise", GaussianNoise);
