import { add, greaterEqual, mul, where } from "../../ops/arithmetic";
import { type ValuesOf, number, optional, seed } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { register } from "../registry";
import { Noise, type NoiseOptions } from "./noise";
import { noiseShapeFor, noiseSizes } from "./noise-shape";

/** Options of `AlphaDropout`. */
export interface AlphaDropoutOptions extends NoiseOptions {
  /** Shape of the mask, which is broadcast over x; null for a size of x's. By default x's shape. */
  noiseShape?: readonly (number | null)[] | null;
}

const OPTIONS = {
  rate: number(undefined, { least: 0, below: 1 }),
  noiseShape: optional(noiseSizes),
  seed: seed(),
};

/** What SELU tends to for small x: -alpha scale (Klambauer et al. 2017, arXiv:1706.02515). */
const SATURATED = -1.6732632423543772 * 1.0507009873554805;

/**
 * Dropout for networks of `selu`: in training sets elements to SELU's least value with probability
 * `rate`, then scales and shifts so that mean 0 and variance 1 stay; otherwise passes x on.
 * x float [...] -> y [...]
 */
export class AlphaDropout extends Noise<ValuesOf<typeof OPTIONS>> {
  static override readonly positional = ["rate"];

  constructor(rate: number, options: AlphaDropoutOptions = {}) {
    super(options, OPTIONS, { rate });
  }

  protected override get amount(): number {
    return this.options.rate;
  }

  protected override changed(x: Tensor): Tensor {
    const { rate, noiseShape } = this.options;
    const draws = this.generator.uniform(
      noiseShapeFor(x, noiseShape, "AlphaDropout"),
      0,
      1,
      x.dtype,
    );
    const kept = where(greaterEqual(draws, rate), x, SATURATED);
    const scale = 1 / Math.sqrt((1 - rate) * (1 + rate * SATURATED ** 2));
    return add(mul(kept, scale), -scale * SATURATED * rate);
  }
}

register("AlphaDropout", AlphaDropout);
