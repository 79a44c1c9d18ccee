/** Numbers that scripts/golden/pseudo.py makes bit for bit alike; its README has the formula. */

// Once: Jest looks up every global by way of a proxy, which costs a hundred times the arithmetic.
const { imul, floor } = Math;

/** Element i of a stream of 32-bit words. */
export function word(stream: number, i: number): number {
  let x = imul(i, 0x9e3779b9) + imul(stream, 0x85ebca6b);
  x ^= x >>> 16;
  x = imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = imul(x, 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** A multiple of 2^-24 in [0, 1). */
export function fraction(stream: number, i: number): number {
  return (word(stream, i) >>> 8) / 2 ** 24;
}

/** The kernel [inputs, units] of layer 1, 2, ..., within Glorot's limits. */
export function kernel(layer: number, inputs: number, units: number): Float64Array {
  const limit = Math.sqrt(6 / (inputs + units));
  return Float64Array.from(
    { length: inputs * units },
    (_, i) => (2 * fraction(layer, i) - 1) * limit,
  );
}

const [STROKES, LABELS, INK] = [5, 6, 7];
const PIXELS = 784;

/** Ten classes of noisy images, [samples, 784] and [samples]. */
export function images(samples: number): { x: Uint8Array; y: Uint8Array } {
  const y = Uint8Array.from({ length: samples }, (_, n) => word(LABELS, n) % 10);
  const chances = Uint8Array.from({ length: 10 * PIXELS }, (_, i) =>
    word(STROKES, i) >>> 28 < 2 ? 64 : 32,
  );
  const x = new Uint8Array(samples * PIXELS);
  for (let i = 0; i < x.length; i++) {
    const dice = word(INK, i);
    const chance = chances[y[floor(i / PIXELS)] * PIXELS + (i % PIXELS)];
    if ((dice & 255) < chance) x[i] = (dice >>> 8) & 255;
  }
  return { x, y };
}
