/** What the file of an optimizer builds on. */

export { register } from "../nn/registry";
export type { Tensor } from "../tensor/tensor";
export type { Variable } from "../tensor/variable";
export type { Rate } from "./learning-rate";
export { Optimizer } from "./optimizer";
export { type OptimizerOptions, epsilon, fraction } from "./options";
export type { Slots } from "./slots";
export type { StepScalars } from "./step-scalars";
