/**
 * Lazy series of elements and the ways to rearrange them: the machinery of `Dataset`. What the
 * elements are does not matter here; over arrays in memory they are row numbers, so that nothing
 * but numbers moves. Needs no tensors.
 */

import { ElementBuffer, mostHeld, tooManyHeld } from "./element-buffer";
import { RandomStream } from "./random-stream";

/** Numbers that take about as much memory as a small tensor and what is known of it. */
export const TENSOR_WEIGHT = 16;

/** A series of elements that can be gone through any number of times. */
export interface Stream<T> {
  /** Number of elements; Infinity if there is no end, NaN if it is not known. */
  readonly length: number;
  /** How many numbers take about as much memory as an element. */
  readonly weight: number;
  /**
   * Begins at the first element. Shuffles depend on `epoch`, a non-negative integer, and on their
   * seed alone.
   */
  open(epoch: number): Cursor<T>;
  /** Frees an element that nobody will see. */
  release(element: T): void;
}

/** Stands for an element that has not come yet: whoever gets it asks again once `ready` resolves. */
export class Waiting {
  constructor(readonly ready: Promise<unknown>) {}
}

/** A way through a stream. Elements are handed over: who takes one answers for its release. */
export interface Cursor<T> {
  /** The next element; undefined at the end, and ever after. */
  next(): T | Waiting | undefined;
  /** Passes over the next `count` elements, or all if there are fewer. */
  pass(count: number): void;
  /** Releases what was read ahead. Nothing may be read afterwards. */
  close(): void;
}

/** Rounds of an endless repetition that have a number of their own among those of all epochs. */
const ROUNDS_PER_EPOCH = 2 ** 32;

/** The integers from 0 to `length` - 1. */
export function range(length: number): Stream<number> {
  return {
    length,
    weight: 1,
    open() {
      let position = 0;
      return {
        next: () => (position < length ? position++ : undefined),
        pass: (count) => (position = Math.min(position + count, length)),
        close: ignore,
      };
    },
    release: ignore,
  };
}

/** The first `count` elements. */
export function take<T>(source: Stream<T>, count: number): Stream<T> {
  return {
    length: count === 0 ? 0 : Math.min(source.length, count),
    weight: source.weight,
    open(epoch) {
      const cursor = source.open(epoch);
      let left = count;
      const pass = (skipped: number): void => {
        cursor.pass(Math.min(skipped, left));
        left = Math.max(left - skipped, 0);
      };
      const next = (): T | Waiting | undefined => {
        if (left <= 0) return undefined;
        const element = cursor.next();
        if (!(element instanceof Waiting)) left--;
        return element;
      };
      return { next, pass, close: () => cursor.close() };
    },
    release: (element) => source.release(element),
  };
}

/** All but the first `count` elements. */
export function skip<T>(source: Stream<T>, count: number): Stream<T> {
  return {
    length: Math.max(source.length - count, 0),
    weight: source.weight,
    open(epoch) {
      const cursor = source.open(epoch);
      let left = count;
      const next = (): T | Waiting | undefined => {
        if (left > 0) cursor.pass(left);
        left = 0;
        return cursor.next();
      };
      const pass = (skipped: number): void => {
        left += skipped;
      };
      return { next, pass, close: () => cursor.close() };
    },
    release: (element) => source.release(element),
  };
}

/** The seed of a shuffle, which may be set to that of an earlier run. */
export interface ShuffleSeed {
  seed: number;
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
  seed: ShuffleSeed,
  reshuffle: boolean,
): Stream<T> {
  return {
    length: source.length,
    weight: source.weight,
    open(epoch) {
      const cursor = source.open(epoch);
      const random = new RandomStream(seed.seed, reshuffle ? epoch : 0);
      const buffer = new ElementBuffer(source, "bufferSize of shuffle");
      const next = (): T | Waiting | undefined => {
        while (buffer.count < bufferSize) {
          const element = cursor.next();
          if (element instanceof Waiting) return element;
          if (element === undefined) break;
          buffer.push(element);
        }
        return buffer.count === 0 ? undefined : buffer.take(random.below(buffer.count));
      };
      const close = (): void => {
        buffer.clear();
        cursor.close();
      };
      return drawn(next, source, close);
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
    length: lengthOfRounds(source.length, count),
    weight: source.weight,
    open(epoch) {
      let round = 0;
      let given = 0; // elements of this round
      let cursor: Cursor<T> | undefined;
      const current = (): Cursor<T> => (cursor ??= source.open(epoch * rounds + round));
      const close = (): void => {
        cursor?.close();
        cursor = undefined;
        given = 0;
      };
      const next = (): T | Waiting | undefined => {
        while (round < count) {
          const element = current().next();
          if (element instanceof Waiting) return element;
          if (element !== undefined) {
            given++;
            return element;
          }
          round = given === 0 ? count : round + 1; // an empty round: there is nothing to repeat
          close();
        }
        return undefined;
      };
      const pass = (skipped: number): void => {
        const { length } = source;
        if (length === 0 || round >= count) return;
        const position = given + skipped;
        const ended = Math.floor(position / length); // rounds that are passed over to their end
        if (ended > 0) close();
        const before = given;
        round += ended;
        given = ended > 0 ? position - ended * length : position;
        if (round < count) current().pass(given - before);
      };
      return Number.isNaN(source.length) ? drawn(next, source, close) : { next, pass, close };
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
  const most = mostHeld(source);
  return {
    length: dropRemainder ? Math.floor(groups) : Math.ceil(groups),
    weight: 1 + source.weight * (source.length < size ? source.length : size),
    open(epoch) {
      const cursor = source.open(epoch);
      let members: T[] = [];
      const releaseMembers = (): void => {
        for (const member of members.splice(0)) source.release(member);
      };
      const next = (): T[] | Waiting | undefined => {
        while (members.length < size) {
          const element = cursor.next();
          if (element instanceof Waiting) return element;
          if (element === undefined) break;
          if (members.length >= most) throw tooManyHeld(members.length, "size of batch");
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
      return { next, pass: (count) => cursor.pass(count * size), close };
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
    weight: TENSOR_WEIGHT,
    open(epoch) {
      const cursor = source.open(epoch);
      const next = (): U | Waiting | undefined => {
        const element = cursor.next();
        if (element instanceof Waiting) return element;
        return element === undefined ? undefined : convert(element);
      };
      return { next, pass: (count) => cursor.pass(count), close: () => cursor.close() };
    },
    release,
  };
}

/** Number of elements of `count` rounds of so many. Without end if there is no last round. */
function lengthOfRounds(length: number, count: number): number {
  if (length === 0 || count === 0) return 0;
  return count === Infinity ? Infinity : length * count;
}

/** A cursor that passes over elements by drawing them, once the next one is asked for. */
export function drawn<T>(
  next: () => T | Waiting | undefined,
  source: Pick<Stream<T>, "release">,
  close: () => void,
): Cursor<T> {
  let passed = 0;
  return {
    next() {
      while (passed > 0) {
        const unwanted = next();
        if (unwanted === undefined || unwanted instanceof Waiting) return unwanted;
        passed--;
        source.release(unwanted);
      }
      return next();
    },
    pass: (count) => (passed += count),
    close,
  };
}

function ignore(): void {
  // Numbers need no release.
}
