/** Iterators over the elements of a dataset, for loops with and without `await`. */

import { outsideRecording, recorder } from "../tensor/recorder";
import { type Cursor, type Stream, Waiting } from "./stream";

const END = { done: true, value: undefined } as const;

/** Hands out the elements of a dataset and frees each when the next is asked for. */
export class ElementIterator<T> implements IterableIterator<T, undefined> {
  private current: T | undefined;
  private ended = false;

  constructor(
    private readonly cursor: Cursor<T>,
    private readonly source: Pick<Stream<T>, "release">,
  ) {}

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<T, undefined> {
    const result = this.advance();
    if (!(result instanceof Waiting)) return result;
    this.return();
    throw new Error("the dataset waits for its elements; use for await (const element of dataset)");
  }

  /** Called when a loop is left early. */
  return(): IteratorResult<T, undefined> {
    this.releaseCurrent();
    if (!this.ended) this.cursor.close();
    this.ended = true;
    return END;
  }

  /** The same iterator for `for await`. */
  awaited(): AsyncIterableIterator<T> {
    const next = async (): Promise<IteratorResult<T>> => {
      for (;;) {
        const result = this.advance();
        if (!(result instanceof Waiting)) return result;
        await result.ready;
      }
    };
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      next,
      return: () => Promise.resolve(this.return()),
    };
  }

  private advance(): IteratorResult<T, undefined> | Waiting {
    checkNotCapturing();
    this.releaseCurrent();
    if (this.ended) return END;
    let element: T | Waiting | undefined;
    try {
      // The iterator owns what it yields, not the scope or tape around the loop.
      element = outsideRecording(() => this.cursor.next());
    } catch (error) {
      this.return();
      throw error;
    }
    if (element instanceof Waiting) return element;
    this.current = element;
    return element === undefined ? this.return() : { done: false, value: element };
  }

  private releaseCurrent(): void {
    if (this.current !== undefined) this.source.release(this.current);
    this.current = undefined;
  }
}

export function checkNotCapturing(): void {
  if (recorder.capture === null) return;
  throw new Error(
    "a dataset cannot be iterated in a function that jit captures: the plan would hold the " +
      "elements of that one iteration. Iterate outside and pass each element to the function",
  );
}
