/**
 * The losses, with Keras 3's names, options and results: one value a sample, as its functions give.
 * `yTrue` comes first, as in Keras.
 */

export type { Loss } from "./arguments";
export { circle, type CircleOptions } from "./circle";
export {
  binaryCrossentropy,
  categoricalCrossentropy,
  type CrossentropyOptions,
  sparseCategoricalCrossentropy,
  type SparseCrossentropyOptions,
} from "./crossentropy";
export { ctc } from "./ctc";
export { cosineSimilarity, klDivergence, poisson } from "./divergence";
export {
  binaryFocalCrossentropy,
  type BinaryFocalOptions,
  categoricalFocalCrossentropy,
  categoricalGeneralizedCrossEntropy,
  type FocalOptions,
  type GeneralizedOptions,
} from "./focal";
export { categoricalHinge, hinge, squaredHinge } from "./hinge";
export { dice, type DiceOptions, tversky, type TverskyOptions } from "./overlap";
export {
  huber,
  type HuberOptions,
  logCosh,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
} from "./regression";

// Keras' short forms.
export { binaryCrossentropy as bce } from "./crossentropy";
export { klDivergence as kld } from "./divergence";
export {
  meanAbsoluteError as mae,
  meanAbsolutePercentageError as mape,
  meanSquaredError as mse,
  meanSquaredLogarithmicError as msle,
} from "./regression";
