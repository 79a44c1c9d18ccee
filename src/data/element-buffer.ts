/** Elements of a stream that are held for later. */

import type { Stream } from "./stream";

/** The most numbers that may be held where nothing tells how many are needed. */
export const MAX_HELD = 2 ** 24;

/** Numbers beyond so many stand in a typed array: V8 ends the process rather than let an array grow too long. */
const LONG = 2 ** 16;

/** Elements in no order. Grows as they come, so that its bound may be any number. */
export class ElementBuffer<T> {
  private slots: T[] | Float64Array = [];
  private held = 0;
  private readonly most: number;

  /**
   * @param source where the elements come from
   * @param argument names in errors what bounds the buffer
   */
  constructor(
    private readonly source: Stream<T>,
    private readonly argument: string,
  ) {
    this.most = mostHeld(source);
  }

  get count(): number {
    return this.held;
  }

  push(element: T): void {
    if (this.held >= this.most) throw tooManyHeld(this.held, this.argument);
    if (this.held >= LONG && typeof element === "number") this.makeRoom();
    this.slots[this.held++] = element;
  }

  /** Removes an element, from 0 to `count` - 1; another takes its number. */
  take(index: number): T {
    const { slots } = this;
    const element = slots[index] as T;
    slots[index] = slots[--this.held];
    if (Array.isArray(slots)) slots.pop();
    return element;
  }

  clear(): void {
    const { slots, held } = this;
    for (let i = 0; i < held; i++) this.source.release(slots[i] as T);
    this.slots = [];
    this.held = 0;
  }

  private makeRoom(): void {
    if (this.held < this.slots.length) return;
    const larger = new Float64Array(2 * this.held);
    larger.set(this.slots as ArrayLike<number>);
    this.slots = larger;
  }
}

/** How many elements may be held at once: any number where it is known how many there are. */
export function mostHeld<T>(source: Stream<T>): number {
  return Number.isNaN(source.length) ? MAX_HELD / source.weight : Infinity;
}

export function tooManyHeld(count: number, argument: string): RangeError {
  return new RangeError(
    `expected at most ${count} for ${argument} of a dataset whose length is not known, since so ` +
      "many elements are held at once, but there are more",
  );
}
