/** Streaming metrics: `update` in every step (captured or not), `result` at the end, `reset`. */

export {
  Accuracy,
  BinaryAccuracy,
  type BinaryAccuracyOptions,
  CategoricalAccuracy,
  SparseCategoricalAccuracy,
  SparseTopKCategoricalAccuracy,
  type SparseTopKOptions,
  TopKCategoricalAccuracy,
  type TopKOptions,
} from "./accuracy";
export {
  type AtGoalOptions,
  PrecisionAtRecall,
  RecallAtPrecision,
  SensitivityAtSpecificity,
  SpecificityAtSensitivity,
} from "./at-goal";
export { AUC, type AUCOptions } from "./auc";
export {
  classificationReport,
  type ClassificationReportOptions,
  type LabelValues,
} from "./classification-report";
export { ConfusionMatrix, type ConfusionMatrixOptions } from "./confusion-matrix";
export { ConcordanceCorrelation, PearsonCorrelation } from "./correlation";
export { F1Score, type F1ScoreOptions, FBetaScore, type FBetaScoreOptions } from "./f-score";
export {
  BinaryIoU,
  type BinaryIoUOptions,
  IoU,
  type IoUOptions,
  MeanIoU,
  OneHotIoU,
  type OneHotIoUOptions,
  OneHotMeanIoU,
} from "./iou";
export {
  BinaryCrossentropy,
  CategoricalCrossentropy,
  CategoricalHinge,
  CosineSimilarity,
  Hinge,
  KLDivergence,
  LogCoshError,
  MeanAbsoluteError,
  MeanAbsolutePercentageError,
  MeanSquaredError,
  MeanSquaredLogarithmicError,
  Poisson,
  RootMeanSquaredError,
  SparseCategoricalCrossentropy,
  SquaredHinge,
} from "./losses";
export { type Direction, Metric, type MetricOptions, type MetricResult } from "./metric";
export {
  type CountOptions,
  FalseNegatives,
  FalsePositives,
  Precision,
  Recall,
  type RetrievalOptions,
  TrueNegatives,
  TruePositives,
} from "./precision-recall";
export { R2Score, type R2ScoreOptions } from "./r2-score";
export {
  Mean,
  MeanMetric,
  type MeanMetricClass,
  MeanMetricWrapper,
  type MetricFunction,
  Sum,
  type WrapperOptions,
} from "./reductions";
