/** Random numbers of the data room: integers alone, so that every machine draws the same. */

const TWO_32 = 2 ** 32;

// Bound once: inside a vm context, such as Jest's, each look-up of a global takes long.
const { floor, imul } = Math;

/**
 * A series of random numbers fixed by a seed and a stream number; different streams of a seed are
 * independent of each other. xoshiro128** (Blackman and Vigna, 2018).
 */
export class RandomStream {
  private a: number;
  private b: number;
  private c: number;
  private d: number;

  /** Both arguments may be any safe integer. */
  constructor(seed: number, stream = 0) {
    // Each word depends on all that came before it: once down the words, so that no two pairs give
    // the same state, once more, so that streams of a seed do not begin alike.
    this.a = scramble(seed | 0);
    this.b = scramble(this.a + floor(seed / TWO_32));
    this.c = scramble(this.b + (stream | 0));
    this.d = scramble(this.c + floor(stream / TWO_32));
    this.a = scramble(this.a + this.d);
    this.b = scramble(this.b + this.a);
    this.c = scramble(this.c + this.b);
    this.d = scramble(this.d + this.c);
  }

  /** An integer from 0 to 2^32 - 1. */
  next(): number {
    const product = imul(this.b, 5);
    const result = imul((product << 7) | (product >>> 25), 9);
    const shifted = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= shifted;
    this.d = (this.d << 11) | (this.d >>> 21);
    return result >>> 0;
  }

  /** An integer from 0 to `bound` - 1, each as likely as any other; `bound` at most 2^32. */
  below(bound: number): number {
    for (;;) {
      const word = this.next();
      const multiple = floor(word / bound) * bound; // exact below 2^53, and faster than a remainder
      // Words above the last multiple that fits would bias.
      if (multiple <= TWO_32 - bound) return word - multiple;
    }
  }

  /** A multiple of 2^-32 in [0, 1). */
  unit(): number {
    return this.next() / TWO_32;
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.unit();
  }

  /** A number around 0, within (-1, 1), the nearer to 0 the likelier. */
  wobble(): number {
    return this.unit() + this.unit() - 1;
  }
}

/** A bijection of 32-bit words in which each bit of the argument sways every bit of the result. */
function scramble(word: number): number {
  let x = (word + 0x9e3779b9) | 0;
  x = imul(x ^ (x >>> 16), 0x85ebca6b);
  x = imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
