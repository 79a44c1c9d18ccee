import { greaterEqual } from "../../../ops/arithmetic";
import { cast, expandDims, sum } from "../../../ops/shape";
import {
  type ValuesOf,
  choice,
  integer,
  number,
  numbers,
  optional,
} from "../../../tensor/option-kinds";
import { tidy } from "../../../tensor/memory";
import { outsideRecording } from "../../../tensor/recorder";
import { type Tensor, tensor } from "../../../tensor/tensor";
import type { Values } from "../../../tensor/values";
import type { InputSpec } from "../../input-spec";
import { Layer, type LayerOptions } from "../../layer";
import { type Config, type Spelling, register } from "../../registry";
import { batchOf, batchesOf } from "./adapted-data";
import { type OutputMode, encoded } from "./encoded-layer";
import { EMPTY, boundariesOf, merge, summarize } from "./quantiles";

export interface DiscretizationOptions extends LayerOptions {
  /** The limits between bins, in ascending order: n limits make n + 1 bins. */
  binBoundaries?: readonly number[] | null;
  /** Instead: how many bins `adapt` makes, of about as many values each. */
  numBins?: number | null;
  /** How exact the quantiles are that `adapt` finds; 0.01 by default. */
  epsilon?: number;
  /** "int" by default. */
  outputMode?: Spelling<OutputMode>;
}

const OPTIONS = {
  binBoundaries: optional(numbers()),
  numBins: optional(integer(undefined, { least: 1 })),
  epsilon: number(0.01, { above: 0, below: 1 }),
  outputMode: choice<OutputMode>(["int", "oneHot", "multiHot", "count"], "int"),
};

/**
 * The bin in which each number lies: 0 below the first limit, i at or above limit i - 1.
 * x [batch, ...] -> int32 of that shape, or as `outputMode` says.
 */
export class Discretization extends Layer<ValuesOf<typeof OPTIONS>> {
  #boundaries: readonly number[] | null;

  constructor(options: DiscretizationOptions = {}) {
    super(options, OPTIONS);
    const { binBoundaries, numBins } = this.options;
    if ((binBoundaries === null) === (numBins === null)) {
      const found = numBins === null ? "neither" : "both";
      throw new TypeError(
        `Discretization: expected binBoundaries or numBins but received ${found}`,
      );
    }
    this.#boundaries = binBoundaries;
  }

  /** Limits that `adapt` found stand in the configuration beside the number of bins. */
  static override fromConfig(config: Config): Discretization {
    const { binBoundaries, numBins } = config;
    if (typeof numBins !== "number" || !Array.isArray(binBoundaries)) {
      return new Discretization(config);
    }
    const made = new Discretization({ ...config, binBoundaries: null });
    made.#boundaries = numbers()(binBoundaries, "Discretization", "binBoundaries");
    return made;
  }

  override config(): Config {
    return { ...super.config(), binBoundaries: this.#boundaries };
  }

  /** The limits between bins; null before `adapt`. */
  get binBoundaries(): readonly number[] | null {
    return this.#boundaries;
  }

  protected override inputSpec(): InputSpec {
    return { shape: ["..."] };
  }

  /**
   * Finds limits between bins of about as many values each.
   * @param data numbers: a tensor, nested arrays or a typed array; or batches of them
   */
  adapt(data: Tensor | Values | Iterable<unknown>): this {
    const { numBins, epsilon } = this.options;
    if (numBins === null) {
      throw new Error("Discretization: expected the option numBins, not binBoundaries, for adapt");
    }
    let summary = EMPTY;
    for (const batch of batchesOf(data)) {
      const values = outsideRecording(() =>
        tidy(() => Array.from(batchOf(batch, "float32").data())),
      );
      summary = merge(summarize(values, epsilon), summary, epsilon);
    }
    if (summary.values.length === 0) {
      throw new RangeError("Discretization: expected at least one number for adapt");
    }
    this.#boundaries = Object.freeze(boundariesOf(summary, numBins));
    return this;
  }

  forward(x: Tensor): Tensor {
    if (this.#boundaries === null) {
      throw new Error(
        "Discretization: expected the option binBoundaries, or a call of adapt first",
      );
    }
    const given = x.dtype === this.dtype ? x : cast(x, this.dtype);
    const limits = tensor(this.#boundaries, undefined, this.dtype);
    const bins = cast(
      sum(cast(greaterEqual(expandDims(given, -1), limits), this.dtype), -1),
      "int32",
    );
    return encoded(bins, this.options.outputMode, this.#boundaries.length + 1, this.dtype);
  }
}

register("Discretization", Discretization);
