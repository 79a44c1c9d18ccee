/** Probabilities remember what sigmoid made them of, so that losses lose no digits. */

import { recorder } from "../tensor/recorder";
import type { Tensor } from "../tensor/tensor";
import { Variable } from "../tensor/variable";

interface Origin {
  readonly logits: Tensor;
  /** Of a Variable: how often it had been written. */
  readonly version: number;
}

const origins = new WeakMap<Tensor, Origin>();

function versionOf(x: Tensor): number {
  return x instanceof Variable ? x.version : 0;
}

/** Notes of what the probabilities were made; returns them. */
export function rememberLogits(probabilities: Tensor, logits: Tensor): Tensor {
  origins.set(probabilities, { logits, version: versionOf(logits) });
  return probabilities;
}

/** From here on the tensor stands for itself: it is a source of gradients. */
export function forgetLogits(x: Tensor): void {
  origins.delete(x);
}

/** What sigmoid made the probabilities of; null if something else did, or if it is gone. */
export function logitsOf(probabilities: Tensor): Tensor | null {
  const origin = origins.get(probabilities);
  if (origin === undefined) return null;
  const { logits, version } = origin;
  if (versionOf(logits) !== version) return null;
  const isOfCapture = logits.capture !== null && logits.capture === recorder.capture;
  return logits.handle >= 0 || isOfCapture ? logits : null;
}
