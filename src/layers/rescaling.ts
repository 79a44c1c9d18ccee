import type { DType } from "../dtype";
import { Module } from "../module";
import { rescale } from "../ops/rescale";
import type { Tensor } from "../tensor";

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
    for (const [name, value] of Object.entries({ scale, offset })) {
      if (Number.isFinite(value)) continue;
      throw new TypeError(
        `Rescaling: expected a finite number for ${name} but received ${String(value)}`,
      );
    }
  }

  forward(x: Tensor): Tensor {
    return rescale(x, this.scale, this.offset, this.options.dtype);
  }
}
