/** Normalisation of channels, the last axis, over all others. */

import { recorder } from "../tensor/recorder";
import type { Tensor } from "../tensor/tensor";
import type { Variable } from "../tensor/variable";
import { add, mul, rsqrt, sub } from "./arithmetic";
import { run } from "./op";
import type { OpRecords } from "./op-definition";
import { mean, moments } from "./reduce";
import { sum } from "./shape";

/** The gradient rules. */
export const normalizationRecords = {
  // Statistics are part of what is normalised by them: the rule of batchNorm takes them in.
  channelMoments: { vjp: null },
  followMoments: { vjp: null },
  batchNorm: {
    vjp: (dy, [x, shares, gamma], _y, { epsilon }, needs) => {
      if (isDifferentiated()) return composedGradients(dy, x, gamma, epsilon);
      const sums = run("batchNormSums", [dy, x, shares]);
      const dx = needs[0] ? run("batchNormGrad", [dy, x, shares, sums, gamma], { epsilon }) : null;
      if (!needs[2] && !needs[3]) return [dx, null, null, null];
      const [dgamma, dbeta] = run("batchNormWeightGrads", [shares, sums, gamma], { epsilon });
      return [dx, null, dgamma, dbeta];
    },
  },
  batchNormSums: { vjp: null },
  batchNormGrad: { vjp: null },
  batchNormWeightGrads: { vjp: null },
  normalizeChannels: {
    vjp: (dy, [x, center, variance, gamma], _y, { epsilon }, needs) => {
      const inverse = rsqrt(add(variance, epsilon));
      const dx = mul(dy, mul(gamma, inverse));
      const deviations = needs[2] || needs[3] ? sub(x, center) : x;
      return [
        dx,
        needs[1] ? mul(sumOfRows(dx), -1) : null,
        needs[2] ? mul(sumOfRows(mul(dx, deviations)), mul(mul(inverse, inverse), -0.5)) : null,
        needs[3] ? mul(sumOfRows(mul(dy, deviations)), inverse) : null,
        needs[4] ? sumOfRows(dy) : null,
      ];
    },
  },
} satisfies OpRecords;

/** Whether a gradient that is taken now is recorded, to be differentiated itself. */
function isDifferentiated(): boolean {
  return recorder.tapes.length > 0;
}

/** All axes but the last. */
function axesOfRows(x: Tensor): number[] {
  return Array.from({ length: x.rank - 1 }, (_, axis) => axis);
}

function sumOfRows(x: Tensor): Tensor {
  return sum(x, axesOfRows(x));
}

/** The gradients of batchNorm by ops that have gradients themselves. */
function composedGradients(dy: Tensor, x: Tensor, gamma: Tensor, epsilon: number) {
  const rows = axesOfRows(x);
  const batch = moments(x, rows, true);
  const inverse = rsqrt(add(batch.variance, epsilon));
  const normal = mul(sub(x, batch.mean), inverse);
  const slope = mul(dy, gamma);
  const along = mul(normal, mean(mul(slope, normal), rows, true));
  const dx = mul(sub(sub(slope, mean(slope, rows, true)), along), inverse);
  return [dx, null, sumOfRows(mul(dy, normal)), sumOfRows(dy)];
}

/** Moving statistics [channels], which keep `momentum` of themselves. */
export interface Moving {
  mean: Variable;
  variance: Variable;
  momentum: number;
}

/**
 * gamma (x - mean) / sqrt(variance + epsilon) + beta with the mean and the biased variance of each
 * channel over all of x, which the moving statistics follow.
 *
 * @param x float [batch, ..., channels], not empty; gamma and beta [channels]
 */
export function batchNorm(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  epsilon: number,
  moving: Moving,
): Tensor {
  const shares = run("channelMoments", [x]);
  run("followMoments", [moving.mean, moving.variance, shares], { momentum: moving.momentum });
  return run("batchNorm", [x, shares, gamma, beta], { epsilon });
}

/**
 * gamma (x - mean) / sqrt(variance + epsilon) + beta.
 *
 * @param x float [batch, ..., channels]; all else [channels]
 */
export function normalizeChannels(
  x: Tensor,
  center: Tensor,
  variance: Tensor,
  gamma: Tensor,
  beta: Tensor,
  epsilon: number,
): Tensor {
  return run("normalizeChannels", [x, center, variance, gamma, beta], { epsilon });
}
