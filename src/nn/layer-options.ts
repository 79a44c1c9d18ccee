/** Kinds of options that layers have beside those of `tensor/option-kinds.ts`. */

import { type OptionKind, choice, integer, integers, optional } from "../tensor/option-kinds";
import { describeValue } from "../tensor/values";
import type { ActivationFunction } from "./activations/activation-function";
import { type ActivationLike, activationOf } from "./activations/by-name";
import { type Constraint, type ConstraintLike, constraintOf } from "./constraints/constraint";
import { type Initializer, type InitializerLike, initializerOf } from "./initializers/initializer";
import type { Spelling } from "./registry";
import { type Regularizer, type RegularizerLike, regularizerOf } from "./regularizers/regularizer";

export const activation =
  (fallback: ActivationLike = "linear"): OptionKind<ActivationFunction> =>
  (given = fallback, where, name) =>
    activationOf(given as ActivationLike, where, name);

export const initializer =
  (fallback: InitializerLike): OptionKind<Initializer> =>
  (given = fallback, where, name) =>
    initializerOf(given as InitializerLike, where, name);

export const regularizer = (): OptionKind<Regularizer | null> =>
  optional((given, where, name) => regularizerOf(given as RegularizerLike, where, name));

export const constraint = (): OptionKind<Constraint | null> =>
  optional((given, where, name) => constraintOf(given as ConstraintLike, where, name));

/** Which axis of pictures is that of the channels: the last, or the first after the batch. */
export type DataFormat = "channelsLast" | "channelsFirst";

export interface DataFormatOption {
  /** "channelsLast", [batch, ..., channels], by default; or "channelsFirst". */
  dataFormat?: Spelling<DataFormat>;
}

export const dataFormat = (): OptionKind<DataFormat> =>
  choice<DataFormat>(["channelsLast", "channelsFirst"], "channelsLast");

/** One positive integer for all axes of a picture, or one for each. */
export const perAxis = (axes: number, fallback?: number): OptionKind<readonly number[]> =>
  perAxisFrom(1, axes, fallback);

/** One integer from `least`, 0 or 1, on for all axes of a picture, or one for each. */
export const perAxisFrom =
  (least: 0 | 1, axes: number, fallback?: number): OptionKind<readonly number[]> =>
  (given = fallback, where, name) => {
    const list: unknown = typeof given === "number" ? new Array<number>(axes).fill(given) : given;
    const fits = (item: unknown): boolean =>
      Number.isSafeInteger(item) && (item as number) >= least && (item as number) < LIMIT;
    if (Array.isArray(list) && list.length === axes && list.every(fits)) {
      return Object.freeze([...(list as number[])]);
    }
    const several = axes === 1 ? "an array of one" : `an array of ${axes}`;
    const what = least === 0 ? "a non-negative integer" : "a positive integer";
    const isTooLarge = Array.isArray(list) && list.some((item) => item >= LIMIT);
    const form = `${isTooLarge ? `${what} below 2^31` : what}, or ${several},`;
    throw misfit(given, `${where}: expected ${form} for ${name}`);
  };

/** Kernels count the places of a picture's axis in 32 bits. */
const LIMIT = 2 ** 31;

/** The error for a number, or for numbers, that an option cannot be. */
export function misfit(given: unknown, expected: string): Error {
  const received = Array.isArray(given)
    ? `[${given.map(String).join(", ")}]`
    : describeValue(given);
  const message = `${expected} but received ${received}`;
  return typeof given === "number" ? new RangeError(message) : new TypeError(message);
}

/** One axis, or several together. */
export const axes =
  (fallback?: number): OptionKind<number | readonly number[]> =>
  (given = fallback, where, name) =>
    typeof given === "number" ? integer()(given, where, name) : integers()(given, where, name);
