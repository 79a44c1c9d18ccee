import { add, mul, rsqrt, sub } from "../../ops/arithmetic";
import { resolveAxis } from "../../ops/arguments";
import { moments } from "../../ops/reduce";
import { reshape } from "../../ops/shape";
import { integer } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { register } from "../registry";
import { type KnownShape, describeShape, knownSize } from "../types-alone";
import {
  SCALE_AND_SHIFT,
  ScaleAndShift,
  type ScaleAndShiftOptions,
  shapeAlong,
} from "./scale-and-shift";

export interface GroupNormalizationOptions extends ScaleAndShiftOptions {
  /** In so many groups the channels are normalised; 32 by default, -1 for one a channel. */
  groups?: number;
  /** The axis of the channels; -1 by default. */
  axis?: number;
}

const OWN = { groups: integer(32, { least: -1 }), axis: integer(-1) };

/**
 * gamma (x - mean) / sqrt(variance + epsilon) + beta, with the statistics of each sample over all
 * places and a group of channels (Wu and He 2018, arXiv:1803.08494).
 * x float [batch, ..., channels] -> y [batch, ..., channels]; gamma and beta [channels].
 */
export class GroupNormalization extends ScaleAndShift<typeof OWN> {
  constructor(options: GroupNormalizationOptions = {}) {
    super(options, { ...SCALE_AND_SHIFT, ...OWN });
    if (this.options.groups !== 0) return;
    throw new RangeError(
      "GroupNormalization: expected a positive integer, or -1, for groups but received 0",
    );
  }

  override build(inputShape: KnownShape): void {
    const { groups } = this.options;
    const axis = this.channelAxis(inputShape.length);
    const channels = knownSize(inputShape, axis, "GroupNormalization");
    if (groups !== -1 && channels % groups !== 0) {
      throw new RangeError(
        `GroupNormalization: expected channels in a multiple of groups, ${groups}, on axis ${axis} of ` +
          `inputShape but received ${describeShape(inputShape)}`,
      );
    }
    this.addScaleAndShift([channels]);
  }

  private channelAxis(rank: number): number {
    const axis = resolveAxis(this.options.axis, rank, "GroupNormalization");
    if (axis > 0) return axis;
    throw new RangeError(
      "GroupNormalization: expected an axis other than the batch's but received 0",
    );
  }

  forward(x: Tensor): Tensor {
    const { groups, epsilon } = this.options;
    const axis = this.channelAxis(x.rank);
    const channels = x.shape[axis];
    const count = groups === -1 ? channels : groups;
    const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
    const parts = reshape(x, [...before, count, channels / count, ...after]);
    const along = parts.shape.map((_, i) => i).filter((i) => i !== 0 && i !== axis);
    const { mean, variance } = moments(parts, along, true);
    const y = mul(sub(parts, mean), rsqrt(add(variance, epsilon)));
    return this.scaledAndShifted(reshape(y, x.shape), shapeAlong(x, [axis]));
  }
}

register("GroupNormalization", GroupNormalization);
