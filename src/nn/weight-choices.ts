/** The options that layers have for each of their weights: `kernelInitializer` and its like. */

import type { OptionKind } from "../tensor/option-kinds";
import type { Constraint, ConstraintLike } from "./constraints/constraint";
import type { Initializer, InitializerLike } from "./initializers/initializer";
import { constraint, initializer, regularizer } from "./layer-options";
import type { Regularizer, RegularizerLike } from "./regularizers/regularizer";

/** What callers may choose for a weight: its initializer, none or one regularizer, and constraint. */
export type WeightChoices<W extends string> = Partial<
  Record<`${W}Initializer`, InitializerLike> &
    Record<`${W}Regularizer`, RegularizerLike | null> &
    Record<`${W}Constraint`, ConstraintLike | null>
>;

type Kinds<W extends string> = Record<`${W}Initializer`, OptionKind<Initializer>> &
  Record<`${W}Regularizer`, OptionKind<Regularizer | null>> &
  Record<`${W}Constraint`, OptionKind<Constraint | null>>;

/** The kinds of these options; without a choice the weight starts by `initial`. */
export function weightKinds<W extends string>(weight: W, initial: InitializerLike): Kinds<W> {
  return {
    [`${weight}Initializer`]: initializer(initial),
    [`${weight}Regularizer`]: regularizer(),
    [`${weight}Constraint`]: constraint(),
  } as Kinds<W>;
}

/** What was chosen for a weight, as `addWeight` takes it. */
export function chosenFor(
  weight: string,
  options: object,
): { initializer: Initializer; regularizer: Regularizer | null; constraint: Constraint | null } {
  const values = options as Record<string, unknown>;
  return {
    initializer: values[`${weight}Initializer`] as Initializer,
    regularizer: values[`${weight}Regularizer`] as Regularizer | null,
    constraint: values[`${weight}Constraint`] as Constraint | null,
  };
}
