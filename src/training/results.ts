/** What `evaluate` and the methods of single batches give. */

import { readableUnderscored } from "../tensor/spelling";

/** Results by name that can be taken in their order, too. */
export type Results = Record<string, number> & Iterable<number>;

/** The same results, which can be taken in their order and by Keras' spelling of names, too. */
export function inOrder(results: Record<string, number>): Results {
  Object.defineProperty(results, Symbol.iterator, {
    value: () => Object.values(results)[Symbol.iterator](),
  });
  return readableUnderscored(results) as Results;
}
