import { maximum } from "../../ops/arithmetic";
import { madeBy, registerFactory } from "../registry";
import type { Constraint } from "./constraint";

/** No weight below 0. */
export function nonNeg(): Constraint {
  return madeBy(nonNeg, {}, (weight) => maximum(weight, 0));
}

registerFactory("constraint", "nonNeg", nonNeg);
