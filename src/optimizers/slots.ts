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
    let slots = this.slots.get(weight);
    if (slots === undefined) this.slots.set(weight, (slots = {}));
    for (const name of names) {
      slots[name] ??= outsideRecording(() =>
        tidy(
          () =>
            new Variable(initial(name, weight), {
              name: `${name}/${weight.name}`,
              trainable: false,
            }),
        ),
      );
    }
    return slots;
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

/** `key`, or with the first number after it that makes it another than those of `taken`. */
function unusedKey(taken: object, key: string): string {
  let unused = key;
  for (let number = 2; Object.hasOwn(taken, unused); number++) unused = `${key}/${number}`;
  return unused;
}
