import { RandomStream } from "../../src/data/random-stream";

/** xoshiro128** as its authors define it, in integers of any size. */
function* reference(state: bigint[]): Generator<number, never> {
  const word = (x: bigint): bigint => BigInt.asUintN(32, x);
  const rotate = (x: bigint, bits: bigint): bigint => word(x << bits) | (x >> (32n - bits));
  const s = state.map(word);
  for (;;) {
    yield Number(word(rotate(word(s[1] * 5n), 7n) * 9n));
    const t = word(s[1] << 9n);
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 11n);
  }
}

function draw(random: RandomStream, count: number): number[] {
  return Array.from({ length: count }, () => random.next());
}

/** Sum of (observed - expected)^2 / expected over equally likely bins. */
function chiSquared(bins: readonly number[]): number {
  const expected = bins.reduce((sum, count) => sum + count, 0) / bins.length;
  return bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

test("it is xoshiro128**", () => {
  const random = new RandomStream(12, 34);
  const { a, b, c, d } = random as unknown as Record<"a" | "b" | "c" | "d", number>;
  const words = reference([a, b, c, d].map(BigInt));
  expect(draw(random, 1000)).toEqual(Array.from({ length: 1000 }, () => words.next().value));
});

test("the same seed and stream give the same series", () => {
  expect(draw(new RandomStream(5, 6), 100)).toEqual(draw(new RandomStream(5, 6), 100));
});

test("seeds and streams that differ in one bit have nothing in common", () => {
  const pairs: [number, number][] = [[0, 0]];
  for (let bit = 0; bit < 53; bit++) pairs.push([2 ** bit, 0], [0, 2 ** bit], [-(2 ** bit), 0]);
  pairs.push([Number.MAX_SAFE_INTEGER, 0], [Number.MIN_SAFE_INTEGER, 0]);
  const words = pairs.flatMap(([seed, stream]) => draw(new RandomStream(seed, stream), 4));
  // 640 words of 2^32: two alike by chance are a matter of 1 in 20,000.
  expect(new Set(words).size).toBe(words.length);

  // Neighbouring streams: each bit of their first words differs about half of the time.
  const flips = new Array<number>(32).fill(0);
  for (let stream = 0; stream < 2000; stream++) {
    const change = new RandomStream(1, stream).next() ^ new RandomStream(1, stream + 1).next();
    for (let bit = 0; bit < 32; bit++) flips[bit] += (change >>> bit) & 1;
  }
  for (const count of flips) {
    expect(count).toBeGreaterThan(1000 - 5 * 22.4); // five standard deviations, sqrt(2000) / 2
    expect(count).toBeLessThan(1000 + 5 * 22.4);
  }
});

test("below is uniform", () => {
  const random = new RandomStream(3);
  for (const bound of [2, 7, 10, 64]) {
    const bins = new Array<number>(bound).fill(0);
    for (let i = 0; i < 1000 * bound; i++) bins[random.below(bound)]++;
    // Mean bound - 1, standard deviation sqrt(2 (bound - 1)).
    expect(chiSquared(bins)).toBeLessThan(bound - 1 + 5 * Math.sqrt(2 * (bound - 1)));
  }
  expect(random.below(1)).toBe(0);
});

test("below has no bias towards small numbers", () => {
  // For 3 * 2^30 a plain remainder would give the lowest third half of all draws.
  const random = new RandomStream(4);
  const thirds = [0, 0, 0];
  for (let i = 0; i < 30_000; i++) thirds[Math.floor(random.below(3 * 2 ** 30) / 2 ** 30)]++;
  expect(chiSquared(thirds)).toBeLessThan(2 + 5 * 2);
});

test("unit, between and wobble keep within their bounds and have the right moments", () => {
  const random = new RandomStream(5);
  const moments = (draws: number[]): [number, number] => {
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    return [mean, draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length];
  };
  const samples = (one: () => number): number[] => Array.from({ length: 20_000 }, one);

  const units = samples(() => random.unit());
  expect(Math.min(...units)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...units)).toBeLessThan(1);
  expect(moments(units)[0]).toBeCloseTo(1 / 2, 1);
  expect(moments(units)[1]).toBeCloseTo(1 / 12, 2);

  const between = samples(() => random.between(-3, 5));
  expect(Math.min(...between)).toBeGreaterThanOrEqual(-3);
  expect(Math.max(...between)).toBeLessThan(5);
  expect(moments(between)[0]).toBeCloseTo(1, 0);

  const wobbles = samples(() => random.wobble());
  expect(Math.max(...wobbles.map(Math.abs))).toBeLessThan(1);
  expect(moments(wobbles)[0]).toBeCloseTo(0, 1);
  expect(moments(wobbles)[1]).toBeCloseTo(1 / 6, 2); // of two uniform numbers of variance 1/12
});
