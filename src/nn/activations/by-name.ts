/** Activation functions by name. */

import type { Underscored } from "../../tensor/spelling";
import { functionOf, registerFunction } from "../registry";
import type { ActivationFunction } from "./activation-function";
import * as activations from "./index";

/** All but `threshold`, which needs arguments. */
const { threshold: _threshold, ...ACTIVATIONS } = activations;

type Name = keyof typeof ACTIVATIONS;

/** As `activations` has them, or with Keras' underscores. */
export type ActivationName = Name | Underscored<Name>;

/** A name, a function of your own, or undefined for none. */
export type ActivationLike = ActivationName | ActivationFunction | undefined;

for (const [name, fn] of Object.entries(ACTIVATIONS)) registerFunction("activation", name, fn);

/** The function behind a name; throws on an unknown one, listing those there are. */
export function activationOf(
  activation: ActivationLike,
  where = "Activation",
  argument = "activation",
): ActivationFunction {
  if (activation === undefined) return ACTIVATIONS.linear;
  return functionOf("activation", activation, where, argument) as ActivationFunction;
}
