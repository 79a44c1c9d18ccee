/** What becomes of a batch's values within a layer. */

import { type Tensor } from "nabla";

/** Of the values of all samples and units. */
export const PERCENTILES = [5, 25, 50, 75, 95] as const;

export interface ActivationStatistics {
  mean: number;
  /** Standard deviation over samples and units. */
  deviation: number;
  /** Standard deviation of a unit over the samples, mean of all units: what is left of the input. */
  deviationOverSamples: number;
  /** The values at `PERCENTILES`. */
  percentiles: number[];
}

/** @param activations [samples, units] */
export function activationStatistics(activations: Tensor): ActivationStatistics {
  const [samples, units] = activations.shape;
  const values = Float64Array.from(activations.data());
  const mean = meanOf(values);
  const unitMeans = new Float64Array(units);
  values.forEach((value, i) => (unitMeans[i % units] += value / samples));
  const unitVariances = new Float64Array(units);
  values.forEach((value, i) => {
    unitVariances[i % units] += (value - unitMeans[i % units]) ** 2 / samples;
  });
  return {
    mean,
    deviation: Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2))),
    deviationOverSamples: meanOf(unitVariances.map(Math.sqrt)),
    percentiles: percentilesOf(values),
  };
}

/** The values that lie that far up in the order of all. */
function percentilesOf(values: Float64Array): number[] {
  const sorted = values.toSorted();
  return PERCENTILES.map((percent) => sorted[Math.round((percent / 100) * (sorted.length - 1))]);
}

function meanOf(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}
