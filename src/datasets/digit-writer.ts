/** Writes digits in a random hand: what `syntheticDigits` is made of. Needs no tensors. */

import { DIGIT_GLYPHS, type Stroke } from "./digit-strokes";
import { RandomStream } from "../data/random-stream";
import { StrokePainter } from "./stroke-painter";

/** Pixels of an image's edge, as in MNIST. */
export const DIGIT_SIZE = 28;

const PIXELS = DIGIT_SIZE * DIGIT_SIZE;

/** The longest typed array that every supported Node.js can hold. */
const MAX_LENGTH = 2 ** 32 - 1;

/** The most images that `drawDigits` draws at once. */
export const MAX_DIGITS = Math.floor(MAX_LENGTH / PIXELS);

const MIDDLE = (DIGIT_SIZE - 1) / 2;

/** Points of a stroke, at most. */
const MAX_POINTS = 16;

/**
 * How hands differ; lengths in pixels, [least, greatest] or the greatest deviation either way.
 * Chosen so that a small dense network, trained on 21,000 images, errs on about 5 % of new ones.
 */
const HAND = {
  halfHeight: [7, 10.5],
  width: [0.7, 1.1], // relative to the height
  slant: 0.5, // sideways per unit of height
  turn: 0.18, // tangent of half the angle by which the digit is rotated
  shift: 3,
  tremor: 20, // of each control point, percent of half the height
  penRadius: [0.6, 1.6],
  ink: [150, 255], // grey level of a full stroke
  grain: [0, 70], // grey levels by which a pixel may stray
  strayStrokes: 0.5, // probability of a line that does not belong
  strayReach: 8, // its extent along each axis
} as const;

/** Images and labels in JavaScript's memory. */
export interface DrawnDigits {
  /** uint8 [samples, 28, 28] */
  images: Uint8Array;
  /** uint8 [samples] */
  labels: Uint8Array;
}

/**
 * Samples `begin` to `end` - 1 of the endless series that belongs to a seed. Each ten of it, from a
 * multiple of ten on, hold every digit once.
 */
export function drawDigits(begin: number, end: number, seed: number): DrawnDigits {
  const images = new Uint8ClampedArray((end - begin) * PIXELS);
  const labels = new Uint8Array(end - begin);
  const writer = new DigitWriter();
  let order: readonly number[] = [];
  for (let sample = begin; sample < end; sample++) {
    const at = sample - begin;
    if (at === 0 || sample % 10 === 0) order = shuffledDigits(seed, Math.floor(sample / 10));
    labels[at] = order[sample % 10];
    // Each sample has random numbers of its own: it does not matter which others are drawn.
    writer.write(labels[at], new RandomStream(seed, sample), images, at * PIXELS);
  }
  return { images: new Uint8Array(images.buffer), labels };
}

/** The ten digits in the order in which they come in a block of ten samples. */
function shuffledDigits(seed: number, block: number): number[] {
  const random = new RandomStream(seed, -1 - block); // numbers that no sample has
  const digits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  for (let last = 9; last > 0; last--) {
    const other = random.below(last + 1);
    [digits[last], digits[other]] = [digits[other], digits[last]];
  }
  return digits;
}

/** A pen that writes one digit after another. */
class DigitWriter {
  private readonly painter = new StrokePainter(DIGIT_SIZE);
  /** Control points of the stroke at hand, x, y, x, y, ..., in pixels. */
  private readonly points = new Float64Array(2 * MAX_POINTS);

  /**
   * Writes a digit in a hand that `random` decides.
   * @param pixels receives the image, [28, 28], from `offset` on
   */
  write(digit: number, random: RandomStream, pixels: Uint8ClampedArray, offset: number): void {
    const glyphs = DIGIT_GLYPHS[digit];
    const glyph = glyphs[random.below(glyphs.length)];
    const place = randomPlacement(random);
    this.painter.begin(random.between(...HAND.penRadius));
    for (const stroke of glyph) this.draw(stroke, place, random);
    if (random.unit() < HAND.strayStrokes) this.drawStray(random);
    this.develop(random, pixels, offset);
  }

  /** Draws a stroke with a trembling hand. */
  private draw(stroke: Stroke, place: Placement, random: RandomStream): void {
    const { points } = this;
    for (let i = 0; i < stroke.length; i += 2) {
      if (i > 0 && stroke[i] === stroke[i - 2] && stroke[i + 1] === stroke[i - 1]) {
        points.copyWithin(i, i - 2, i); // a corner: both its points tremble alike
        continue;
      }
      const x = (stroke[i] + HAND.tremor * random.wobble()) / 100;
      const y = (stroke[i + 1] + HAND.tremor * random.wobble()) / 100;
      points[i] = place.originX + place.xx * x + place.xy * y;
      points[i + 1] = place.originY + place.yx * x + place.yy * y;
    }
    this.painter.curve(points, stroke.length / 2);
  }

  /** Draws a short line anywhere. */
  private drawStray(random: RandomStream): void {
    const { points } = this;
    points[0] = random.between(0, DIGIT_SIZE);
    points[1] = random.between(0, DIGIT_SIZE);
    points[2] = points[0] + HAND.strayReach * random.wobble();
    points[3] = points[1] + HAND.strayReach * random.wobble();
    this.painter.curve(points, 2);
  }

  /** Turns ink on the canvas into grey levels on grainy paper. */
  private develop(random: RandomStream, pixels: Uint8ClampedArray, offset: number): void {
    const ink = random.between(...HAND.ink);
    const grain = random.between(...HAND.grain) / 255;
    for (let pixel = 0; pixel < PIXELS; pixel += 4) {
      let bytes = random.next(); // a byte for each of four pixels
      for (let i = pixel; i < pixel + 4; i++) {
        const coverage = this.painter.ink(i);
        const stray = grain * (bytes & 255);
        const level = ink * coverage + (coverage > 0.5 ? -stray : stray);
        pixels[offset + i] = level;
        bytes >>>= 8;
      }
    }
  }
}

/** Where a digit's unit square lands: pixel = origin + matrix * point. */
interface Placement {
  originX: number;
  originY: number;
  xx: number;
  xy: number;
  yx: number;
  yy: number;
}

function randomPlacement(random: RandomStream): Placement {
  const height = random.between(...HAND.halfHeight);
  const width = height * random.between(...HAND.width);
  const slant = -HAND.slant * random.wobble();
  // A rotation by the tangent of half its angle needs no sine, which machines round differently.
  const turn = HAND.turn * random.wobble();
  const cosine = (1 - turn * turn) / (1 + turn * turn);
  const sine = (2 * turn) / (1 + turn * turn);
  return {
    originX: MIDDLE + HAND.shift * random.wobble(),
    originY: MIDDLE + HAND.shift * random.wobble(),
    xx: width * cosine,
    xy: height * (slant * cosine - sine),
    yx: width * sine,
    yy: height * (slant * sine + cosine),
  };
}
