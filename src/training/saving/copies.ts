/** Copies of what a file is written of, so that it may change meanwhile. */

import { native } from "../../addon/native";
import { Tensor } from "../../tensor/tensor";
import type { Named } from "./named-state";

/** Runs `use` with copies of the tensors as they are now, and frees them once it has settled. */
export async function withCopies(
  tensors: Named,
  use: (copies: Named) => Promise<void>,
): Promise<void> {
  const copies: Named = new Map();
  try {
    for (const [name, tensor] of tensors) copies.set(name, copyOf(tensor));
    await use(copies);
  } finally {
    for (const copy of copies.values()) copy.dispose();
  }
}

/** In no scope: the writing outlasts it. */
function copyOf(tensor: Tensor): Tensor {
  return new Tensor(native.duplicate(tensor.liveHandle()), tensor.shape, tensor.dtype);
}
