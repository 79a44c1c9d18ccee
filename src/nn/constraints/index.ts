/** Functions that keep weights within bounds after each update, as in Keras. */

export type { Constraint, ConstraintLike, ConstraintName } from "./constraint";
export { nonNeg } from "./non-neg";
export { type AxisOption, maxNorm, minMaxNorm, type MinMaxNormOptions, unitNorm } from "./norms";
