import { add, clipByValue, div, mul, sqrt, square } from "../../ops/arithmetic";
import { sum } from "../../ops/shape";
import { type OptionKind, integer, integers, number, readOptions } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { madeBy, registerFactory } from "../registry";
import type { Constraint } from "./constraint";

/** Keras' epsilon: keeps quotients of norms from dividing by 0. */
const EPSILON = 1e-7;

/** Along which axes constraints take norms. */
export interface AxisOption {
  /** Along which norms are taken: 0 by default, for each unit of a dense kernel. */
  axis?: number | readonly number[];
}

const axes: OptionKind<number | readonly number[]> = (given, where, name) =>
  Array.isArray(given) ? integers()(given, where, name) : integer(0)(given, where, name);

function normOf(weight: Tensor, axis: number | readonly number[]): Tensor {
  return sqrt(sum(square(weight), axis, true));
}

/** Scales vectors whose norm exceeds `maxValue`, 2 by default, down to it. */
export function maxNorm(options: AxisOption & { maxValue?: number } = {}): Constraint {
  const kinds = { maxValue: number(2, { least: 0 }), axis: axes };
  const made = readOptions(kinds, options, "maxNorm");
  return madeBy(maxNorm, made, (weight) => {
    const norm = normOf(weight, made.axis);
    return mul(weight, div(clipByValue(norm, 0, made.maxValue), add(norm, EPSILON)));
  });
}

/** Options of `minMaxNorm`. */
export interface MinMaxNormOptions extends AxisOption {
  /** 0 by default. */
  minValue?: number;
  /** 1 by default. */
  maxValue?: number;
  /** How far each update moves towards the bounds, in [0, 1]; 1 by default. */
  rate?: number;
}

/** Moves the vectors' norms into [minValue, maxValue]. */
export function minMaxNorm(options: MinMaxNormOptions = {}): Constraint {
  const least = { least: 0 };
  const kinds = {
    minValue: number(0, least),
    maxValue: number(1, least),
    rate: number(1, { least: 0, most: 1 }),
    axis: axes,
  };
  const made = readOptions(kinds, options, "minMaxNorm");
  const { minValue, maxValue, rate, axis } = made;
  return madeBy(minMaxNorm, made, (weight) => {
    const norm = normOf(weight, axis);
    const wanted = add(mul(clipByValue(norm, minValue, maxValue), rate), mul(norm, 1 - rate));
    return mul(weight, div(wanted, add(norm, EPSILON)));
  });
}

/** Vectors of norm 1. */
export function unitNorm(options: AxisOption = {}): Constraint {
  const made = readOptions({ axis: axes }, options, "unitNorm");
  return madeBy(unitNorm, made, (weight) => div(weight, add(normOf(weight, made.axis), EPSILON)));
}

registerFactory("constraint", "maxNorm", maxNorm);
registerFactory("constraint", "minMaxNorm", minMaxNorm);
registerFactory("constraint", "unitNorm", unitNorm);
