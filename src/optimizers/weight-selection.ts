/** Weights that an option of an optimizer speaks of. */

import { warn } from "../addon/warn";
import { isPlainObject } from "../tensor/nest";
import type { OptionKind } from "../tensor/option-kinds";
import { describeValue } from "../tensor/values";
import { Variable } from "../tensor/variable";

/** Some of the weights: those listed, and those whose names have one of the parts. */
export interface WeightSelection {
  /** Variables, or their names, which a model's weights have from its paths: "layers.0.bias". */
  weights?: readonly (Variable | string)[];
  /** Parts of names: ["bias"] selects all biases. */
  names?: readonly string[];
}

export function selects({ weights = [], names = [] }: WeightSelection, weight: Variable): boolean {
  return (
    weights.some((item) => item === weight || item === weight.name) ||
    names.some((name) => weight.name.includes(name))
  );
}

/**
 * Warns of a selection that matches none of the weights: it may be misspelt. One list serves many models,
 * so that no warning comes of parts of it.
 */
export function warnOfUnmatched(
  where: string,
  selection: WeightSelection,
  all: readonly Variable[],
): void {
  const { weights, names } = namedSelection(selection);
  const asked = [...weights, ...names].map((name) => `"${name}"`).join(", ");
  if (asked === "" || all.some((weight) => selects(selection, weight))) return;
  const known = all.slice(0, LISTED).map(nameOf).join(", ");
  const list = all.length > LISTED ? `${known}, ...` : known;
  warn(
    "NABLA_UNMATCHED_WEIGHTS",
    `${where}: ${asked} matches none of the ${all.length} weights that are updated: ${list}`,
  );
}

/** How many weights a warning names. */
const LISTED = 12;

function nameOf(item: Variable | string): string {
  return typeof item === "string" ? item : item.name;
}

/** The selection without Variables: their names instead. */
export function namedSelection({ weights = [], names = [] }: WeightSelection): {
  weights: string[];
  names: readonly string[];
} {
  return { weights: weights.map(nameOf), names };
}

/** A selection of weights; an array of strings stands for parts of names. */
export const weightSelection = (): OptionKind<WeightSelection> => (given, where, name) => {
  const selection = Array.isArray(given) ? selectionOf(given) : given;
  if (isPlainObject(selection)) {
    const { weights = [], names = [], ...others } = selection;
    const fits =
      Object.keys(others).length === 0 &&
      Array.isArray(weights) &&
      Array.isArray(names) &&
      weights.every((item) => item instanceof Variable || typeof item === "string") &&
      names.every((item) => typeof item === "string" && item !== "");
    if (fits) {
      return Object.freeze({
        weights: [...weights],
        names: [...(names as string[])],
      });
    }
  }
  throw new TypeError(
    `${where}: expected parts of names, ["bias"], or { weights: [Variables or their names], names: [parts ` +
      `of names] } for ${name} but received ${describeValue(given)}`,
  );
};

/** Of an array: parts of names, and Variables themselves. */
function selectionOf(given: readonly unknown[]): Record<string, unknown> {
  return {
    weights: given.filter((item) => item instanceof Variable),
    names: given.filter((item) => !(item instanceof Variable)),
  };
}
