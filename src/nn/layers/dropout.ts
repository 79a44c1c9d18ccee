import { Module } from "../module";
import { checkOptions } from "../../tensor/options";
import { mul } from "../../ops/arithmetic";
import { checkFloat } from "../../ops/arguments";
import { Generator } from "../../ops/random";
import { guardRead, guardedValueChanged } from "../../tensor/recorder";
import type { Tensor } from "../../tensor/tensor";
import { describeValue } from "../../tensor/values";

export interface DropoutOptions {
  /** By default the next stream of the library's seed (see `setSeed`). */
  seed?: number;
}

/**
 * In training, sets each element to 0 with probability `rate` and multiplies the others by
 * 1 / (1 - rate); otherwise passes x on (Srivastava et al. 2014, in its inverted form).
 */
export class Dropout extends Module {
  private currentRate: number;
  private readonly generator: Generator;

  constructor(rate: number, options: DropoutOptions = {}) {
    super();
    checkOptions(options, ["seed"], "Dropout");
    this.currentRate = checkedRate(rate);
    this.generator = new Generator(options.seed);
  }

  /** Probability of 0, in [0, 1). */
  get rate(): number {
    return guardRead(this, "rate", this.currentRate, () => this.currentRate);
  }

  set rate(value: number) {
    this.currentRate = checkedRate(value);
    guardedValueChanged();
  }

  forward(x: Tensor): Tensor {
    checkFloat(x, "Dropout");
    const { training, rate } = this;
    if (!training || rate === 0) return x;
    return mul(x, this.generator.dropoutMask(x.shape, rate, x.dtype));
  }

  /** Random state, and a mode that `train` and `eval` must reach. */
  override get hasState(): boolean {
    return true;
  }
}

function checkedRate(rate: number): number {
  if (typeof rate === "number" && rate >= 0 && rate < 1) return rate;
  throw new RangeError(`Dropout: expected a rate in [0, 1) but received ${describeValue(rate)}`);
}
