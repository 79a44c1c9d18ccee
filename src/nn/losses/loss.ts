/** Losses as objects: options, a reduction, weights of samples. */

import { div, mul } from "../../ops/arithmetic";
import { mean } from "../../ops/reduce";
import { cast, fill, sum } from "../../ops/shape";
import { BY_IDENTITY } from "../../tensor/by-identity";
import { type OptionKinds, choice, kindsOf, valuesOf } from "../../tensor/option-kinds";
import { checkOptions } from "../../tensor/options";
import { Tensor } from "../../tensor/tensor";
import { describeValue } from "../../tensor/values";
import type { Config, Configurable } from "../registry";
import { alignedWeights, divideNoNaN } from "../sample-weights";
import { type LabelUse, labelUseOf } from "./labels";

const REDUCTIONS = ["sumOverBatchSize", "sum", "none", "mean", "meanWithSampleWeight"] as const;

/** What becomes of the losses of samples, each times its weight. */
export type Reduction = (typeof REDUCTIONS)[number];

/** Options of all loss classes. */
export interface LossOptions {
  /**
   * "sumOverBatchSize", the default, and "mean": the sum divided by the number of values. "sum" and
   * "none": as they are. "meanWithSampleWeight": the sum divided by the sum of the weights.
   */
  reduction?: Reduction | null;
}

const COMMON = { reduction: choice(REDUCTIONS, "sumOverBatchSize") };

/**
 * Base of the losses as objects. One of your own gives its options to the constructor of this class
 * and computes one loss a sample:
 *
 * ```ts
 * class Quantile extends losses.Loss<{ quantile?: number }> {
 *   constructor(options: losses.LossOptions & { quantile?: number } = {}) {
 *     super(options, ["quantile"]); // the names of its own options
 *   }
 *   perSample(yTrue: Tensor, yPred: Tensor): Tensor {
 *     const { quantile = 0.5 } = this.options;
 *     const short = yTrue.sub(yPred);
 *     return short.mul(quantile).maximum(short.mul(quantile - 1)).mean(-1);
 *   }
 * }
 * register("Quantile", Quantile);
 * ```
 *
 * @typeParam O the values of the loss's own options
 */
export abstract class Loss<
  O extends object = Readonly<Record<string, unknown>>,
> implements Configurable {
  /** @hidden */
  static readonly kind: string = "loss";

  /** The loss's own options, as they were given. */
  readonly options: O;
  /** What becomes of the losses of samples. */
  readonly reduction: Reduction;
  #labelUse: LabelUse | null = null;

  /** @param own kinds of the loss's own options, or their names alone */
  constructor(options: object = {}, own: OptionKinds | readonly string[] = {}) {
    const loss = this.constructor.name;
    const kinds = kindsOf(own);
    checkOptions(options, [...Object.keys(kinds), "reduction"], loss);
    const { reduction, ...others } = options as LossOptions;
    const named = { reduction: reduction === null ? "none" : reduction };
    this.reduction = valuesOf(COMMON, named, loss).reduction;
    const values = valuesOf(kinds, others, loss);
    const given = Object.entries(values).filter(([, value]) => value !== undefined);
    this.options = Object.freeze(Object.fromEntries(given)) as O;
  }

  /** @internal */
  get [BY_IDENTITY](): true {
    return true;
  }

  /** Whether targets are labels, whole numbers: then arrays of them become int32 tensors in `fit`. */
  get takesLabels(): boolean {
    return this.#labelUse !== null;
  }

  /** @internal Whether the library knows that less of it is better. */
  get isKnown(): boolean {
    return true;
  }

  /** @internal How the last targets were read, if as labels. */
  get labelUse(): LabelUse | null {
    return this.#labelUse;
  }

  /** One loss a sample. Targets come first. */
  abstract perSample(yTrue: Tensor, yPred: Tensor): Tensor;

  /** Which of the losses count in a mean, as uint8; null for all. */
  protected maskOf(_losses: Tensor, _yTrue: Tensor, _yPred: Tensor): Tensor | null {
    return null;
  }

  /**
   * The loss of a batch: those of its samples, weighed and reduced.
   * @param sampleWeight a weight for each sample, or for each index of more leading axes
   * @returns a scalar, or with the reduction "none" one value a sample
   */
  call(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): Tensor {
    return this.measured(yTrue, yPred, sampleWeight ?? null).loss;
  }

  /** @internal The same, with the losses that were reduced where they weigh alike. */
  measured(
    yTrue: Tensor,
    yPred: Tensor,
    sampleWeight: Tensor | null,
  ): { loss: Tensor; losses: Tensor | null } {
    const losses: unknown = this.perSample(yTrue, yPred);
    if (!(losses instanceof Tensor)) {
      throw new TypeError(
        `${this.constructor.name}: expected a tensor of one loss a sample but received ${describeValue(losses)}`,
      );
    }
    this.#labelUse = labelUseOf(yTrue);
    const mask = this.maskOf(losses, yTrue, yPred);
    const weights = this.#weights(losses, mask, sampleWeight);
    return {
      loss: this.#reduced(losses, weights),
      losses: weights === null && this.#isMean ? losses : null,
    };
  }

  /** The options with which the constructor makes a loss like this one. */
  config(): Config {
    return { ...this.options, reduction: this.reduction };
  }

  /** @hidden A loss of such a configuration. */
  static fromConfig(config: Config): Loss {
    const create = this as unknown as new (options: Config) => Loss;
    return new create(config);
  }

  /** Weights of the losses, those of the mask among them, of the rank of losses; null for none. */
  #weights(losses: Tensor, mask: Tensor | null, sampleWeight: Tensor | null): Tensor | null {
    const name = this.constructor.name;
    const given = sampleWeight === null ? null : alignedWeights(losses, sampleWeight, name);
    if (mask === null) return given;
    const counted = cast(mask, losses.dtype);
    const weights = this.#isMean ? mul(counted, shareOf(counted)) : counted;
    return given === null ? weights : mul(given, weights);
  }

  get #isMean(): boolean {
    return this.reduction === "sumOverBatchSize" || this.reduction === "mean";
  }

  #reduced(losses: Tensor, weights: Tensor | null): Tensor {
    const { reduction } = this;
    const weighed = weights === null ? losses : mul(losses, weights);
    if (reduction === "none" || losses.rank === 0 || losses.size === 0) return weighed;
    if (reduction === "sum") return sum(weighed);
    if (weights === null) return mean(losses);
    if (reduction === "meanWithSampleWeight") return divideNoNaN(sum(weighed), sum(weights));
    return div(sum(weighed), losses.size);
  }
}

/** What each of those that count weighs in a mean, so that they share the weight of all. */
function shareOf(counted: Tensor): Tensor {
  return divideNoNaN(fill([], counted.size, counted.dtype), sum(counted));
}
