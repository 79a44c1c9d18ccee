/** What a regularizer is, and how one is asked for. */

import type { Tensor } from "../../tensor/tensor";
import { type Spelling, functionOf } from "../registry";
import type * as all from "./index";

/** The penalty of a weight or an output: a scalar, which training adds to the loss. */
export type Regularizer = (x: Tensor) => Tensor;

/** "l1", "l2", ...: a regularizer of `regularizers` with its defaults. */
export type RegularizerName = Spelling<keyof typeof all>;

/** A name, for the defaults; what `regularizers` makes; or a function from tensor to scalar. */
export type RegularizerLike = RegularizerName | Regularizer;

/** The regularizer behind a name; throws on an unknown one, listing those there are. */
export function regularizerOf(
  given: RegularizerLike,
  where = "regularizer",
  argument = "regularizer",
): Regularizer {
  return functionOf("regularizer", given, where, argument) as Regularizer;
}
