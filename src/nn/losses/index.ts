/**
 * The losses, with Keras 3's names, options and results: functions that give one value a sample, as in
 * Keras, and classes of the same whose objects hold options, weigh samples and reduce. `yTrue` comes
 * first.
 */

export type { LossFunction } from "./arguments";
export { Circle, circle, type CircleOptions } from "./circle";
export {
  BinaryCrossentropy,
  binaryCrossentropy,
  CategoricalCrossentropy,
  categoricalCrossentropy,
  type CrossentropyOptions,
  SparseCategoricalCrossentropy,
  sparseCategoricalCrossentropy,
  type SparseCrossentropyOptions,
} from "./crossentropy";
export { CTC, ctc } from "./ctc";
export {
  CosineSimilarity,
  cosineSimilarity,
  KLDivergence,
  klDivergence,
  Poisson,
  poisson,
} from "./divergence";
export {
  BinaryFocalCrossentropy,
  binaryFocalCrossentropy,
  type BinaryFocalOptions,
  CategoricalFocalCrossentropy,
  categoricalFocalCrossentropy,
  CategoricalGeneralizedCrossEntropy,
  categoricalGeneralizedCrossEntropy,
  type FocalOptions,
  type GeneralizedOptions,
} from "./focal";
export {
  CategoricalHinge,
  categoricalHinge,
  Hinge,
  hinge,
  SquaredHinge,
  squaredHinge,
} from "./hinge";
export { Loss, type LossOptions, type Reduction } from "./loss";
export type { LossClass } from "./loss-class";
export { Dice, dice, type DiceOptions, Tversky, tversky, type TverskyOptions } from "./overlap";
export {
  Huber,
  huber,
  type HuberOptions,
  LogCosh,
  logCosh,
  MeanAbsoluteError,
  meanAbsoluteError,
  MeanAbsolutePercentageError,
  meanAbsolutePercentageError,
  MeanSquaredError,
  meanSquaredError,
  MeanSquaredLogarithmicError,
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
