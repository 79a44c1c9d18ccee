/** What is known of targets that a loss takes as labels, numbers of classes. */

import { equal, floor, where } from "../../ops/arithmetic";
import { cast } from "../../ops/shape";
import { isFloat } from "../../tensor/dtype";
import type { Tensor } from "../../tensor/tensor";

/** How targets were read as labels. */
export interface LabelUse {
  /** Labels are in [0, classes). */
  readonly classes: number;
  /** A label beside them that is no class; null for none. */
  readonly ignored: number | null;
}

/** Remembers that a loss read targets as labels. */
export function noteLabels(yTrue: Tensor, use: LabelUse): void {
  yTrue.labelUse = use;
}

/** How a loss read targets, if as labels: then `fit` checks all of them before it begins. */
export function labelUseOf(yTrue: Tensor): LabelUse | null {
  return yTrue.labelUse as LabelUse | null;
}

/** Targets that were brought in line for the loss pass on how it read them. */
export function passLabelUse(inLine: Tensor, yTrue: Tensor): void {
  const use = labelUseOf(inLine);
  if (use !== null) noteLabels(yTrue, use);
}

/** Labels as int32 or uint8: floats that are whole numbers serve; others become -1, which is no label. */
export function wholeLabels(yTrue: Tensor): Tensor {
  if (!isFloat(yTrue.dtype)) return yTrue;
  return cast(where(equal(floor(yTrue), yTrue), yTrue, -1), "int32");
}
