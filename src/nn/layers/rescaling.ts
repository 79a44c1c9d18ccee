import { type DType, isFloat } from "../../tensor/dtype";
import { Module } from "../module";
import { checkOptions } from "../../tensor/options";
import { checkTensor } from "../../ops/arguments";
import { rescale } from "../../ops/rescale";
import type { Tensor } from "../../tensor/tensor";
import { describeValue } from "../../tensor/values";

export interface RescalingOptions {
  /** Of the result: "float32" by default. */
  dtype?: DType;
}

/** y = x * scale + offset, as floats; x of any dtype, so that images can stay uint8 in memory. */
export class Rescaling extends Module {
  constructor(
    private readonly scale: number,
    private readonly offset = 0,
    private readonly options: RescalingOptions = {},
  ) {
    super();
    checkOptions(options, ["dtype"], "Rescaling");
    const { dtype = "float32" } = options;
    if (!isFloat(dtype)) {
      throw new TypeError(`Rescaling: expected a float dtype but received ${describeValue(dtype)}`);
    }
    for (const [name, value] of Object.entries({ scale, offset })) {
      if (Number.isFinite(value)) continue;
      throw new TypeError(
        `Rescaling: expected a finite number for ${name} but received ${describeValue(value)}`,
      );
    }
  }

  forward(x: Tensor): Tensor {
    checkTensor(x, "Rescaling", "x");
    return rescale(x, this.scale, this.offset, this.options.dtype);
  }
}
