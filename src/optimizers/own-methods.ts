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

const METHODS = Object.entries({
  slotNames: "slotNames(weight), which gives an array of names",
  initialSlot: "initialSlot(name, weight), which gives a tensor or null",
  decayOf: "decayOf(weight), which gives a number or null",
  beforeUpdates: "beforeUpdates()",
  updateOne: "updateOne(weight, gradient, slots, step)",
});

/** Throws unless the methods that updates call are some. */
export function checkMethods(optimizer: object): void {
  const methods = optimizer as Record<string, unknown>;
  for (const [name, form] of METHODS) {
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

/** Throws unless slots are named by different texts that are not those of the base class. */
export function checkSlotNames(
  names: readonly string[],
  taken: readonly string[],
  optimizer: object,
): void {
  if (!Array.isArray(names)) throw noSlotNames(describeValue(names), optimizer);
  for (let i = 0; i < names.length; i++) {
    const name: unknown = names[i];
    if (typeof name !== "string" || name === "") {
      throw noSlotNames(`${describeValue(name)} at [${i}]`, optimizer);
    }
    if (name !== "__proto__" && !taken.includes(name) && names.indexOf(name) === i) continue;
    throw new RangeError(
      `${optimizer.constructor.name}: slotNames: expected another name than "${name}", which is taken`,
    );
  }
}

function noSlotNames(found: string, optimizer: object): Error {
  return new TypeError(
    `${optimizer.constructor.name}: slotNames: expected an array of names, ["momentum"], but received ${found}`,
  );
}

/** Throws unless a slot starts with a tensor, or with the zeros that null stands for. */
export function checkInitialSlot(
  initial: unknown,
  name: string,
  optimizer: object,
): asserts initial is Tensor | null {
  if (initial === null || initial instanceof Tensor) return;
  throw new TypeError(
    `${optimizer.constructor.name}: initialSlot: expected a Tensor or null for "${name}" but received ` +
      describeValue(initial),
  );
}

/** Throws if an option would hide what the object has by that name. */
export function checkOptionNames(names: readonly string[], optimizer: object): void {
  const hidden = names.find((name) => name in optimizer);
  if (hidden === undefined) return;
  throw new RangeError(
    `${optimizer.constructor.name}: expected another name than "${hidden}" for an option, since an optimizer has a ` +
      "property or method of that name",
  );
}
