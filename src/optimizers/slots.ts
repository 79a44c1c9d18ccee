/** The state that optimizers keep for each weight. */

import { tidy } from "../tensor/memory";
import { outsideRecording } from "../tensor/recorder";
import type { Tensor } from "../tensor/tensor";
import { type OwnMemory, Variable } from "../tensor/variable";

/** The state that is kept for one weight, by name. */
export type Slots = Record<string, Variable>;

export class SlotStore {
  private readonly slots = new Map<Variable, Slots>();

  /** Those of a weight, made eagerly at first need, also inside a capture. */
  of(
    weight: Variable,
    names: readonly string[],
    initial: (name: string, weight: Variable) => Tensor | OwnMemory,
  ): Slots {
    const known = this.slots.get(weight);
    const isKnown = (name: string): boolean => known !== undefined && Object.hasOwn(known, name);
    if (known !== undefined && names.every(isKnown)) return known;
    const missing = names.filter((name) => !isKnown(name));
    const made = outsideRecording(() =>
      tidy(() => missing.map((name) => [name, slotOf(weight, name, initial(name, weight))])),
    );
    const slots = Object.assign(known ?? {}, Object.fromEntries(made)) as Slots;
    this.slots.set(weight, slots);
    return slots;
  }

  /** The weights that have slots. */
  get weights(): Variable[] {
    return [...this.slots.keys()];
  }

  known(weight: Variable): Slots | undefined {
    return this.slots.get(weight);
  }

  get isEmpty(): boolean {
    return this.slots.size === 0;
  }

  /**
   * Adds slots to a state as `name/weight`, or `name/weight/2` for a namesake.
   * @param nameOf a weight's name; undefined leaves its slots out
   */
  addTo(state: Record<string, Variable>, nameOf: (weight: Variable) => string | undefined): void {
    for (const [weight, slots] of this.slots) {
      const weightName = nameOf(weight);
      if (weightName === undefined) continue;
      for (const [name, slot] of Object.entries(slots)) {
        state[unusedKey(state, `${name}/${weightName}`)] = slot;
      }
    }
  }
}

function slotOf(weight: Variable, name: string, initial: Tensor | OwnMemory): Variable {
  return new Variable(initial, { name: `${name}/${weight.name}`, trainable: false });
}

/** `key`, or with the first number after it that makes it another than those of `taken`. */
function unusedKey(taken: object, key: string): string {
  let unused = key;
  for (let number = 2; Object.hasOwn(taken, unused); number++) unused = `${key}/${number}`;
  return unused;
}
