/** Ops that work along the last axis, along any. */

import type { Tensor } from "../tensor/tensor";
import { resolveAxis } from "./arguments";
import { transpose } from "./shape";

/** `f`, which works along the last axis and keeps the rank, along another one. */
export function alongAxis(x: Tensor, axis: number, op: string, f: (x: Tensor) => Tensor): Tensor {
  if (axis === -1) return f(x);
  const at = resolveAxis(axis, x.rank, op);
  if (at === x.rank - 1) return f(x);
  const perm = x.shape.map((_, i) => i);
  [perm[at], perm[x.rank - 1]] = [x.rank - 1, at];
  return transpose(f(transpose(x, perm)), perm);
}
