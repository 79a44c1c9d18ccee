/** Approximate quantiles of data that comes batch by batch, as Keras finds them. */

/** Values in order, and how many each stands for. */
export interface Summary {
  readonly values: readonly number[];
  readonly weights: readonly number[];
}

export const EMPTY: Summary = { values: [], weights: [] };

/** Of a batch, with a value for each `epsilon` of its elements. */
export function summarize(values: ArrayLike<number>, epsilon: number): Summary {
  const sorted = Float32Array.from(values).sort();
  const step = Math.max(sorted.length * epsilon, 1);
  const kept: number[] = [];
  for (let i = Math.trunc(step - 1); i < sorted.length; i += Math.trunc(step)) kept.push(sorted[i]);
  return { values: kept, weights: kept.map(() => Math.fround(step)) };
}

export function merge(a: Summary, b: Summary, epsilon: number): Summary {
  const all = [...a.values, ...b.values].map((value, i) => ({
    value,
    weight: i < a.weights.length ? a.weights[i] : b.weights[i - a.weights.length],
  }));
  all.sort((x, y) => x.value - y.value);
  return compress(
    { values: all.map(({ value }) => value), weights: all.map(({ weight }) => weight) },
    epsilon,
  );
}

/** The limits between so many bins of about as many elements each. */
export function boundariesOf(summary: Summary, bins: number): number[] {
  return compress(summary, 1 / bins).values.slice(0, -1);
}

function compress(summary: Summary, epsilon: number): { values: number[]; weights: number[] } {
  const { values, weights } = summary;
  if (values.length * epsilon < 1) return { values: [...values], weights: [...weights] };
  const steps = Math.ceil(1 / epsilon);
  const percents = Array.from({ length: steps }, (_, i) => epsilon + i * epsilon);
  let total = 0;
  const sums = weights.map((weight) => (total += weight));
  const shares = sums.map((sum) => sum / total);
  const ends = interpolate(percents, shares, sums);
  return {
    values: interpolate(percents, shares, values).map(Math.fround),
    weights: ends.map((end, i) => Math.fround(end - (i === 0 ? 0 : ends[i - 1]))),
  };
}

function interpolate(
  at: readonly number[],
  xs: readonly number[],
  ys: readonly number[],
): number[] {
  let i = 0;
  return at.map((x) => {
    while (i < xs.length && xs[i] <= x) i++;
    if (i === 0) return ys[0];
    if (i === xs.length) return ys[xs.length - 1];
    const slope = (ys[i] - ys[i - 1]) / (xs[i] - xs[i - 1]);
    return ys[i - 1] + slope * (x - xs[i - 1]);
  });
}
