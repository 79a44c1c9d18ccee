import { register } from "../../registry";
import { IndexLookup, type LookupOptions } from "./index-lookup";
import type { Scalar } from "./raw-values";

/** Options of `StringLookup`. */
export type StringLookupOptions = LookupOptions<string>;

/**
 * Numbers of strings by a vocabulary, which `adapt` learns. Numbers are, in this order: 0 for the mask,
 * if there is one; those of unknown strings; those of the vocabulary. x strings [batch, ...] -> int32 of that
 * shape, or float as `outputMode` says. `oovToken` is "[UNK]" by default.
 */
export class StringLookup extends IndexLookup<string> {
  constructor(options: StringLookupOptions = {}) {
    super(options, "[UNK]");
  }

  protected tokenOf(value: Scalar): string {
    return String(value);
  }
}

register("StringLookup", StringLookup);
