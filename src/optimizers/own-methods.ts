/** JavaScript makes optimizers also of classes that lack what TypeScript asks for. */

import { Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import type { Variable } from "../tensor/variable";
import type { Slots } from "./slots";
import type { StepScalars } from "./step-scalars";

/** `updateOne` as JavaScript has it, where methods may return anything. */
export type UncheckedUpdate = (
  weight: Variable,
  gradient: Tensor,
  slots: Slots,
  step: StepScalars,
) => unknown;

const METHODS = {
  slotNames: "slotNames(weight), which gives an array of names",
  updateOne: "updateOne(weight, gradient, slots, step)",
};

/** Throws unless the methods that updates call are some. */
export function checkMethods(optimizer: object): void {
  const methods = optimizer as Record<string, unknown>;
  for (const [name, form] of Object.entries(METHODS)) {
    if (typeof methods[name] === "function") continue;
    throw new TypeError(
      `${optimizer.constructor.name}: expected a method ${form}, but received ${describeValue(methods[name])}`,
    );
  }
}

/** Throws if `updateOne` returned something, as one does that gives the new weight. */
export function checkReturned(returned: unknown, optimizer: object): void {
  if (returned === undefined) return;
  const found = returned instanceof Tensor ? returned.describe() : describeValue(returned);
  throw new TypeError(
    `${optimizer.constructor.name}: expected updateOne to assign to the weight and to return nothing but it ` +
      `returned ${found}; use weight.assign(...)`,
  );
}
