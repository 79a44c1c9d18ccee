import { reshape, transpose } from "../../ops/shape";
import type { ValuesOf } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { type DataFormatOption, dataFormat } from "../layer-options";
import { register } from "../registry";
import { knownSizeOf } from "../types-alone";

export interface FlattenOptions extends LayerOptions, DataFormatOption {}

const OPTIONS = { dataFormat: dataFormat() };

/**
 * All axes but the first in one: x [batch, a, b, ...] -> y [batch, a * b * ...]. Of channels first they
 * come to stand last, so that the same weights may follow.
 */
export class Flatten extends Layer<ValuesOf<typeof OPTIONS>> {
  constructor(options: FlattenOptions = {}) {
    super(options, OPTIONS);
  }

  protected override inputSpec(): InputSpec {
    return { shape: ["batch", "..."] };
  }

  forward(x: Tensor): Tensor {
    const rows = [x.shape[0], knownSizeOf(x.shape.slice(1)) as number];
    if (this.options.dataFormat === "channelsLast" || x.rank < 3) return reshape(x, rows);
    const others = x.shape.map((_, axis) => axis).slice(2);
    return reshape(transpose(x, [0, ...others, 1]), rows);
  }
}

register("Flatten", Flatten);
