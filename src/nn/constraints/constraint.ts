/** What a constraint is, and how one is asked for. */

import type { Tensor } from "../../tensor/tensor";
import { type Spelling, functionOf } from "../registry";
import type * as all from "./index";

/** Projects a weight on what it may be: a tensor of its shape. */
export type Constraint = (weight: Tensor) => Tensor;

export type ConstraintName = Spelling<keyof typeof all>;

/** A name, for the defaults; what `constraints` makes; or a function from weight to weight. */
export type ConstraintLike = ConstraintName | Constraint;

/** The constraint behind a name; throws on an unknown one, listing those there are. */
export function constraintOf(
  given: ConstraintLike,
  where = "constraint",
  argument = "constraint",
): Constraint {
  return functionOf("constraint", given, where, argument) as Constraint;
}
