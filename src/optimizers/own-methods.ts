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
  initialSlot: "initialSlot(name, weight), which gives a tensor or null",
  decayOf: "decayOf(weight), which gives a number or null",
  beforeUpdates: "beforeUpdates()",
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

/** Throws if `updateOne` returned something, as one does that gives a new weight; `assign` gives the old one. */
export function checkReturned(returned: unknown, weight: Variable, optimizer: object): void {
  if (returned === undefined || returned === weight) return;
  if (returned instanceof Promise) returned.catch(() => undefined); // The error below is the one to tell.
  const found = returned instanceof Tensor ? returned.describe() : describeValue(returned);
  throw new TypeError(
    `${optimizer.constructor.name}: expected updateOne to assign to the weight and to return nothing but it ` +
      `returned ${found}; use weight.assign(...)`,
  );
}

/** Throws unless slots are named by texts that are not those of the base class. */
export function checkSlotNames(names: unknown, taken: readonly string[], optimizer: object): void {
  const where = `${optimizer.constructor.name}: slotNames`;
  const areTexts = Array.isArray(names) && names.every((name) => typeof name === "string" && name);
  if (!areTexts) {
    throw new TypeError(
      `${where}: expected an array of names, ["momentum"], but received ${describeValue(names)}`,
    );
  }
  const odd = (names as string[]).find((name) => taken.includes(name) || name === "__proto__");
  if (odd === undefined) return;
  throw new RangeError(`${where}: expected another name than "${odd}", which all optimizers use`);
}

/** Throws unless a slot starts with a tensor, or with the zeros that null stands for. */
export function checkInitialSlot(initial: unknown, name: string, optimizer: object): void {
  if (initial === null || initial instanceof Tensor) return;
  throw new TypeError(
    `${optimizer.constructor.name}: initialSlot: expected a Tensor or null for "${name}" but received ` +
      describeValue(initial),
  );
}
