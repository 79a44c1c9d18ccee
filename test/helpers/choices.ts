/** Seeded choices for random tests: the same seed gives the same choices. */

/** The seed of this run: NABLA_TEST_SEED, or a fresh one; tests print it in their titles. */
export const SEED = Number(process.env.NABLA_TEST_SEED ?? Date.now() % 1_000_000);

export class Choices {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** In [0, 1). Mulberry32, in the public domain. */
  unit(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let word = this.state;
    word = Math.imul(word ^ (word >>> 15), word | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer in [low, high]. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1));
  }

  pick<T>(items: readonly T[]): T {
    return items[this.integer(0, items.length - 1)];
  }

  /** True with this probability. */
  happens(probability: number): boolean {
    return this.unit() < probability;
  }
}
