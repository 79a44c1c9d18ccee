/** Figures of repeated measurements. */

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Quantile `q` in [0, 1], between the two nearest values where it falls between them. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = q * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.ceil(place);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}

/** Median of a[i] / b[i]: what is measured in one round is compared within that round alone. */
export function medianRatio(a: readonly number[], b: readonly number[]): number {
  return median(a.map((value, i) => value / b[i]));
}

/** The median over the runs of each run's median paired ratio. */
export function ratioOfRuns(
  a: readonly (readonly number[])[],
  b: readonly (readonly number[])[],
): number {
  return median(a.map((run, i) => medianRatio(run, b[i])));
}
