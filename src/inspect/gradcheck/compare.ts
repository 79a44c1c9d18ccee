/** Compares a gradient with differences, element by element. */

import type { Tensor } from "../../tensor/tensor";
import { chooseElements, indexOf } from "./elements";
import { difference } from "./numerical-gradient";
import type { Point } from "./point";

/** One element of a gradient, by the tape and by differences. */
export interface GradientElement {
  /** Name of the tensor. */
  name: string;
  /** One number an axis; empty for a scalar. */
  index: number[];
  /** What the tape gives. */
  analytic: number;
  /** What differences give. */
  numeric: number;
  /** |a - n| / max(|a|, |n|, 1e-3 max|a|), max|a| over the tensor. */
  error: number;
}

export interface Comparison {
  /** The element with the greatest error; null if none was compared. */
  worst: GradientElement | null;
  /** Elements that were compared. */
  checked: number;
  /** Elements at which `f` has a kink or jump within reach of the differences. */
  excluded: number;
}

export interface ComparisonOptions {
  epsilon: number;
  tolerance: number;
  samples: number;
  seed: number;
  names: readonly string[];
}

/** Each step is an eighth of the one before. */
const SHRINK = 1 / 8;
const STEPS = 4;

/** Rounding of the results, in units of their last place, that is allowed for. */
const ULPS = 4 * 2 ** -52;

/** Compares the gradients of `f` at the point, one a tensor, with differences. */
export function compare(
  point: Point,
  gradients: readonly Tensor[],
  options: ComparisonOptions,
): Comparison {
  const result: Comparison = { worst: null, checked: 0, excluded: 0 };
  const here = point.evaluate();
  gradients.forEach((gradient, which) => {
    const values = gradient.data() as Float64Array;
    const floor = 1e-3 * values.reduce((top, a) => Math.max(top, Math.abs(a)), 0);
    for (const element of chooseElements(gradient.size, options.samples, options.seed)) {
      const analytic = values[element];
      const found = settle(point, here, which, element, { analytic, floor }, options);
      if (found === null) {
        result.excluded++;
        continue;
      }
      result.checked++;
      if (result.worst !== null && found.error <= result.worst.error) continue;
      const index = indexOf(element, gradient.shape);
      result.worst = { name: options.names[which], index, analytic, ...found };
    }
  });
  return result;
}

interface Expected {
  analytic: number;
  /** The least that errors are relative to. */
  floor: number;
}

/**
 * The slope by differences and its error; null where there is a kink. Where the slope is not as
 * expected and the differences disagree among themselves as well, smaller steps tell a strong curve
 * (they come to agree) from a kink (they do not).
 */
function settle(
  point: Point,
  here: Float64Array,
  which: number,
  element: number,
  { analytic, floor }: Expected,
  { epsilon, tolerance }: ComparisonOptions,
): { numeric: number; error: number } | null {
  let step = epsilon;
  for (let i = 0; i < STEPS; i++, step *= SHRINK) {
    const { slope, unrest, rounding } = differencesAt(point, here, which, element, step);
    const scale = Math.max(Math.abs(analytic), Math.abs(slope), floor);
    // Both are 0 as far as differences can tell.
    const error = scale <= rounding ? 0 : Math.abs(analytic - slope) / scale;
    if (error < tolerance) return { numeric: slope, error };
    const isSettled = !(unrest > Math.max(tolerance * scale, rounding));
    const isTold = i === 0 || !(Math.abs(analytic - slope) < rounding);
    if (isSettled) return isTold ? { numeric: slope, error: failing(error) } : null;
  }
  return null;
}

/** What is not a number has failed. */
function failing(error: number): number {
  return Number.isNaN(error) ? Infinity : error;
}

/**
 * Central differences of fourth order with steps h and 2h, and how far those of second order are from
 * what they are for a smooth function: equal slopes, and bends (slope to the right minus slope to the
 * left) that grow with the step. Each shows the kinks that the other misses.
 */
function differencesAt(
  point: Point,
  here: Float64Array,
  which: number,
  element: number,
  step: number,
): { slope: number; unrest: number; rounding: number } {
  const at = (shift: number): Float64Array => point.evaluateAt(which, element, shift);
  const [right, left, farRight, farLeft] = [at(step), at(-step), at(2 * step), at(-2 * step)];
  const near = difference(right, left) / (2 * step);
  const far = difference(farRight, farLeft) / (4 * step);
  let [slopes, bends, size] = [0, 0, 0];
  for (let i = 0; i < here.length; i++) {
    const nearBend = right[i] - here[i] - (here[i] - left[i]);
    const farBend = farRight[i] - here[i] - (here[i] - farLeft[i]);
    slopes += Math.abs((right[i] - left[i]) / 2 - (farRight[i] - farLeft[i]) / 4);
    bends += Math.abs(farBend / 2 - 2 * nearBend);
    size += Math.abs(here[i]);
  }
  return {
    slope: (4 * near - far) / 3,
    unrest: Math.max(slopes, bends) / step,
    rounding: (ULPS * size) / step,
  };
}
