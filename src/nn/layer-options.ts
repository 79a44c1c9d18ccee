/** Kinds of options that layers have beside those of `tensor/option-kinds.ts`. */

import { type OptionKind, optional } from "../tensor/option-kinds";
import type { ActivationFunction } from "./activations/activation-function";
import { type ActivationLike, activationOf } from "./activations/by-name";
import { type Constraint, type ConstraintLike, constraintOf } from "./constraints/constraint";
import { type Initializer, type InitializerLike, initializerOf } from "./initializers/initializer";
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
