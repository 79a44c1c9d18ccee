/** Streams whose elements take time to make: several at once, and ahead of their use. */

import { outsideRecording } from "../tensor/recorder";
import { type Cursor, type Stream, TENSOR_WEIGHT, Waiting } from "./stream";

/** An element that is being made. */
interface Making<U> {
  readonly done: Promise<void>;
  made?: { readonly element: U };
  error?: unknown;
}

/**
 * Each element made into another by a promise, so many at a time; they keep their order.
 * @param convert takes over the element, also when it throws
 * @throws Error that names the element by its number, from 0
 */
export function transformAsync<T, U>(
  source: Stream<T>,
  convert: (element: T) => Promise<U>,
  calls: number,
  release: (element: U) => void,
): Stream<U> {
  const open = (epoch: number): Cursor<U> => {
    const cursor = source.open(epoch);
    const queue: Making<U>[] = [];
    let first = 0; // the number of the element at the head of the queue
    let isClosed = false;
    const drop = (making: Making<U>): void => {
      void making.done.then(() => making.made && release(making.made.element));
    };
    /** Begins as many as may be; gives what is waited for, if the source has none yet. */
    const fill = (): Waiting | undefined => {
      while (!isClosed && queue.length < calls) {
        const element = cursor.next();
        if (element instanceof Waiting) return element;
        if (element === undefined) return undefined;
        queue.push(making(convert, element));
      }
      return undefined;
    };
    const next = (): U | Waiting | undefined => {
      const source = fill();
      if (queue.length === 0) return source;
      const [{ done, made, error }] = queue;
      if (made === undefined && error === undefined) {
        return new Waiting(source === undefined ? done : Promise.race([done, source.ready]));
      }
      queue.shift();
      first++;
      if (made !== undefined) return made.element;
      throw new Error(`mapAsync: element ${first - 1}: ${messageOf(error)}`, { cause: error });
    };
    const pass = (count: number): void => {
      first += count;
      const begun = queue.splice(0, count);
      begun.forEach(drop);
      cursor.pass(count - begun.length);
    };
    const close = (): void => {
      isClosed = true;
      queue.splice(0).forEach(drop);
      cursor.close();
    };
    return { next, pass, close };
  };
  return { length: source.length, weight: TENSOR_WEIGHT, open, release };
}

function making<T, U>(convert: (element: T) => Promise<U>, given: T): Making<U> {
  const begun: Omit<Making<U>, "done"> = {};
  const done = convert(given).then(
    (element) => void (begun.made = { element }),
    (error: unknown) => void (begun.error = error ?? new Error("it was rejected without a reason")),
  );
  return Object.assign(begun, { done });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * The elements, up to `count` of which are read ahead while the caller does something else. Where the
 * source waits for none, there is nothing to gain: it is read when it is asked.
 */
export function prefetch<T>(source: Stream<T>, count: number): Stream<T> {
  const { length, weight } = source;
  return {
    length,
    weight,
    open: (epoch) => new Reader(source, count, epoch),
    release: (element) => source.release(element),
  };
}

class Reader<T> implements Cursor<T> {
  private readonly cursor: Cursor<T>;
  private readonly queue: T[] = [];
  private failure: { readonly error: unknown } | undefined;
  private isReading = false;
  private hasEnded = false;

  constructor(
    private readonly source: Stream<T>,
    private readonly count: number,
    epoch: number,
  ) {
    this.cursor = source.open(epoch);
  }

  next(): T | Waiting | undefined {
    const read = this.queue.shift();
    if (read !== undefined) {
      this.readAhead();
      return read;
    }
    if (this.failure !== undefined) throw this.failure.error;
    const element = this.cursor.next();
    if (element instanceof Waiting) this.readOnceReady(element);
    return element;
  }

  pass(count: number): void {
    const passed = this.queue.splice(0, count);
    passed.forEach((element) => this.source.release(element));
    this.cursor.pass(count - passed.length);
  }

  close(): void {
    this.hasEnded = true;
    for (const element of this.queue.splice(0)) this.source.release(element);
    this.cursor.close();
  }

  private readAhead(): void {
    if (this.isReading) return;
    try {
      while (!this.hasEnded && this.queue.length < this.count) {
        const element = outsideRecording(() => this.cursor.next());
        if (element instanceof Waiting) {
          this.readOnceReady(element);
          return;
        }
        if (element === undefined) this.hasEnded = true;
        else this.queue.push(element);
      }
    } catch (error) {
      this.failure = { error };
      this.hasEnded = true;
    }
  }

  private readOnceReady({ ready }: Waiting): void {
    if (this.isReading) return;
    this.isReading = true;
    void ready.then(() => {
      this.isReading = false;
      this.readAhead();
    });
  }
}
