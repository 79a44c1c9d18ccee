import { mul } from "../../ops/arithmetic";
import { type ValuesOf, number, seed } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { register } from "../registry";
import { Noise, type NoiseOptions } from "./noise";

/** Options of `GaussianDropout`. */
export type GaussianDropoutOptions = NoiseOptions;

const OPTIONS = { rate: number(undefined, { least: 0, below: 1 }), seed: seed() };

/**
 * In training multiplies by normal noise of mean 1 and variance rate / (1 - rate), that of Dropout's
 * factors; otherwise passes x on. x float [...] -> y [...]
 */
export class GaussianDropout extends Noise<ValuesOf<typeof OPTIONS>> {
  static override readonly positional = ["rate"];

  constructor(rate: number, options: GaussianDropoutOptions = {}) {
    super(options, OPTIONS, { rate });
  }

  protected override get amount(): number {
    return this.options.rate;
  }

  protected override changed(x: Tensor): Tensor {
    const { rate } = this.options;
    return mul(x, this.generator.normal(x.shape, 1, Math.sqrt(rate / (1 - rate)), x.dtype));
  }
}

register("GaussianDropout", GaussianDropout);
