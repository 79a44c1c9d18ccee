/** Probabilities remember what sigmoid or softmax made them of, so that losses lose no digits. */

import { recorder } from "../tensor/recorder";
import type { Tensor } from "../tensor/tensor";
import { Variable } from "../tensor/variable";

/** What makes probabilities of logits: each element by itself, or along the last axis. */
type Maker = "sigmoid" | "softmax";

interface Origin {
  readonly maker: Maker;
  readonly logits: Tensor;
  /** Of a Variable: how often it had been written. */
  readonly version: number;
}

function versionOf(x: Tensor): number {
  return x instanceof Variable ? x.version : 0;
}

/** Notes of what the probabilities were made; returns them. */
export function rememberLogits(probabilities: Tensor, logits: Tensor, maker: Maker): Tensor {
  const origin: Origin = { maker, logits, version: versionOf(logits) };
  probabilities.origin = origin;
  return probabilities;
}

/** From here on the tensor stands for itself: it is a source of gradients. */
export function forgetLogits(x: Tensor): void {
  x.origin = null;
}

/** What `maker` made the probabilities of; null if something else did, or if it is gone. */
export function logitsOf(probabilities: Tensor, maker: Maker): Tensor | null {
  const origin = probabilities.origin as Origin | null;
  if (origin?.maker !== maker) return null;
  const { logits, version } = origin;
  if (versionOf(logits) !== version) return null;
  const isOfCapture = logits.capture !== null && logits.capture === recorder.capture;
  return logits.handle >= 0 || isOfCapture ? logits : null;
}
