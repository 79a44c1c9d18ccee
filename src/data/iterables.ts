/** Streams of what iterables of JavaScript yield, at once or in time. */

import { describeValue } from "../tensor/values";
import { type Cursor, type Stream, TENSOR_WEIGHT, Waiting, drawn } from "./stream";

/** What each iteration of a dataset goes through. */
export type AnyIterable<T> = Iterable<T> | AsyncIterable<T>;

/**
 * What an iterable yields, an async one too; each epoch asks for a new one.
 * @param convert makes an element of what was yielded
 */
export function fromIterable<T>(
  create: () => AnyIterable<unknown>,
  convert: (yielded: unknown) => T,
  release: (element: T) => void,
): Stream<T> {
  return {
    length: NaN,
    weight: TENSOR_WEIGHT,
    open() {
      const iterable: unknown = create();
      const settings = { convert, release };
      if (isIterable(iterable)) return iterated(iterable[Symbol.iterator](), settings);
      if (isAsync(iterable)) return awaited(iterable[Symbol.asyncIterator](), settings);
      throw new TypeError(
        `expected a function that returns an iterable for create but it returned ${describeValue(iterable)}`,
      );
    },
    release,
  };
}

interface Settings<T> {
  convert: (yielded: unknown) => T;
  release: (element: T) => void;
}

function iterated<T>(iterator: Iterator<unknown>, { convert, release }: Settings<T>): Cursor<T> {
  let ended = false;
  const next = (): T | undefined => {
    if (ended) return undefined;
    ended = true; // should it throw
    const result = iterator.next();
    ended = result.done === true;
    return ended ? undefined : convert(result.value);
  };
  const close = (): void => {
    if (!ended) iterator.return?.();
    ended = true;
  };
  return drawn(next, { release }, close);
}

/** What an async iterator gave when it was asked last. */
type Answer = { readonly result: IteratorResult<unknown> } | { readonly error: unknown };

function awaited<T>(
  iterator: AsyncIterator<unknown>,
  { convert, release }: Settings<T>,
): Cursor<T> {
  let ended = false;
  let waiting: Waiting | undefined;
  let answer: Answer | undefined;
  const take = (given: Answer): void => {
    answer = given;
    // Nobody will see an element that comes after the end.
    if (ended && "result" in given && given.result.done !== true)
      release(convert(given.result.value));
  };
  const ask = (): Waiting => {
    const asked = iterator.next().then(
      (result) => take({ result }),
      (error: unknown) => take({ error }),
    );
    return new Waiting(asked);
  };
  const next = (): T | Waiting | undefined => {
    if (ended) return undefined;
    if (answer === undefined) return (waiting ??= ask());
    const given = answer;
    [waiting, answer] = [undefined, undefined];
    ended = true; // should it throw
    if ("error" in given) throw given.error;
    ended = given.result.done === true;
    return ended ? undefined : convert(given.result.value);
  };
  const close = (): void => {
    if (ended) return;
    ended = true;
    // Nobody waits any longer for what ends in its own time.
    iterator.return?.().catch(() => undefined);
  };
  return drawn(next, { release }, close);
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof (value as Partial<Iterable<unknown>> | null)?.[Symbol.iterator] === "function";
}

function isAsync(value: unknown): value is AsyncIterable<unknown> {
  return (
    typeof (value as Partial<AsyncIterable<unknown>> | null)?.[Symbol.asyncIterator] === "function"
  );
}

/** Throws unless a dataset is given what makes an iterable for each iteration. */
export function checkCreates(create: unknown, method: string): void {
  if (typeof create === "function") return;
  const hint =
    typeof create === "object" && create !== null
      ? ", such as () => csvRecords(path): each iteration goes through the elements anew"
      : "";
  throw new TypeError(
    `${method}: expected a function that returns an iterable${hint}, for create but received ` +
      describeValue(create),
  );
}

/** A record as it is, if it is one. */
export function checkRecord<R>(yielded: R): R {
  if (yielded !== undefined) return yielded;
  throw new TypeError("fromRecords: expected records but the iterable yielded undefined");
}

/** The release of records. */
export function ignore(): void {
  // Records are of the garbage collector's.
}
