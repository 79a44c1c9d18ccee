/** A reference for random draws: Philox 4x32-10, its known answers in ops.test.ts. */

import type { Floats } from "./sample-runner";

/** High and low 32 bits of a product of 32-bit numbers. */
function multiply(a: number, b: number): [number, number] {
  const product = BigInt(a) * BigInt(b);
  return [Number(product >> 32n), Number(product & 0xffffffffn)];
}

/** The four words of one block (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"). */
export function philox(counter: readonly number[], key: readonly number[]): number[] {
  let [x0, x1, x2, x3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const [high0, low0] = multiply(0xd2511f53, x0);
    const [high1, low1] = multiply(0xcd9e8d57, x2);
    [x0, x1, x2, x3] = [(high1 ^ x1 ^ k0) >>> 0, low1, (high0 ^ x3 ^ k1) >>> 0, low0];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [x0, x1, x2, x3];
}

/** `count` uniform numbers in [0, 1) from a generator's state: 24 bits each in float32, 53 in float64. */
export function units(state: ArrayLike<number>, count: number, floats: Floats): number[] {
  const [key0, key1, low, high] = Array.from(state, (word) => word >>> 0);
  const perBlock = floats === "float32" ? 4 : 2;
  const start = BigInt(low) + (BigInt(high) << 32n);
  return Array.from({ length: count }, (_, i) => {
    const block = start + BigInt(Math.floor(i / perBlock));
    const counter = [Number(block & 0xffffffffn), Number((block >> 32n) & 0xffffffffn), 0, 0];
    const words = philox(counter, [key0, key1]);
    if (floats === "float32") return (words[i % 4] >>> 8) / 2 ** 24;
    const bits = (BigInt(words[2 * (i % 2)]) << 32n) | BigInt(words[2 * (i % 2) + 1]);
    return Number(bits >> 11n) / 2 ** 53;
  });
}

/** The normal distribution function, by its power series: enough for |x| < 6. */
export function normalDistribution(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (x * x) / (2 * n + 1);
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}
