/** All elements of a dataset at once. */

import { MAX_HELD } from "./element-buffer";
import { type Stream, Waiting } from "./stream";

/**
 * The elements of an iteration, which are the caller's then; yields what is to be waited for.
 * @param epoch the iteration's number
 * @throws RangeError if there are more than may be held
 */
export function* collect<T>(
  values: Stream<T>,
  epoch: number,
  method: string,
): Generator<Waiting, T[], void> {
  const limit = MAX_HELD / values.weight;
  if (values.length > limit) throw tooMany(method, limit, values.length);
  const cursor = values.open(epoch);
  const elements: T[] = [];
  let isComplete = false;
  try {
    for (let element; (element = cursor.next()) !== undefined;) {
      if (element instanceof Waiting) {
        yield element;
        continue;
      }
      elements.push(element);
      if (elements.length > limit) throw tooMany(method, limit, "more");
    }
    isComplete = true;
    return elements;
  } finally {
    if (!isComplete) elements.forEach((element) => values.release(element));
    cursor.close();
  }
}

function tooMany(method: string, limit: number, found: number | string): Error {
  return new RangeError(
    `${method}: expected at most ${limit} elements but the dataset has ${found}; use take(), or ` +
      "go through it with for...of",
  );
}
