/** Elements of tensors: which are looked at, and what they are called. */

import { RandomStream } from "../../data/random-stream";
import type { Shape } from "../../tensor/tensor";
import { describeValue } from "../../tensor/values";

/** All positions, or `samples` of them drawn by `seed`, in rising order. */
export function chooseElements(size: number, samples: number, seed: number): Iterable<number> {
  if (samples >= size) return upTo(size);
  const stream = new RandomStream(seed);
  // The first positions of a random order of all, of which only those that moved are written down.
  const moved = new Map<number, number>();
  const at = (i: number): number => moved.get(i) ?? i;
  const chosen: number[] = [];
  for (let i = 0; i < samples; i++) {
    const k = i + stream.below(size - i);
    chosen.push(at(k));
    moved.set(k, at(i));
  }
  return chosen.sort((a, b) => a - b);
}

function* upTo(size: number): Iterable<number> {
  for (let i = 0; i < size; i++) yield i;
}

/** The index on each axis of a position in row-by-row order. */
export function indexOf(element: number, shape: Shape): number[] {
  const index: number[] = [];
  let rest = element;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index.unshift(rest % shape[axis]);
    rest = Math.floor(rest / shape[axis]);
  }
  return index;
}

/** Infinity, for all elements, if `samples` is undefined. */
export function checkedSamples(caller: string, samples: unknown): number {
  if (samples === undefined) return Infinity;
  if (Number.isInteger(samples) && (samples as number) > 0) return samples as number;
  throw new RangeError(
    `${caller}: expected a positive integer for samples but received ${describeValue(samples)}`,
  );
}

export function checkedSeed(caller: string, seed: unknown): number {
  if (Number.isSafeInteger(seed)) return seed as number;
  throw new TypeError(
    `${caller}: expected a safe integer for seed but received ${describeValue(seed)}`,
  );
}

export function checkedPositive(caller: string, name: string, value: unknown): number {
  if (typeof value === "number" && value > 0 && Number.isFinite(value)) return value;
  throw new RangeError(
    `${caller}: expected a positive number for ${name} but received ${describeValue(value)}`,
  );
}
