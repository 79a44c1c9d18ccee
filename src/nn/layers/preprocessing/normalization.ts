import { add, div, maximum, mul, sqrt, sub } from "../../../ops/arithmetic";
import { cast, reshape } from "../../../ops/shape";
import { assign } from "../../../ops/update";
import { type OptionKind, type ValuesOf, flag } from "../../../tensor/option-kinds";
import { tidy } from "../../../tensor/memory";
import { outsideRecording } from "../../../tensor/recorder";
import { type Shape, type Tensor, tensor } from "../../../tensor/tensor";
import { type Values, describeValue, flatten, nested } from "../../../tensor/values";
import type { Variable } from "../../../tensor/variable";
import type { InputSpec } from "../../input-spec";
import { Layer, type LayerOptions } from "../../layer";
import { register } from "../../registry";
import type { KnownShape } from "../../types-alone";
import { axesFromZero, shapeAlong, sizesAlong } from "../scale-and-shift";
import { batchOf, batchesOf } from "./adapted-data";

export interface NormalizationOptions extends LayerOptions {
  /** The axis, or axes, along which each place has its own statistics; -1 by default, null for none. */
  axis?: number | readonly number[] | null;
  /** Instead of `adapt`: a number, or nested arrays along `axis`; with `variance`. */
  mean?: Values | null;
  /** Instead of `adapt`. */
  variance?: Values | null;
  /** Whether normalized numbers are turned back; false. */
  invert?: boolean;
}

const axes: OptionKind<readonly number[]> = (given = -1, where, name) => {
  const list: unknown = given === null ? [] : typeof given === "number" ? [given] : given;
  if (Array.isArray(list) && list.every(Number.isSafeInteger)) return list as number[];
  throw new TypeError(
    `${where}: expected integers, or null, for ${name} but received ${describeValue(given)}`,
  );
};

const statistic: OptionKind<Values | null> = (given, where, name) => {
  if (given === undefined || given === null) return null;
  try {
    const { data, shape } = flatten(given as Values, undefined, "float64");
    return nested(data, shape);
  } catch (error) {
    throw new TypeError(`${where}: ${name}: ${(error as Error).message}`, { cause: error });
  }
};

const OPTIONS = { axis: axes, mean: statistic, variance: statistic, invert: flag(false) };

/** The least standard deviation that is divided by, as in Keras. */
const EPSILON = 1e-7;

/**
 * (x - mean) / sqrt(variance), with the statistics of the data that `adapt` saw, or given ones.
 * x of any shape and dtype -> y of that shape, float. mean and variance [sizes of `axis`], weights that
 * training does not change.
 */
export class Normalization extends Layer<ValuesOf<typeof OPTIONS>> {
  /** The means that are subtracted, of the axes that are kept; null before `adapt`. */
  mean: Variable | null = null;
  /** The variances whose roots divide; null before `adapt`. */
  variance: Variable | null = null;
  /** Number of samples that `adapt` has seen, int32; null before. */
  count: Variable | null = null;

  constructor(options: NormalizationOptions = {}) {
    super(options, OPTIONS);
    const { mean, variance } = this.options;
    if ((mean === null) === (variance === null)) return;
    throw new TypeError(
      `Normalization: expected mean and variance but received ${mean === null ? "variance" : "mean"} alone`,
    );
  }

  protected override inputSpec(): InputSpec {
    return { shape: ["..."] };
  }

  override build(inputShape: KnownShape): void {
    if (this.options.mean !== null) return;
    const kept = sizesAlong(inputShape, this.options.axis, "Normalization");
    const trainable = false;
    this.mean = this.addWeight("mean", kept, { initializer: "zeros", trainable });
    this.variance = this.addWeight("variance", kept, { initializer: "ones", trainable });
    this.count = this.addWeight("count", [], { initializer: "zeros", trainable, dtype: "int32" });
  }

