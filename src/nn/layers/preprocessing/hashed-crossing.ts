import { type ValuesOf, choice, positiveInteger } from "../../../tensor/option-kinds";
import type { Tensor } from "../../../tensor/tensor";
import { describeValue } from "../../../tensor/values";
import type { LayerOptions } from "../../layer";
import { type Spelling, register } from "../../registry";
import { EncodedLayer, encoded } from "./encoded-layer";
import { fingerprint, fingerprintOfTwo } from "./fingerprint";
import { type RawValues, type Scalar, flattenRaw } from "./raw-values";

export interface HashedCrossingOptions extends LayerOptions {
  /** "int" by default. */
  outputMode?: Spelling<"int" | "oneHot">;
}

const OPTIONS = {
  numBins: positiveInteger(),
  outputMode: choice<"int" | "oneHot">(["int", "oneHot"], "int"),
};

/** With which TensorFlow's crosses begin. */
const KEY = 0xdecafcaffen;

/**
 * One number from 0 to `numBins` - 1 for the combination of several features, by a hash. Bins are those
 * of Keras. An array of x, each strings or integers of [batch] or [batch, 1] -> int32 of that shape, or
 * [batch, numBins] if `outputMode` is "oneHot".
 */
export class HashedCrossing extends EncodedLayer<ValuesOf<typeof OPTIONS>> {
  static override readonly positional = ["numBins"];

  constructor(numBins: number, options: HashedCrossingOptions = {}) {
    super(options, OPTIONS, { numBins });
  }

  encode(x: RawValues): Tensor {
    if (!Array.isArray(x) || x.length < 2) {
      const found = Array.isArray(x) ? `an array of ${x.length}` : describeValue(x);
      throw new TypeError(
        `HashedCrossing: expected an array of at least two features for x but received ${found}`,
      );
    }
    const features = x.map((feature) => flattenRaw(feature, "HashedCrossing"));
    const [{ shape, values }] = features;
    for (const other of features) {
      if (other.shape.join() === shape.join() && shape.length <= 2 && (shape[1] ?? 1) === 1)
        continue;
      throw new RangeError(
        "HashedCrossing: expected features of one shape, [batch] or [batch, 1], but received " +
          features.map((feature) => `[${feature.shape.join(", ")}]`).join(" and "),
      );
    }
    const bins = BigInt(this.options.numBins);
    const found = Int32Array.from({ length: values.length }, (_, i) => {
      let hash = KEY;
      for (const feature of features) hash = fingerprintOfTwo(hash, hashOf(feature.values[i]));
      return Number(hash % bins);
    });
    return this.indices(found, shape);
  }

  protected finish(indices: Tensor): Tensor {
    const { outputMode, numBins } = this.options;
    return encoded(indices, outputMode, numBins, this.dtype);
  }
}

function hashOf(value: Scalar): bigint {
  return typeof value === "string"
    ? fingerprint(value)
    : BigInt.asUintN(64, BigInt(Math.trunc(value)));
}

register("HashedCrossing", HashedCrossing);
