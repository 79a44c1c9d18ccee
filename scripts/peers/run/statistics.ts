/** Numbers that describe many random elements. */

import type { Tensor } from "nabla";
import type { Comparison } from "../compare";

export interface Statistics {
  mean: number;
  deviation: number;
  /** Given only where they are bounds, not chance. */
  least?: number;
  greatest?: number;
  /** Part of the elements that are 0. */
  zeros?: number;
  /** Part of the channels, the last axis, that are 0 throughout a sample. */
  emptyChannels?: number;
}

export function statisticsOf(values: Tensor): Statistics {
  const data = Float64Array.from(values.data());
  const mean = data.reduce((total, x) => total + x, 0) / data.length;
  const squares = data.reduce((total, x) => total + (x - mean) ** 2, 0);
  return {
    mean,
    deviation: Math.sqrt(squares / data.length),
    least: data.reduce((least, x) => Math.min(least, x), Infinity),
    greatest: data.reduce((greatest, x) => Math.max(greatest, x), -Infinity),
    zeros: data.reduce((zeros, x) => zeros + (x === 0 ? 1 : 0), 0) / data.length,
    emptyChannels: emptyChannels(data, values.shape),
  };
}

function emptyChannels(data: Float64Array, shape: readonly number[]): number {
  const [samples, channels] = [shape[0], shape[shape.length - 1]];
  const alive = new Set<number>();
  const perSample = data.length / samples;
  data.forEach((x, i) => {
    if (x !== 0) alive.add(Math.floor(i / perSample) * channels + (i % channels));
  });
  return 1 - alive.size / (samples * channels);
}

/**
 * In parts of the deviation (of the mean, if it is 0; zeros and empty channels as they are). With
 * 20,000 independent draws on either side a mean is off by 0.01 of the deviation as a rule.
 */
const BOUND = 0.06;

const NAMES = ["mean", "deviation", "least", "greatest", "zeros", "emptyChannels"] as const;

export function compareStatistics(actual: Statistics, expected: Statistics): Comparison[] {
  return NAMES.filter((name) => expected[name] !== undefined).map((name) => {
    const isPart = name === "zeros" || name === "emptyChannels";
    const scale = isPart ? 1 : expected.deviation || Math.abs(expected.mean) || 1;
    const [found, wanted] = [actual[name]!, expected[name]!];
    return {
      what: name,
      deviation: Math.abs(found - wanted) / scale,
      tolerance: BOUND,
      detail: `expected about ${wanted} but received ${found}`,
    };
  });
}
