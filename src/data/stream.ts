/**
 * Lazy series of elements and the ways to rearrange them: the machinery of `Dataset`. What the
 * elements are does not matter here; over arrays in memory they are row numbers, so that nothing
 * but numbers moves. Needs no tensors.
 */

import { RandomStream } from "./random-stream";

/** A series of elements that can be gone through any number of times. */
export interface Stream<T> {
  /** Number of elements; Infinity if there is no end, NaN if it is not known. */
  readonly length: number;
  /**
   * Begins at the first element. Shuffles depend on `epoch`, a non-negative integer, and on their
   * seed alone.
   */
  open(epoch: number): Cursor<T>;
  /** Frees an element that nobody will see. */
  release(element: T): void;
}

/** A way through a stream. Elements are handed over: who takes one answers for its release. */
export interface Cursor<T> {
  /** The next element; undefined at the end, and ever after. */
  next(): T | undefined;
  /** Releases what was read ahead. Nothing may be read afterwards. */
  close(): void;
}

/** Epochs are told apart by this much where an endless repetition uses one up for every round. */
const ROUNDS_PER_EPOCH = 2 ** 32;

/** The integers from 0 to `length` - 1. */
export function range(length: number): Stream<number> {
  return {
    length,
    open() {
      let position = 0;
      return { next: () => (position < length ? position++ : undefined), close: ignore };
    },
    release: ignore,
  };
}

/** The first `count` elements. */
export function take<T>(source: Stream<T>, count: number): Stream<T> {
  return {
    length: count === 0 ? 0 : Math.min(source.length, count),
    open(epoch) {
      const cursor = source.open(epoch);
      let left = count;
      return { next: () => (left-- > 0 ? cursor.next() : undefined), close: () => cursor.close() };
    },
    release: (element) => source.release(element),
  };
}

/** All but the first `count` elements. */
export function skip<T>(source: Stream<T>, count: number): Stream<T> {
  return {
    length: Math.max(source.length - count, 0),
    open(epoch) {
      const cursor = source.open(epoch);
      let left = count;
      const next = (): T | undefined => {
        for (; left > 0; left--) {
          const unwanted = cursor.next();
          if (unwanted === undefined) return undefined;
          source.release(unwanted);
        }
        return cursor.next();
      };
      return { next, close: () => cursor.close() };
    },
    release: (element) => source.release(element),
  };
}

/**
 * The elements in random order, as far as a buffer of `bufferSize` of them allows: each is drawn
 * uniformly from the buffer, which the source refills. Element i of the result is thus one of the
 * first i + bufferSize of the source.
 * @param reshuffle whether every epoch has an order of its own
 */
export function shuffle<T>(
  source: Stream<T>,
  bufferSize: number,
  seed: number,
  reshuffle: boolean,
): Stream<T> {
  return {
    length: source.length,
    open(epoch) {
      const cursor = source.open(epoch);
      const random = new RandomStream(seed, reshuffle ? epoch : 0);
      const buffer: T[] = [];
      const next = (): T | undefined => {
        while (buffer.length < bufferSize) {
          const element = cursor.next();
          if (element === undefined) break;
          buffer.push(element);
        }
        if (buffer.length === 0) return undefined;
        const drawn = random.below(buffer.length);
        const element = buffer[drawn];
        buffer[drawn] = buffer[buffer.length - 1];
        buffer.pop();
        return element;
      };
      const close = (): void => {
        for (const element of buffer.splice(0)) source.release(element);
        cursor.close();
      };
      return { next, close };
    },
    release: (element) => source.release(element),
  };
}

/**
 * The source `count` times over; Infinity for ever, unless it is empty. Round r of epoch e goes
 * through the source's epoch e * count + r: repeating a shuffle is the same as iterating it again.
 */
export function repeat<T>(source: Stream<T>, count: number): Stream<T> {
  const rounds = Math.min(count, ROUNDS_PER_EPOCH);
  return {
    length: source.length === 0 || count === 0 ? 0 : source.length * count,
    open(epoch) {
      let round = 0;
      let cursor: Cursor<T> | undefined;
      const close = (): void => {
        cursor?.close();
        cursor = undefined;
      };
      const next = (): T | undefined => {
        while (round < count) {
          const isFirst = cursor === undefined;
          cursor ??= source.open(epoch * rounds + round);
          const element = cursor.next();
          if (element !== undefined) return element;
          close();
          round = isFirst ? count : round + 1; // an empty round: there is nothing to repeat
        }
        return undefined;
      };
      return { next, close };
    },
    release: (element) => source.release(element),
  };
}

/**
 * `size` elements at a time.
 * @param dropRemainder whether fewer, left over at the end, are dropped
 */
export function group<T>(source: Stream<T>, size: number, dropRemainder: boolean): Stream<T[]> {
  const groups = source.length / size;
  return {
    length: dropRemainder ? Math.floor(groups) : Math.ceil(groups),
    open(epoch) {
      const cursor = source.open(epoch);
      let members: T[] = [];
      const releaseMembers = (): void => {
        for (const member of members.splice(0)) source.release(member);
      };
      const next = (): T[] | undefined => {
        while (members.length < size) {
          const element = cursor.next();
          if (element === undefined) break;
          members.push(element);
        }
        if (dropRemainder && members.length < size) releaseMembers();
        if (members.length === 0) return undefined;
        const complete = members;
        members = [];
        return complete;
      };
      const close = (): void => {
        releaseMembers();
        cursor.close();
      };
      return { next, close };
    },
    release: (members) => members.forEach((member) => source.release(member)),
  };
}

/**
 * Each element made into another.
 * @param convert takes over the element, also when it throws
 */
export function transform<T, U>(
  source: Stream<T>,
  convert: (element: T) => U,
  release: (element: U) => void = ignore,
): Stream<U> {
  return {
    length: source.length,
    open(epoch) {
      const cursor = source.open(epoch);
      const next = (): U | undefined => {
        const element = cursor.next();
        return element === undefined ? undefined : convert(element);
      };
      return { next, close: () => cursor.close() };
    },
    release,
  };
}

/**
 * What an iterable of JavaScript yields; each epoch asks for a new one.
 * @param convert makes an element of what was yielded
 */
export function fromIterable<T>(
  create: () => Iterable<unknown>,
  convert: (yielded: unknown) => T,
  release: (element: T) => void,
): Stream<T> {
  return {
    length: NaN,
    open() {
      const iterator = create()[Symbol.iterator]();
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
      return { next, close };
    },
    release,
  };
}

function ignore(): void {
  // Numbers need no release.
}
