import { resolveAxis } from "../../ops/arguments";
import { ones, zeros } from "../../ops/creation";
import { batchNorm, normalizeChannels } from "../../ops/normalization";
import { integer, number } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { Variable } from "../../tensor/variable";
import type { InitializerLike } from "../initializers/initializer";
import type { InputSpec } from "../input-spec";
import { initializer } from "../layer-options";
import { register } from "../registry";
import { isTraining } from "../training-only";
import { type KnownShape, knownSize } from "../types-alone";
import { withAxisLast } from "./pictures";
import { SCALE_AND_SHIFT, ScaleAndShift, type ScaleAndShiftOptions } from "./scale-and-shift";

export interface BatchNormalizationOptions extends ScaleAndShiftOptions {
  /** The axis of the channels, each of which has its own statistics; -1 by default. */
  axis?: number;
  /** What the moving statistics keep of themselves at each batch; 0.99 by default. */
  momentum?: number;
  /** "zeros" by default. */
  movingMeanInitializer?: InitializerLike;
  /** "ones" by default. */
  movingVarianceInitializer?: InitializerLike;
}

const OWN = {
  axis: integer(-1),
  momentum: number(0.99, { least: 0, most: 1 }),
  movingMeanInitializer: initializer("zeros"),
  movingVarianceInitializer: initializer("ones"),
};

/**
 * gamma (x - mean) / sqrt(variance + epsilon) + beta, channel by channel (Ioffe and Szegedy 2015,
 * arXiv:1502.03167). In training with the mean and the biased variance of the batch, which the moving
 * statistics follow: moving = momentum moving + (1 - momentum) batch. In inference, and in training
 * where `trainable` is false, with the moving statistics.
 *
 * x float [batch, ..., channels] -> y [batch, ..., channels]; gamma, beta, movingMean and movingVariance
 * [channels].
 */
export class BatchNormalization extends ScaleAndShift<typeof OWN> {
  /** [channels], null before the layer is built; not trained: it follows the means of batches. */
  movingMean: Variable | null = null;
  /** [channels], null before the layer is built; not trained: it follows the variances of batches. */
  movingVariance: Variable | null = null;

  constructor(options: BatchNormalizationOptions = {}) {
    super(options, { ...SCALE_AND_SHIFT, ...OWN });
  }

  /** Channels on `axis`, as many as the layer was built for. */
  protected override inputSpec(): InputSpec {
    const { axis } = this.options;
    const channels = this.movingMean?.shape[0] ?? "channels";
    if (axis === -1) return { shape: ["batch", "...", channels], dtype: this.dtype };
    return super.inputSpec();
  }

  override build(inputShape: KnownShape): void {
    const { axis, movingMeanInitializer, movingVarianceInitializer } = this.options;
    const along = resolveAxis(axis, inputShape.length, "BatchNormalization");
    const channels = [knownSize(inputShape, along, "BatchNormalization")];
    this.addScaleAndShift(channels);
    const moving = (name: string, initial: InitializerLike): Variable =>
      this.addWeight(name, channels, { initializer: initial, trainable: false });
    this.movingMean = moving("movingMean", movingMeanInitializer);
    this.movingVariance = moving("movingVariance", movingVarianceInitializer);
  }

  forward(x: Tensor): Tensor {
    const { epsilon, momentum } = this.options;
    const axis = resolveAxis(this.options.axis, x.rank, "BatchNormalization");
    const [mean, variance] = [this.movingMean, this.movingVariance] as Variable[];
    const gamma = this.gamma ?? ones(mean.shape, x.dtype);
    const beta = this.beta ?? zeros(mean.shape, x.dtype);
    // What is empty has no statistics.
    const follows = isTraining(this) && this.trainable && !x.shape.includes(0);
    return withAxisLast(x, axis, (t) =>
      follows
        ? batchNorm(t, gamma, beta, epsilon, { mean, variance, momentum })
        : normalizeChannels(t, mean, variance, gamma, beta, epsilon),
    );
  }
}

register("BatchNormalization", BatchNormalization);
