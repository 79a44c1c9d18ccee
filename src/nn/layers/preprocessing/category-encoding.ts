import { mul } from "../../../ops/arithmetic";
import { oneHot } from "../../../ops/indexing";
import { cast, expandDims, sum } from "../../../ops/shape";
import { type ValuesOf, choice, positiveInteger } from "../../../tensor/option-kinds";
import type { Tensor } from "../../../tensor/tensor";
import type { InputSpec } from "../../input-spec";
import { Layer, type LayerOptions } from "../../layer";
import { type Spelling, register } from "../../registry";
import { encoded } from "./encoded-layer";

type Mode = "oneHot" | "multiHot" | "count";

export interface CategoryEncodingOptions extends LayerOptions {
  /** "multiHot" by default: ones at the categories of a sample. */
  outputMode?: Spelling<Mode>;
}

const OPTIONS = {
  numTokens: positiveInteger(),
  outputMode: choice<Mode>(["multiHot", "oneHot", "count"], "multiHot"),
};

/**
 * Ones, or counts, at categories. x integers in [0, numTokens), [batch, n] -> [batch, numTokens]; with
 * "oneHot" [..., n] -> [..., n, numTokens], where an n of 1 falls away.
 */
export class CategoryEncoding extends Layer<ValuesOf<typeof OPTIONS>> {
  static override readonly positional = ["numTokens"];

  constructor(numTokens: number, options: CategoryEncodingOptions = {}) {
    super(options, OPTIONS, { numTokens });
  }

  protected override inputSpec(): InputSpec {
    return { shape: ["..."] };
  }

  /**
   * Encodes categories. x int32 or float [batch, n] or [n] -> y float [batch, numTokens] or [numTokens];
   * with outputMode "oneHot" [..., numTokens].
   * @param countWeights what each element counts, in the shape of x; for "count" alone
   */
  forward(x: Tensor, countWeights?: Tensor): Tensor {
    const { numTokens, outputMode } = this.options;
    const indices = cast(x, "int32");
    if (countWeights === undefined) return encoded(indices, outputMode, numTokens, this.dtype);
    if (outputMode !== "count") {
      throw new TypeError(
        `CategoryEncoding: expected countWeights with outputMode "count" alone but it is "${outputMode}"`,
      );
    }
    const table = oneHot(indices, numTokens, this.dtype);
    const weights = expandDims(cast(countWeights, this.dtype), -1);
    return sum(mul(table, weights), indices.rank > 1 ? 1 : 0);
  }
}

register("CategoryEncoding", CategoryEncoding);
