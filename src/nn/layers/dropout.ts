import { multiplyNoNan } from "../../ops/arithmetic";
import { Generator } from "../../ops/random";
import { zerosLike } from "../../ops/shape";
import { type ValuesOf, number, optional, seed } from "../../tensor/option-kinds";
import { guardRead, guardedValueChanged } from "../../tensor/recorder";
import type { Tensor } from "../../tensor/tensor";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { type Config, register } from "../registry";
import { isTraining } from "../training-only";
import { noiseShapeFor, noiseSizes } from "./noise-shape";

export interface DropoutOptions extends LayerOptions {
  /** Shape of the mask, which is broadcast over x; null for a size of x's. By default x's shape. */
  noiseShape?: readonly (number | null)[] | null;
  /** By default the next stream of the library's seed (see `setSeed`). */
  seed?: number;
}

const OPTIONS = {
  rate: number(undefined, { least: 0, most: 1 }),
  noiseShape: optional(noiseSizes),
  seed: seed(),
};

/**
 * In training, sets each element to 0 with probability `rate` and multiplies the others by
 * 1 / (1 - rate); otherwise passes x on (Srivastava et al. 2014, in its inverted form).
 * x float [...] -> y [...]
 */
export class Dropout extends Layer<ValuesOf<typeof OPTIONS>> {
  static override readonly positional = ["rate"];
  private readonly generator: Generator;
  private currentRate: number;

  constructor(rate: number, options: DropoutOptions = {}) {
    super(options, OPTIONS, { rate });
    this.currentRate = rate;
    this.generator = new Generator(this.options.seed);
  }

  /** Probability of 0, in [0, 1]. */
  get rate(): number {
    return guardRead(this, "rate", this.currentRate, () => this.currentRate);
  }

  set rate(value: number) {
    this.currentRate = OPTIONS.rate(value, "Dropout", "rate");
    guardedValueChanged();
  }

  override config(): Config {
    return { ...super.config(), rate: this.rate };
  }

  protected override inputSpec(): InputSpec {
    return { shape: ["..."], dtype: "float" };
  }

  forward(x: Tensor): Tensor {
    const { rate } = this;
    if (!isTraining(this) || rate === 0) return x;
    if (rate === 1) return zerosLike(x);
    const shape = noiseShapeFor(x, this.options.noiseShape, "Dropout");
    return multiplyNoNan(x, this.generator.dropoutMask(shape, rate, x.dtype));
  }
}

register("Dropout", Dropout);
