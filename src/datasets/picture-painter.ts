/** Paints coloured shapes: what `syntheticPictures` is made of. Needs no tensors. */

import { RandomStream } from "../data/random-stream";

// Bound once: inside a vm context, such as Jest's, each look-up of a global takes long.
const { abs, floor, max, sqrt } = Math;

/** Pixels of a picture's edge, as in CIFAR-10. */
export const PICTURE_SIZE = 32;

const CHANNELS = 3;

/** Bytes of a picture. */
export const PICTURE_BYTES = PICTURE_SIZE * PICTURE_SIZE * CHANNELS;

/** Whether a point lies in a shape, whose extent is about 1 to every side of (0, 0). */
type Shape = (x: number, y: number) => boolean;

const inSquare: Shape = (x, y) => abs(x) < 0.8 && abs(y) < 0.8;
const isOdd = (x: number): boolean => floor(x) % 2 !== 0;

/** The classes, in the order of their labels. */
const SHAPES: Readonly<Record<string, Shape>> = {
  disc: (x, y) => x * x + y * y < 0.9,
  ring: (x, y) => abs(sqrt(x * x + y * y) - 0.75) < 0.22,
  square: inSquare,
  frame: (x, y) => inSquare(x, y) && max(abs(x), abs(y)) > 0.45,
  triangle: (x, y) => y < 0.75 && y > 1.9 * abs(x) - 0.95,
  cross: (x, y) => max(abs(x), abs(y)) < 1 && (abs(x) < 0.27 || abs(y) < 0.27),
  bars: (x, y) => inSquare(x, y) && isOdd(3.125 * (y + 0.8) + 1),
  checks: (x, y) => inSquare(x, y) && isOdd(2.5 * (x + 0.8)) !== isOdd(2.5 * (y + 0.8)),
  crescent: (x, y) => x * x + y * y < 0.9 && (x - 0.45) * (x - 0.45) + y * y > 0.5,
  arrow: (x, y) => (abs(y) < 0.22 && x > -0.95 && x <= 0.1) || (x > 0.1 && x + abs(y) * 1.3 < 1),
};

/** The names of the classes, by label. */
export const PICTURE_CLASSES: readonly string[] = Object.keys(SHAPES);

const DRAWN = Object.values(SHAPES);

/** Pictures and labels in JavaScript's memory. */
export interface PaintedPictures {
  /** uint8 [samples, 32, 32, 3] */
  images: Uint8Array;
  /** uint8 [samples] */
  labels: Uint8Array;
}

/** Samples `begin` to `end` - 1 of the endless series that belongs to a seed. */
export function paintPictures(begin: number, end: number, seed: number): PaintedPictures {
  const images = new Uint8ClampedArray((end - begin) * PICTURE_BYTES);
  const labels = new Uint8Array(end - begin);
  for (let sample = begin; sample < end; sample++) {
    // Each sample has random numbers of its own: it does not matter which others are drawn.
    const random = new RandomStream(seed, sample);
    const label = random.below(DRAWN.length);
    labels[sample - begin] = label;
    paint(DRAWN[label], random, images, (sample - begin) * PICTURE_BYTES);
  }
  return { images: new Uint8Array(images.buffer), labels };
}

type Color = readonly number[];

const randomColor = (random: RandomStream): Color => [0, 1, 2].map(() => random.between(0, 255));

/** A colour for the shape that differs enough from what is behind it to be seen. */
function colorAgainst(behind: Color, random: RandomStream): Color {
  for (;;) {
    const color = randomColor(random);
    const contrast = color.reduce((sum, level, i) => sum + abs(level - behind[i]), 0);
    if (contrast > 180) return color;
  }
}

/** A shape of any colour, place, size and slight turn, on a grainy ground that darkens to one side. */
function paint(
  shape: Shape,
  random: RandomStream,
  pixels: Uint8ClampedArray,
  offset: number,
): void {
  const ground = randomColor(random);
  const color = colorAgainst(ground, random);
  const radius = random.between(7, 13);
  const [left, top] = [0, 1].map(() => PICTURE_SIZE / 2 + 4 * random.wobble());
  // By the tangent of half the angle: no sine, which machines round differently.
  const turn = 0.2 * random.wobble();
  const cosine = (1 - turn * turn) / (1 + turn * turn) / radius;
  const sine = (2 * turn) / (1 + turn * turn) / radius;
  const [slopeX, slopeY, grain] = [random.wobble(), random.wobble(), random.between(0, 40)];
  for (let row = 0; row < PICTURE_SIZE; row++) {
    for (let column = 0; column < PICTURE_SIZE; column++) {
      const [x, y] = [column - left, row - top];
      const isShape = shape(cosine * x - sine * y, sine * x + cosine * y);
      const shade = isShape ? 0 : 2 * (slopeX * x + slopeY * y);
      const place = offset + CHANNELS * (row * PICTURE_SIZE + column);
      for (let c = 0; c < CHANNELS; c++) {
        pixels[place + c] = (isShape ? color : ground)[c] + shade + grain * random.wobble();
      }
    }
  }
}
