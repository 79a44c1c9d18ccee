/** Pictures of another size. */

import { add, mul } from "../../ops/arithmetic";
import { gather } from "../../ops/indexing";
import { type Tensor, tensor } from "../../tensor/tensor";

/** How places between pixels get their values. */
export const INTERPOLATIONS = ["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"] as const;
export type Interpolation = (typeof INTERPOLATIONS)[number];

/** Weighs pixels by their distance, up to which they count. */
interface Filter {
  reach: number;
  weigh: (distance: number) => number;
}

/** Keys 1981, "Cubic Convolution Interpolation for Digital Image Processing". */
function keys(d: number): number {
  return d < 1 ? (1.5 * d - 2.5) * d * d + 1 : ((-0.5 * d + 2.5) * d - 4) * d + 2;
}

function lanczos(reach: number): Filter {
  const weigh = (d: number): number => {
    const angle = Math.PI * d;
    return d <= 1e-3 ? 1 : (reach * Math.sin(angle) * Math.sin(angle / reach)) / (angle * angle);
  };
  return { reach, weigh };
}

const FILTERS: Readonly<Record<Exclude<Interpolation, "nearest">, Filter>> = {
  bilinear: { reach: 1, weigh: (d) => 1 - d },
  bicubic: { reach: 2, weigh: keys },
  lanczos3: lanczos(3),
  lanczos5: lanczos(5),
};

/** Places along an axis of a result; their weights are made as JavaScript's numbers. */
const MOST_PLACES = 2 ** 24;

/**
 * Pictures, channels last, of so many places along each of their axes. Places are areas whose values
 * stand at their centres; beyond the outermost centres the outermost value goes on.
 * @param antialias whether smaller pictures average over as much as a place of theirs covers
 */
export function resized(
  x: Tensor,
  sizes: readonly number[],
  where: string,
  interpolation: Interpolation = "bilinear",
  antialias = false,
): Tensor {
  const most = Math.max(...sizes);
  if (most > MOST_PLACES) {
    throw new RangeError(
      `${where}: expected at most ${MOST_PLACES} places along an axis of the result but received ${most}`,
    );
  }
  return sizes.reduce((y, size, i) => {
    if (y.shape[i + 1] === size) return y;
    if (interpolation === "nearest") return nearest(y, i + 1, size);
    return filtered(y, i + 1, tapsOf(y.shape[i + 1], size, interpolation, antialias));
  }, x);
}

/** Each place has the value of the one that its centre lies in. */
function nearest(x: Tensor, axis: number, size: number): Tensor {
  const length = x.shape[axis];
  const places = Array.from({ length: size }, (_, at) => Math.floor(((at + 0.5) * length) / size));
  return gather(x, places, axis);
}

/** One of the pixels that each place of a result is a sum of: which, and what it weighs. */
interface Tap {
  places: number[];
  weights: number[];
}

function tapsOf(
  length: number,
  size: number,
  interpolation: Exclude<Interpolation, "nearest">,
  antialias: boolean,
): Tap[] {
  const { reach, weigh } = FILTERS[interpolation];
  const stretch = antialias ? Math.max(1, length / size) : 1;
  // TensorFlow has a table for cubic weights, of so many distances a pixel.
  const steps = interpolation === "bicubic" && !antialias ? 1024 : Infinity;
  const taps = Array.from({ length: Math.ceil(2 * reach * stretch) }, (): Tap => {
    return { places: [], weights: [] };
  });
  for (let i = 0; i < size; i++) {
    const exact = ((i + 0.5) * length) / size - 0.5;
    const below = Math.floor(exact);
    const center = steps === Infinity ? exact : below + Math.round((exact - below) * steps) / steps;
    const first = Math.floor(exact - reach * stretch) + 1;
    const weights = taps.map((_, k) => {
      const distance = Math.abs(first + k - center) / stretch;
      const counts = first + k >= 0 && first + k < length && distance < reach;
      return counts ? weigh(distance) : 0;
    });
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    taps.forEach((tap, k) => {
      tap.places.push(Math.min(Math.max(first + k, 0), length - 1));
      tap.weights.push(weights[k] / total);
    });
  }
  return taps;
}

function filtered(x: Tensor, axis: number, taps: readonly Tap[]): Tensor {
  const shape = x.shape.map((_, i) => (i === axis ? taps[0].places.length : 1));
  return taps
    .map(({ places, weights }) => mul(gather(x, places, axis), tensor(weights, shape, x.dtype)))
    .reduce((total, part) => add(total, part));
}
