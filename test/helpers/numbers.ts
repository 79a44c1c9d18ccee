/** Reproducible numbers for samples. */

import { sizeOf } from "./nd-array";

/** A generator of numbers in [0, 1): a linear congruence modulo 2^32 (Numerical Recipes' constants). */
export function series(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** An integer in [low, high). */
export function integer(next: () => number, low: number, high: number): number {
  return low + Math.floor(next() * (high - low));
}

/** Numbers in [low, high), none nearer than `margin` to one of `kinks`. */
export function spread(
  shape: readonly number[],
  low: number,
  high: number,
  { seed = 1, kinks = [] as readonly number[], margin = 0.05 } = {},
): number[] {
  const next = series(seed);
  const draw = (): number => {
    const value = low + (high - low) * next();
    return kinks.some((kink) => Math.abs(value - kink) < margin) ? draw() : value;
  };
  return Array.from({ length: sizeOf(shape) }, draw);
}

/** Integers in [low, high). */
export function integers(shape: readonly number[], low: number, high: number, seed = 1): number[] {
  const next = series(seed);
  return Array.from({ length: sizeOf(shape) }, () => integer(next, low, high));
}

/** Distinct numbers at least 0.1 apart, in no order. */
export function distinct(shape: readonly number[], seed = 1): number[] {
  const size = sizeOf(shape);
  const next = series(seed);
  const values = Array.from({ length: size }, (_, i) => (i - size / 2) * 0.1);
  for (let i = size - 1; i > 0; i--) {
    const j = integer(next, 0, i + 1);
    [values[i], values[j]] = [values[j], values[i]];
  }
  return values;
}
