/** Activation functions by name. */

import { type Underscored, camelCase } from "../../tensor/spelling";
import { describeValue } from "../../tensor/values";
import type { ActivationFunction } from "./arguments";
import * as activations from "./index";

/** All but `threshold`, which needs arguments. */
const { threshold: _threshold, ...ACTIVATIONS } = activations;

type Name = keyof typeof ACTIVATIONS;

/** As `activations` has them, or with Keras' underscores. */
export type ActivationName = Name | Underscored<Name>;

/** A name, a function of your own, or undefined for none. */
export type ActivationLike = ActivationName | ActivationFunction | undefined;

/** The function behind a name; throws on an unknown one, listing those there are. */
export function activationOf(activation: ActivationLike): ActivationFunction {
  if (activation === undefined) return ACTIVATIONS.linear;
  if (typeof activation === "function") return activation;
  const name = typeof activation === "string" ? camelCase(activation) : "";
  if (Object.hasOwn(ACTIVATIONS, name)) return ACTIVATIONS[name as Name];
  throw new TypeError(
    `expected a function or one of ${Object.keys(ACTIVATIONS).join(", ")} for activation but received ` +
      describeValue(activation),
  );
}
