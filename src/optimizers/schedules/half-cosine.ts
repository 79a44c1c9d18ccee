import { add, cos, mul } from "../../ops/arithmetic";
import type { Tensor } from "../../tensor/tensor";

/** (1 + cos(pi progress)) / 2: from 1 at progress 0 to 0 at progress 1. */
export function halfCosine(progress: Tensor): Tensor {
  return mul(add(cos(mul(progress, Math.PI)), 1), 0.5);
}