  /**
   * Finds mean and variance, anew at each call.
   * @param data samples: a tensor, nested arrays or a typed array; or batches of them, as a dataset has,
   *   alone or before their targets
   */
  adapt(data: Tensor | Values | Iterable<unknown>): this {
    if (this.options.mean !== null) {
      throw new Error("Normalization: expected no adapt beside the options mean and variance");
    }
    const moments = new Moments((rank) => this.keptAxes(rank));
    outsideRecording(() =>
      tidy(() => {
        for (const batch of batchesOf(data)) {
          const x = batchOf(batch, "float64");
          this.build(x.shape);
          moments.add(x.data() as Float64Array, x.shape);
        }
        if (moments.count === 0) {
          throw new RangeError("Normalization: expected at least one sample for adapt");
        }
        const { shape } = this.mean!;
        const [mean, variance] = [moments.mean, moments.variance].map((values) =>
          cast(tensor(values, shape), this.dtype),
        );
        checkFinite(mean, variance);
        assign(this.mean!, mean);
        assign(this.variance!, variance);
        assign(this.count!, tensor(moments.count, [], "int32"));
      }),
    );
    return this;
  }

  forward(x: Tensor): Tensor {
    const { mean, variance } = this.statistics(x);
    const given = x.dtype === this.dtype ? x : cast(x, this.dtype);
    const deviation = maximum(sqrt(variance), EPSILON);
    return this.options.invert
      ? add(mean, mul(given, deviation))
      : div(sub(given, mean), deviation);
  }

  /** In a shape that fits x. */
  private statistics(x: Tensor): { mean: Tensor; variance: Tensor } {
    const kept = this.keptAxes(x.rank);
    const { mean, variance } = this.options;
    if (mean === null) {
      const along = shapeAlong(x, kept);
      return { mean: reshape(this.mean!, along), variance: reshape(this.variance!, along) };
    }
    const placed = (values: Values): Tensor => {
      const given = tensor(values, undefined, this.dtype);
      const sizes = x.shape.map(() => 1);
      given.shape.forEach((size, i) => (sizes[kept[kept.length - given.rank + i]] = size));
      return reshape(given, sizes);
    };
    return { mean: placed(mean), variance: placed(variance!) };
  }

  /** Axes from 0 on, in order. */
  private keptAxes(rank: number): number[] {
    return axesFromZero(rank, this.options.axis, "Normalization");
  }
}

function checkFinite(...statistics: readonly [mean: Tensor, variance: Tensor]): void {
  const [mean, variance] = statistics.map((x) => Array.from(x.data()));
  const place = mean.findIndex((value, i) => !Number.isFinite(value + variance[i]));
  if (place < 0) return;
  throw new RangeError(
    `Normalization: expected numbers of finite mean and variance for adapt but at place ${place} they are ` +
      `${mean[place]} and ${variance[place]}; fill in what is missing, and scale what is great`,
  );
}

/** Mean and variance by place, of batch after batch (Chan, Golub and LeVeque 1979). */
class Moments {
  mean: Float64Array = new Float64Array(0);
  count = 0;
  private squares: Float64Array = new Float64Array(0);

  constructor(private readonly kept: (rank: number) => number[]) {}

  get variance(): Float64Array {
    return this.squares.map((sum) => sum / this.count);
  }

  add(values: Float64Array, shape: Shape): void {
    const kept = this.kept(shape.length);
    const places = kept.reduce((size, axis) => size * shape[axis], 1);
    const count = values.length / places;
    if (count === 0) return;
    const place = placeOf(shape, kept);
    const [mean, squares] = [new Float64Array(places), new Float64Array(places)];
    values.forEach((value, i) => (mean[place(i)] += value / count));
    values.forEach((value, i) => (squares[place(i)] += (value - mean[place(i)]) ** 2));
    if (this.count === 0) Object.assign(this, { mean, squares });
    else {
      const total = this.count + count;
      for (let p = 0; p < places; p++) {
        const apart = mean[p] - this.mean[p];
        this.squares[p] += squares[p] + (apart * apart * this.count * count) / total;
        this.mean[p] += (apart * count) / total;
      }
    }
    this.count += count;
  }
}

/** Where the statistics of element i stand. */
function placeOf(shape: Shape, kept: readonly number[]): (i: number) => number {
  const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  return (i) =>
    kept.reduce(
      (place, axis) => place * shape[axis] + (Math.floor(i / steps[axis]) % shape[axis]),
      0,
    );
}

register("Normalization", Normalization);
