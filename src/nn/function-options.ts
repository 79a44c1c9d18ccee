/** Options of functions of tensors: numbers with defaults, and the axis to work along. */

import { checkNumber, resolveAxis } from "../ops/arguments";
import { transpose } from "../ops/shape";
import { checkOptions } from "../tensor/options";
import type { Tensor } from "../tensor/tensor";

/** The axis along which a function works. */
export interface AxisOptions {
  /** The last by default; counted from the end when negative. */
  axis?: number;
}

/** Options that are all numbers, each the given one or its default; throws on any other. */
export function numbersOf<Names extends string>(
  options: Partial<Record<NoInfer<Names>, number>>,
  defaults: Record<Names, number>,
  where: string,
): Record<Names, number> {
  checkOptions(options, Object.keys(defaults), where);
  return checkedNumbers(options, defaults, where);
}

/** The numbers among options that hold others too, each the given one or its default. */
export function checkedNumbers<Names extends string>(
  options: Partial<Record<NoInfer<Names>, number>>,
  defaults: Record<Names, number>,
  where: string,
): Record<Names, number> {
  const values = { ...defaults };
  for (const name of Object.keys(defaults) as Names[]) {
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
  return withAxisLast(fn(withAxisLast(x, axis)), axis);
}

/** The axis that options name, from 0. */
export function axisOf(x: Tensor, options: AxisOptions, where: string): number {
  checkOptions(options, ["axis"], where);
  return resolveAxis(options.axis ?? -1, x.rank, where);
}

/** `x` with an axis and the last one exchanged; doing it twice undoes it. */
function withAxisLast(x: Tensor, axis: number): Tensor {
  if (axis === x.rank - 1) return x;
  const order = Array.from({ length: x.rank }, (_, i) => i);
  [order[axis], order[x.rank - 1]] = [x.rank - 1, axis];
  return transpose(x, order);
}
