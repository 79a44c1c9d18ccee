/** Streams of the elements that are chosen from one stream, or taken from several together. */

import { type Stream, Waiting, drawn } from "./stream";

/** The elements that `keeps` returns true for; it leaves them as they are. */
export function filter<T>(source: Stream<T>, keeps: (element: T) => boolean): Stream<T> {
  const isEither = source.length === 0 || source.length === Infinity;
  return {
    length: isEither ? source.length : NaN,
    weight: source.weight,
    open(epoch) {
      const cursor = source.open(epoch);
      const next = (): T | Waiting | undefined => {
        for (;;) {
          const element = cursor.next();
          if (element === undefined || element instanceof Waiting) return element;
          let isKept = false;
          try {
            isKept = keeps(element);
          } finally {
            if (!isKept) source.release(element);
          }
          if (isKept) return element;
        }
      };
      return drawn(next, source, () => cursor.close());
    },
    release: (element) => source.release(element),
  };
}

/** The next element of each source at a time, until one has no more. */
export function zip(sources: readonly Stream<unknown>[]): Stream<unknown[]> {
  const release = (elements: readonly unknown[]): void =>
    elements.forEach((element, i) => sources[i].release(element));
  return {
    length: shortest(sources.map(({ length }) => length)),
    weight: sources.reduce((total, { weight }) => total + weight, 1),
    open(epoch) {
      const cursors = sources.map((source) => source.open(epoch));
      let elements: unknown[] = []; // those of the first sources, while the others are asked
      let hasEnded = false;
      const end = (): void => {
        hasEnded = true;
        release(elements.splice(0));
      };
      const next = (): unknown[] | Waiting | undefined => {
        while (!hasEnded && elements.length < cursors.length) {
          const element = cursors[elements.length].next();
          if (element instanceof Waiting) return element;
          if (element === undefined) end();
          else elements.push(element);
        }
        if (hasEnded) return undefined;
        const complete = elements;
        elements = [];
        return complete;
      };
      const pass = (count: number): void => cursors.forEach((cursor) => cursor.pass(count));
      const close = (): void => {
        end();
        cursors.forEach((cursor) => cursor.close());
      };
      return { next, pass, close };
    },
    release,
  };
}

/** The least of lengths; NaN if one that is not known might be less. */
function shortest(lengths: readonly number[]): number {
  const known = Math.min(...lengths.filter((length) => !Number.isNaN(length)));
  return lengths.some(Number.isNaN) && known !== 0 ? NaN : known;
}
