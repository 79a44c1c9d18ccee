/** Means and sums over samples, and metrics that are the mean of a function. */

import { checkTensor } from "../../ops/arguments";
import { mul } from "../../ops/arithmetic";
import { cast, sum } from "../../ops/shape";
import { accumulate, assignAdd } from "../../ops/update";
import { tidy } from "../../tensor/memory";
import type { OptionKinds } from "../../tensor/option-kinds";
import { Tensor } from "../../tensor/tensor";
import { describeValue } from "../../tensor/values";
import type { Variable } from "../../tensor/variable";
import { targetsFor } from "../losses/arguments";
import { type Config, functionOf, register } from "../registry";
import { samplewise } from "../sample-weights";
import { type Direction, Metric, type MetricOptions } from "./metric";

/** A mean over samples by their weights, kept in float64. */
abstract class Averaged<O extends object = Readonly<Record<string, unknown>>> extends Metric<
  number,
  O
> {
  private readonly total: Variable;
  private readonly count: Variable;

  constructor(options: object, own: OptionKinds | readonly string[] = {}, positional: object = {}) {
    super(options, own, positional);
    this.total = this.addVariable("total");
    this.count = this.addVariable("count");
  }

  /** The mean over all samples since the start or the last `reset`; 0 if there were none. */
  result(): number {
    const count = this.count.item();
    return count === 0 ? 0 : this.total.item() / count;
  }

  /** Adds values of samples, [samples, ...], each by its weight. */
  protected add(values: Tensor, sampleWeight: Tensor | null): void {
    const samples = samplewise(values, sampleWeight, "mean", this.constructor.name);
    accumulate(this.total, samples.values);
    if (samples.weights === null) assignAdd(this.count, samples.values.shape[0] ?? 1);
    else accumulate(this.count, samples.weights);
  }

  /** Adds the mean of a batch, which counts for all of its samples. */
  protected addMean(mean: Tensor, samples: number, sampleWeight: Tensor | null): void {
    if (sampleWeight === null) {
      accumulate(this.total, mul(mean, samples));
      assignAdd(this.count, samples);
      return;
    }
    const weight = sum(cast(sampleWeight, mean.dtype));
    accumulate(this.total, mul(mean, weight));
    accumulate(this.count, weight);
  }
}

/** The mean of values, such as one loss a sample: batches count by their number of samples. */
export class Mean extends Averaged {
  constructor(options: MetricOptions = {}) {
    super(options);
  }

  /**
   * Counts a batch.
   * @param values any dtype, [samples, ...], or a scalar
   * @param sampleWeight a weight for each sample; all count alike without
   */
  override update(values: Tensor, sampleWeight?: Tensor): void {
    checkTensor(values, "Mean", "values");
    if (sampleWeight !== undefined) checkTensor(sampleWeight, "Mean", "sampleWeight");
    tidy(() => this.add(values, sampleWeight ?? null));
  }

  protected accumulate(values: Tensor): void {
    this.add(values, null);
  }
}

register("Mean", Mean);

/** The sum of values. */
export class Sum extends Metric {
  private readonly total = this.addVariable("total");

  constructor(options: MetricOptions = {}) {
    super(options);
  }

  /**
   * Adds a batch.
   * @param values any dtype, [samples, ...], or a scalar
   * @param sampleWeight a factor for each sample
   */
  override update(values: Tensor, sampleWeight?: Tensor): void {
    checkTensor(values, "Sum", "values");
    if (sampleWeight !== undefined) checkTensor(sampleWeight, "Sum", "sampleWeight");
    tidy(() =>
      accumulate(this.total, samplewise(values, sampleWeight ?? null, "sum", "Sum").values),
    );
  }

  protected accumulate(values: Tensor): void {
    accumulate(this.total, values);
  }

  result(): number {
    return this.total.item();
  }
}

register("Sum", Sum);

/** A function of targets and predictions, whose results a metric is the mean of. */
export type MetricFunction = (yTrue: Tensor, yPred: Tensor) => Tensor;

/** Base of the metrics that are means over samples: `measure` gives the values of a batch. */
export abstract class MeanMetric<
  O extends object = Readonly<Record<string, unknown>>,
