/** Elements of a stream that are held for later. */

import type { Stream } from "./stream";

/** The most numbers that may be held where nothing tells how many are needed. */
export const MAX_HELD = 2 ** 24;

/** As many as V8 keeps within the object, so that small sets cost no memory of their own each epoch. */
const FIRST_CAPACITY = 8;

/** Elements in no order. Grows as they come, so that its bound may be any number. */
export class ElementBuffer<T> {
  /** Numbers stand in a typed array: V8 ends the process rather than let an array grow too long. */
  private slots: T[] | Float64Array = [];
  private held = 0;

  /**
   * @param source where the elements come from
   * @param argument names in errors what bounds the buffer
   */
  constructor(
    private readonly source: Stream<T>,
    private readonly argument: string,
  ) {}

  get count(): number {
    return this.held;
  }

  push(element: T): void {
    checkHeld(this.held, this.source, this.argument);
    if (typeof element === "number" && this.held === this.slots.length) this.grow();
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

  private grow(): void {
    const larger = new Float64Array(Math.max(FIRST_CAPACITY, 2 * this.held));
    larger.set(this.slots as ArrayLike<number>);
    this.slots = larger;
  }
}

/** Throws if `count` elements are as many as may be held of a source of unknown length. */
export function checkHeld<T>(count: number, source: Stream<T>, argument: string): void {
  if (count * source.weight < MAX_HELD || !Number.isNaN(source.length)) return;
  throw new RangeError(
    `expected at most ${count} for ${argument} of a dataset whose length is not known, since so ` +
      "many elements are held at once, but there are more",
  );
}
