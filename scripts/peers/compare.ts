/** How far what nabla computes is from what Keras computed. */

import type { Tensor } from "nabla";
import type { Recorded } from "./case";

/** One thing that both computed. */
export interface Comparison {
  /** Such as "output 0" or "gradient of weight 1". */
  what: string;
  /** Largest difference, as a part of `scale`; Infinity where shapes or special values differ. */
  deviation: number;
  /** What `deviation` may be at most. */
  tolerance: number;
  /** First element that is farthest off, or the shapes that differ. */
  detail: string;
}

/** What one case allows: a part of the largest value expected. */
export const TOLERANCES = { float32: 2e-4, float64: 1e-6 };

/**
 * Compares element by element. Differences are taken as parts of `scale`, by default the largest
 * finite value expected; NaN equals NaN, infinities equal themselves.
 */
export function compare(
  what: string,
  actual: Tensor | readonly number[] | number,
  expected: Recorded,
  tolerance: number,
  scale = largest(expected.data),
): Comparison {
  const { shape, data } = numbersOf(actual);
  if (shape.join() !== expected.shape.join()) {
    const detail = `expected [${expected.shape.join(", ")}] but received [${shape.join(", ")}]`;
    return { what, deviation: Infinity, tolerance, detail };
  }
  let worst = 0;
  let at = -1;
  for (let i = 0; i < expected.data.length; i++) {
    const off = difference(data[i], expected.data[i], scale);
    if (off > worst) [worst, at] = [off, i];
  }
  const detail =
    at < 0 ? "" : `element ${at}: expected ${expected.data[at]} but received ${data[at]}`;
  return { what, deviation: worst, tolerance, detail };
}

/** Compares lists; one too many or too few is a difference. */
export function compareAll(
  what: string,
  actual: readonly Tensor[],
  expected: readonly Recorded[],
  tolerance: number,
  scaleOf: (expected: Recorded) => number = ({ data }) => largest(data),
): Comparison[] {
  if (actual.length !== expected.length) {
    const detail = `expected ${expected.length} but received ${actual.length}`;
    return [{ what, deviation: Infinity, tolerance, detail }];
  }
  return expected.map((value, i) =>
    compare(`${what} ${i}`, actual[i], value, tolerance, scaleOf(value)),
  );
}

/** The largest finite magnitude; 0 if there is none. */
export function largest(data: readonly number[]): number {
  return data.reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), 0);
}

/**
 * The scale of a gradient: its largest value, but at least 5 % of the largest of the whole case, so
 * that a gradient that cancels to nearly nothing is not held to its own rounding.
 */
export function gradientScale(all: readonly Recorded[]): (expected: Recorded) => number {
  const most = Math.max(0, ...all.map(({ data }) => largest(data)));
  return ({ data }) => Math.max(largest(data), 0.05 * most);
}

/** Differences below this are rounding where everything expected is 0. */
const LEAST_SCALE = 1e-5;

function difference(actual: number, expected: number, scale: number): number {
  if (Object.is(actual, expected) || actual === expected) return 0;
  if (!Number.isFinite(actual) || !Number.isFinite(expected)) return Infinity;
  return Math.abs(actual - expected) / Math.max(scale, LEAST_SCALE);
}

function numbersOf(value: Tensor | readonly number[] | number): {
  shape: readonly number[];
  data: ArrayLike<number>;
} {
  if (typeof value === "number") return { shape: [], data: [value] };
  if (Array.isArray(value)) return { shape: [value.length], data: value as number[] };
  const tensor = value as Tensor;
  return { shape: tensor.shape, data: tensor.data() };
}
