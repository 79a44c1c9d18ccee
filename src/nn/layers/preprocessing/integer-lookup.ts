import { register } from "../../registry";
import { IndexLookup, type LookupOptions } from "./index-lookup";
import type { Scalar } from "./raw-values";

/** Options of `IntegerLookup`. */
export type IntegerLookupOptions = LookupOptions<number>;

/**
 * Numbers of integers by a vocabulary, which `adapt` learns; as `StringLookup` does for strings. An int32
 * tensor in `forward` holds what `encode` gave: give integers as arrays. `oovToken` is -1 by default.
 */
export class IntegerLookup extends IndexLookup<number> {
  constructor(options: IntegerLookupOptions = {}) {
    super(options, -1);
  }

  protected tokenOf(value: Scalar): number {
    if (Number.isSafeInteger(Number(value))) return Number(value);
    throw new TypeError(`IntegerLookup: expected integers for x but received ${value}`);
  }

  protected override oovOf(token: number, indices: number): number {
    if (this.options.salt !== null) return super.oovOf(token, indices);
    return ((token % indices) + indices) % indices;
  }
}

register("IntegerLookup", IntegerLookup);
