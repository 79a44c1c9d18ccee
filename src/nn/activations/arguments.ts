/** What activations share: their type, checks of their options, work along another axis. */

import { checkNumber, resolveAxis } from "../../ops/arguments";
import { transpose } from "../../ops/shape";
import { checkOptions } from "../../tensor/options";
import type { Tensor } from "../../tensor/tensor";

/** A function of a tensor that keeps its shape. */
export type ActivationFunction = (x: Tensor) => Tensor;

export interface AxisOptions {
  /** The last by default; counted from the end when negative. */
  axis?: number;
}

/** Options that are all numbers, each the given one or its default; throws on any other. */
export function numbersOf<Names extends string>(
  options: Partial<Record<Names, number>>,
  defaults: Record<Names, number>,
  where: string,
): Record<Names, number> {
  const names = Object.keys(defaults) as Names[];
  checkOptions(options, names, where);
  const values = { ...defaults };
  for (const name of names) {
    const value = options[name] ?? defaults[name];
    checkNumber(value, where, name);
    values[name] = value;
  }
  return values;
}

/** Runs `fn`, which works along the last axis, along the axis that options name. */
export function alongAxis(
  x: Tensor,
  options: AxisOptions,
  where: string,
  fn: (x: Tensor) => Tensor,
): Tensor {
  const axis = axisOf(x, options, where);
  if (axis === x.rank - 1) return fn(x);
  const swapped = Array.from({ length: x.rank }, (_, i) => i);
  [swapped[axis], swapped[x.rank - 1]] = [x.rank - 1, axis];
  return transpose(fn(transpose(x, swapped)), swapped);
}

/** The axis that options name, from 0. */
export function axisOf(x: Tensor, options: AxisOptions, where: string): number {
  checkOptions(options, ["axis"], where);
  return resolveAxis(options.axis ?? -1, x.rank, where);
}
