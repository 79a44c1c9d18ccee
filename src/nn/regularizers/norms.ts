import { abs, add, mul, square } from "../../ops/arithmetic";
import { sum } from "../../ops/shape";
import { number, readOptions } from "../../tensor/option-kinds";
import { madeBy, registerFactory } from "../registry";
import type { Regularizer } from "./regularizer";

const factor = (fallback: number) => number(fallback, { least: 0 });

/** l1 sum |x|; l1 is 0.01 by default, and can be given alone: `l1(0.1)`. */
export function l1(options: number | { l1?: number } = {}): Regularizer {
  const given = typeof options === "number" ? { l1: options } : options;
  const made = readOptions({ l1: factor(0.01) }, given, "l1");
  return madeBy(l1, made, (x) => mul(sum(abs(x)), made.l1));
}

/** l2 sum x^2; l2 is 0.01 by default, and can be given alone: `l2(1e-4)`. */
export function l2(options: number | { l2?: number } = {}): Regularizer {
  const given = typeof options === "number" ? { l2: options } : options;
  const made = readOptions({ l2: factor(0.01) }, given, "l2");
  return madeBy(l2, made, (x) => mul(sum(square(x)), made.l2));
}

/** l1 sum |x| + l2 sum x^2; both factors are 0 by default. */
export function l1l2(options: { l1?: number; l2?: number } = {}): Regularizer {
  const made = readOptions({ l1: factor(0), l2: factor(0) }, options, "l1l2");
  return madeBy(l1l2, made, (x) => add(mul(sum(abs(x)), made.l1), mul(sum(square(x)), made.l2)));
}

registerFactory("regularizer", "l1", l1);
registerFactory("regularizer", "l2", l2);
registerFactory("regularizer", "l1l2", l1l2);
