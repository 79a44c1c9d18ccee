import { createHash } from "node:crypto";

import { DIGIT_SIZE, drawDigits } from "../../src/datasets/digit-writer";

const PIXELS = DIGIT_SIZE * DIGIT_SIZE;
const bytes = (array: Uint8Array): Buffer => Buffer.from(array);

function imageOf(images: Uint8Array, sample: number): Uint8Array {
  return images.subarray(sample * PIXELS, (sample + 1) * PIXELS);
}

function squaredDistance(image: Uint8Array, to: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < PIXELS; i++) sum += (image[i] - to[i]) ** 2;
  return sum;
}

describe("drawDigits", () => {
  test("a seed fixes every pixel", () => {
    const [once, again, other] = [1, 1, 2].map((seed) => drawDigits(0, 50, seed));
    expect(bytes(once.images)).toEqual(bytes(again.images));
    expect(bytes(once.labels)).toEqual(bytes(again.labels));
    expect(bytes(once.images)).not.toEqual(bytes(other.images));
    expect(bytes(once.labels)).not.toEqual(bytes(other.labels));
  });

  test("a sample does not depend on which others are drawn", () => {
    const all = drawDigits(0, 50, 3);
    const some = drawDigits(17, 33, 3);
    expect(bytes(some.images)).toEqual(bytes(all.images.subarray(17 * PIXELS, 33 * PIXELS)));
    expect(bytes(some.labels)).toEqual(bytes(all.labels.subarray(17, 33)));
  });

  test("no two samples are alike", () => {
    const { images } = drawDigits(0, 2000, 4);
    const digests = Array.from({ length: 2000 }, (_, sample) =>
      createHash("sha256").update(imageOf(images, sample)).digest("hex"),
    );
    expect(new Set(digests).size).toBe(2000);
  });

  test("each ten samples hold every digit, in random order", () => {
    const { labels } = drawDigits(0, 1000, 5);
    const blocks = Array.from({ length: 100 }, (_, i) => [...labels.subarray(10 * i, 10 * i + 10)]);
    for (const block of blocks) {
      expect([...block].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
    expect(new Set(blocks.map(String)).size).toBe(100);
    // A digit is first in a tenth of the blocks: 10 of 100, standard deviation 3.
    for (let digit = 0; digit < 10; digit++) {
      const first = blocks.filter((block) => block[0] === digit).length;
      expect(Math.abs(first - 10)).toBeLessThanOrEqual(15);
    }
  });

  test("every image shows ink, most of it in the middle", () => {
    const { images } = drawDigits(0, 1000, 6);
    let [middle, frame] = [0, 0];
    for (let sample = 0; sample < 1000; sample++) {
      let inked = 0;
      imageOf(images, sample).forEach((level, pixel) => {
        if (level <= 100) return; // grain does not get there
        inked++;
        const [x, y] = [pixel % DIGIT_SIZE, Math.floor(pixel / DIGIT_SIZE)];
        if (Math.min(x, y) >= 4 && Math.max(x, y) < DIGIT_SIZE - 4) middle++;
        else frame++;
      });
      expect(inked).toBeGreaterThan(10);
      expect(inked).toBeLessThan(PIXELS / 2);
    }
    expect(middle).toBeGreaterThan(5 * frame);
  });

  test("digits can be told apart, but not by their mean images alone", () => {
    const [known, unknown] = [3000, 500];
    const { images, labels } = drawDigits(0, known + unknown, 7);
    const means = Array.from({ length: 10 }, () => new Float64Array(PIXELS));
    for (let sample = 0; sample < known; sample++) {
      const mean = means[labels[sample]];
      const image = imageOf(images, sample);
      for (let i = 0; i < PIXELS; i++) mean[i] += image[i] / (known / 10);
    }
    let right = 0;
    for (let sample = known; sample < known + unknown; sample++) {
      const distances = means.map((mean) => squaredDistance(imageOf(images, sample), mean));
      if (distances.indexOf(Math.min(...distances)) === labels[sample]) right++;
    }
    expect(right / unknown).toBeGreaterThan(0.4); // chance is 0.1
    expect(right / unknown).toBeLessThan(0.85);
  });
});
