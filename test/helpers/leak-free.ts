/** Tests that count what is alive: whatever a test creates must be gone at its end. */

import { jit, type JitOptions, memory, randomUniform, tidy, Variable } from "../../src";
import * as scope from "../../src/tensor/scope";
import type { JitFunction } from "../../src";

// The library's common generator is made at its first use and stays.
randomUniform([1]).dispose();

const owned: { dispose(): void }[] = [];

/** Has `item` disposed of at the end of the test. */
export function own<T extends { dispose(): void }>(item: T): T {
  owned.push(item);
  return item;
}

/** `jit`, disposed of at the end of the test. */
export function compiled<A extends unknown[], R>(
  fn: (...args: A) => R,
  options?: JitOptions,
): JitFunction<A, R> {
  return own(jit(fn, options));
}

/** A Variable belongs to whoever refers to it: here to the test, wherever it was created. */
function ownVariables(): jest.SpyInstance {
  const leave = scope.leaveToCollector;
  return jest.spyOn(scope, "leaveToCollector").mockImplementation((tensor) => {
    leave(tensor);
    if (tensor instanceof Variable) own(tensor);
  });
}

/**
 * The body of a test that runs `body` in `tidy`, frees the Variables that it created and what it
 * owns, and expects as many handles, plans, buffers and bytes as before.
 */
export function leakFree<A extends unknown[]>(body: (...args: A) => void): (...args: A) => void {
  return (...args) => {
    const before = memory();
    const spy = ownVariables();
    try {
      tidy(() => body(...args));
    } finally {
      spy.mockRestore();
      for (const item of owned.splice(0)) item.dispose();
    }
    expect(alive()).toEqual(alive(before));
  };
}

/**
 * The same for a body with promises, around which there is no `tidy`: it must free or `own` the
 * tensors that it creates. Between turns of the event loop the garbage of other test files may go,
 * so that less may be alive than before, but not more.
 */
export function leakFreeAsync(body: () => Promise<void>): () => Promise<void> {
  return async () => {
    const before = alive();
    const spy = ownVariables();
    try {
      await body();
    } finally {
      spy.mockRestore();
      for (const item of owned.splice(0)) item.dispose();
    }
    for (const [what, count] of Object.entries(alive())) {
      expect({ what, leaked: Math.max(count - before[what], 0) }).toEqual({ what, leaked: 0 });
    }
  };
}

/** What is alive, without what waits for reuse. */
export function alive({ handles, plans, buffers, bytes } = memory()): Record<string, number> {
  return { handles, plans, buffers, bytes };
}
