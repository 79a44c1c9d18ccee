import { mul } from "../../ops/arithmetic";
import { Generator } from "../../ops/random";
import { type ValuesOf, number, seed } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { register } from "../registry";
import { isTraining } from "../training-only";

export interface GaussianDropoutOptions extends LayerOptions {
  /** By default the next stream of the library's seed (see `setSeed`). */
  seed?: number;
}

const OPTIONS = { rate: number(undefined, { least: 0, below: 1 }), seed: seed() };

/**
 * In training multiplies by normal noise of mean 1 and variance rate / (1 - rate), that of Dropout's
 * factors; otherwise passes x on. x float [...] -> y [...]
 */
export class GaussianDropout extends Layer<ValuesOf<typeof OPTIONS>> {
  static override readonly positional = ["rate"];
  private readonly generator = new Generator(this.options.seed);

  constructor(rate: number, options: GaussianDropoutOptions = {}) {
    super(options, OPTIONS, { rate });
  }

  protected override inputSpec(): InputSpec {
    return { shape: ["..."], dtype: "float" };
  }

  forward(x: Tensor): Tensor {
    const { rate } = this.options;
    if (!isTraining(this) || rate === 0) return x;
    return mul(x, this.generator.normal(x.shape, 1, Math.sqrt(rate / (1 - rate)), x.dtype));
  }
}

register("GaussianDropout", GaussianDropout);
