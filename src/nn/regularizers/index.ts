/** Penalties on weights or results, with Keras' names, options and defaults. */

export { l1, l1l2, l2 } from "./norms";
export { orthogonal, type OrthogonalOptions } from "./orthogonal";
export type { Regularizer, RegularizerLike, RegularizerName } from "./regularizer";
