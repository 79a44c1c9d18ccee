import { type ValuesOf, choice, positiveInteger } from "../../../tensor/option-kinds";
import type { Tensor } from "../../../tensor/tensor";
import type { LayerOptions } from "../../layer";
import { type Spelling, register } from "../../registry";
import { EncodedLayer, type OutputMode, encoded } from "./encoded-layer";
import { type RawValues, flattenRaw, scalarOrNull } from "./raw-values";
import { type Salt, bucketOf, salt } from "./salt";

export interface HashingOptions extends LayerOptions {
  /** A value that alone has the number 0; none by default. */
  maskValue?: string | number | null;
  /** A key of the hash; null, the default, for the hash without a key. */
  salt?: Salt | null;
  /** "int" by default. */
  outputMode?: Spelling<OutputMode>;
}

const OPTIONS = {
  numBins: positiveInteger(),
  maskValue: scalarOrNull(),
  salt: salt(),
  outputMode: choice<OutputMode>(["int", "oneHot", "multiHot", "count"], "int"),
};

/**
 * Numbers from 0 to `numBins` - 1 for strings or integers, by a hash: nothing has to be learned, and
 * different values may meet in a bin. Bins are those of Keras. x [batch, ...] -> int32 [batch, ...], or as
 * `outputMode` says.
 */
export class Hashing extends EncodedLayer<ValuesOf<typeof OPTIONS>> {
  static override readonly positional = ["numBins"];

  constructor(numBins: number, options: HashingOptions = {}) {
    super(options, OPTIONS, { numBins });
  }

  encode(x: RawValues): Tensor {
    const { numBins, maskValue, salt: key } = this.options;
    const { values, shape } = flattenRaw(x, "Hashing");
    const hasMask = maskValue !== null && numBins > 1;
    const bins = hasMask ? numBins - 1 : numBins;
    const found = new Int32Array(values.length);
    for (let i = 0; i < values.length; i++) {
      const isMask = hasMask && values[i] === maskValue;
      found[i] = isMask ? 0 : bucketOf(values[i], bins, key) + (hasMask ? 1 : 0);
    }
    return this.indices(found, shape);
  }

  protected finish(indices: Tensor): Tensor {
    const { outputMode, numBins } = this.options;
    return encoded(indices, outputMode, numBins, this.dtype);
  }
}

register("Hashing", Hashing);
