/** What the callers' functions in datasets give, and whose it is. */

import { clone } from "../ops";
import { tidy } from "../tensor/memory";
import { forEachLeaf, mapLeaves, tensorsIn } from "../tensor/nest";
import { Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import { RELEASED, type Tensors, toTensors } from "./elements";
import type { Stream } from "./stream";

/** What `fn` returns, as tensors that belong to no one else. */
export function ownedResult<U>(fn: () => U): Tensors<U> {
  return tidy(() => {
    const tensors = toTensors(fn(), "the result of map");
    // Copies, since `fn` may return its argument, or a tensor that others use too.
    return mapLeaves(tensors, (leaf) => clone(leaf as Tensor)) as Tensors<U>;
  });
}

/** What a predicate says. */
export function isTrue(found: unknown): boolean {
  if (typeof found === "boolean") return found;
  if (found instanceof Tensor && found.size === 1) return found.item() !== 0;
  throw new TypeError(
    `filter: expected a boolean, or a tensor of one value, of predicate but received ${describeValue(found)}`,
  );
}

/** Releases an element, but for its tensors that became part of a result. */
export function releaseUnless<T>(
  result: unknown,
  element: T,
  source: Pick<Stream<T>, "release">,
): void {
  const kept = new Set(tensorsIn(result));
  const isShared = tensorsIn(element).some((each) => kept.has(each));
  if (!isShared) {
    source.release(element);
    return;
  }
  forEachLeaf(element, (leaf) => {
    if (leaf instanceof Tensor && !kept.has(leaf)) leaf.dispose(RELEASED);
  });
}