> extends Averaged<O> {
  /** Values of samples, [samples, ...], of any dtype; or their mean, a scalar. */
  protected abstract measure(yTrue: Tensor, yPred: Tensor): Tensor;

  /** Weights of the samples, those left out that do not count. */
  protected weightsOf(_yTrue: Tensor, sampleWeight: Tensor | null): Tensor | null {
    return sampleWeight;
  }

  protected accumulate(yTrue: Tensor, yPred: Tensor, sampleWeight: Tensor | null): void {
    const values: unknown = this.measure(yTrue, yPred);
    if (!(values instanceof Tensor)) {
      throw new TypeError(
        `${this.name}: expected a tensor of one value a sample but received ${describeValue(values)}`,
      );
    }
    const weights = this.weightsOf(yTrue, sampleWeight);
    if (values.rank > 0 || yPred.rank === 0) this.add(values, weights);
    else this.addMean(values, this.meanCounts(yPred.shape[0]), weights);
  }

  /** For how many samples a mean over a batch counts where none has a weight: as in Keras for one. */
  protected meanCounts(_samples: number): number {
    return 1;
  }
}

/** Options of `MeanMetricWrapper`. */
export interface WrapperOptions extends MetricOptions {
  /** Whether a greater mean is better; null, the default, where neither is. */
  direction?: Direction;
}

/** The mean over samples of a function such as a loss. */
export class MeanMetricWrapper extends MeanMetric {
  override readonly direction: Direction;

  /** @param fn gives one value a sample, or their mean */
  constructor(
    private readonly fn: MetricFunction,
    { direction = null, name }: WrapperOptions = {},
  ) {
    super({ name: name ?? (fn.name || null) });
    this.direction = direction;
  }

  protected measure(yTrue: Tensor, yPred: Tensor): Tensor {
    return this.fn(targetsFor(yTrue, yPred), yPred);
  }

  /** Batches count by their number of samples, as they do in the loss that `fit` reports. */
  protected override meanCounts(samples: number): number {
    return samples;
  }

  override config(): Config {
    const { fn, name, direction } = this;
    return { fn, name, direction };
  }

  /** @hidden */
  static override fromConfig({ fn, ...options }: Config): MeanMetricWrapper {
    const named = functionOf("function", fn, "MeanMetricWrapper", "fn");
    return new MeanMetricWrapper(named as MetricFunction, options);
  }
}

register("MeanMetricWrapper", MeanMetricWrapper);

/** The class of metrics that are the mean of a function of the library; all options may be left out. */
export interface MeanMetricClass<O extends object> {
  new (options?: O & MetricOptions): MeanMetric<O>;
  /** Of its objects. */
  readonly prototype: MeanMetric<O>;
}

interface Traits {
  direction: Direction;
  /** Names of the function's options. */
  options?: readonly string[];
  /** Short forms that names of metrics are understood in. */
  aliases?: readonly string[];
  /** Weights of the samples, those left out that do not count. */
  weights?: (
    yTrue: Tensor,
    sampleWeight: Tensor | null,
    options: Record<string, unknown>,
  ) => Tensor | null;
}

/** The class whose metrics are the mean of `fn` over the samples, registered under its name. */
export function meanMetricClass<O extends object>(
  name: string,
  fn: (yTrue: Tensor, yPred: Tensor, options?: O) => Tensor,
  { direction, options: names = [], aliases = [], weights }: Traits,
): MeanMetricClass<O> {
  const made = class extends MeanMetric<O> {
    override readonly direction = direction;

    constructor(options: O & MetricOptions = {} as O & MetricOptions) {
      super(options, names);
    }

    protected measure(yTrue: Tensor, yPred: Tensor): Tensor {
      return fn(yTrue, yPred, this.options);
    }

    protected override weightsOf(yTrue: Tensor, sampleWeight: Tensor | null): Tensor | null {
      if (weights === undefined) return sampleWeight;
      return weights(yTrue, sampleWeight, this.options as Record<string, unknown>);
    }
  };
  Object.defineProperty(made, "name", { value: name });
  for (const each of [name, ...aliases]) register(each, made);
  return made;
}
