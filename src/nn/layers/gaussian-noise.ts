import { add } from "../../ops/arithmetic";
import { type ValuesOf, number, seed } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { register } from "../registry";
import { Noise, type NoiseOptions } from "./noise";

/** Options of `GaussianNoise`. */
export type GaussianNoiseOptions = NoiseOptions;

const OPTIONS = { stddev: number(undefined, { least: 0 }), seed: seed() };

/** In training adds normal noise of mean 0; otherwise passes x on. x float [...] -> y [...] */
export class GaussianNoise extends Noise<ValuesOf<typeof OPTIONS>> {
  static override readonly positional = ["stddev"];

  constructor(stddev: number, options: GaussianNoiseOptions = {}) {
    super(options, OPTIONS, { stddev });
  }

  protected override get amount(): number {
    return this.options.stddev;
  }

  protected override changed(x: Tensor): Tensor {
    const { stddev } = this.options;
    return add(x, this.generator.normal(x.shape, 0, stddev, x.dtype));
  }
}

register("GaussianNoise", GaussianNoise);
