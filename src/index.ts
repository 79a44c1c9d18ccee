/** The public API. */

// Programs whose compiler does not know `using` yet get its types along with ours.
/// <reference lib="esnext.disposable" preserve="true" />

import { libraryIsLoaded } from "./nn/registry";

export type { DType, TypedArray } from "./tensor/dtype";
export type { BlasInfo, InstructionSet, MemoryInfo } from "./addon/native";
export type { Values } from "./tensor/values";
export type { TensorJSON } from "./tensor/tensor-json";
export { type NestedNumbers, type Shape, Tensor, type TensorType, tensor } from "./tensor/tensor";
export { Variable, type VariableOptions } from "./tensor/variable";
export { keep, memory, tidy } from "./tensor/memory";
export { GradientTape, type GradientOptions, type GradientTapeOptions } from "./autograd/tape";
export type { StoredTensor, TapeTrace, TraceStep } from "./autograd/trace";
export {
  type Conv1dOptions,
  type ConvOptions,
  type ConvTransposeOptions,
  type AffineTransformOptions,
  type FillMode,
  type Padding,
  type PerAxis,
  type TensorLike,
  type WindowOptions,
  abs,
  accumulate,
  add,
  argMax,
  argMin,
  assign,
  assignAdd,
  assignSub,
  affineTransform,
  avgPool,
  broadcastTo,
  cast,
  clipByValue,
  clone,
  concat,
  conv1d,
  conv1dTranspose,
  conv2d,
  conv2dTranspose,
  conv3d,
  conv3dTranspose,
  cos,
  depthwiseConv1d,
  depthwiseConv2d,
  div,
  dot,
  equal,
  exp,
  expandDims,
  expm1,
  eye,
  fill,
  flatten,
  floor,
  gather,
  Generator,
  greater,
  greaterEqual,
  less,
  lessEqual,
  linspace,
  log,
  log1p,
  logSoftmax,
  logSumExp,
  matMul,
  max,
  maximum,
  maxPool,
  mean,
  min,
  minimum,
  moments,
  mul,
  neg,
  norm,
  notEqual,
  oneHot,
  ones,
  onesLike,
  pad,
  pool,
  pow,
  randomNormal,
  randomUniform,
  range,
  reciprocal,
  relu,
  rescale,
  reshape,
  rsqrt,
  scalar,
  scatterAdd,
  separableConv1d,
  separableConv2d,
  setSeed,
  sigmoid,
  sign,
  sin,
  slice,
  softmax,
  softplus,
  split,
  sqrt,
  square,
  multiplyNoNan,
  squaredDifference,
  squeeze,
  stack,
  sub,
  sum,
  tanh,
  tile,
  transpose,
  truncatedNormal,
  unstack,
  where,
  zeros,
  zerosLike,
} from "./ops";
export * from "./ops/public";
export type { Attributes } from "./tensor/recorder";
export type { Graph, GraphNode, GraphValue } from "./capture/graph";
export { jit, type JitFunction, type JitOptions, type PlanStep } from "./capture/jit";
export { getThreads, setThreads } from "./tensor/threads";
export { blas } from "./addon/blas";
export { Module } from "./nn/module";
export type { WeightOptions } from "./nn/create-weight";
export { Layer, type LayerOptions } from "./nn/layer";
export { input, type InputOptions, SymbolicTensor } from "./nn/symbolic";
export type { DataFormat } from "./nn/layer-options";
export type { StateValues } from "./nn/load-state";
export type { KnownShape } from "./nn/types-alone";
export type { InputSpec } from "./nn/input-spec";
export { type Config, type Configurable, type ConfigurableClass, register } from "./nn/registry";
export * from "./training/callbacks";
export { History } from "./training/history";
export type { CompileOptions } from "./training/compiled";
export type {
  DataTree,
  PredictionData,
  TensorOrValues,
  TensorTree,
  TrainingData,
} from "./training/batches";
export type { ClassWeight } from "./training/class-weight";
export type {
  LossLike,
  LossName,
  Metric,
  MetricLike,
  MetricName,
  OptimizerLike,
  OptimizerName,
} from "./training/names";
export type { MetricsOption } from "./training/measures";
export type { LossOption, LossWeights } from "./training/objective";
export type {
  EvaluateOptions,
  FitOptions,
  PredictOptions,
  TestOnBatchOptions,
  TrainOnBatchOptions,
} from "./training/fit-options";
export { Model, type ModelOptions, loadModel } from "./training/model";
export type { Results } from "./training/results";
export type { LoadOptions, LoadWeightsOptions } from "./training/saving/read-model";
export type { MismatchedWeight, WeightsReport } from "./training/saving/read-state";
export type { SaveOptions } from "./training/saving/write-model";
export { Sequential } from "./training/sequential";
export * from "./inspect/gradcheck";
export * from "./nn/layers";
export {
  type GradientNormOptions,
  type GradientNormRecord,
  GradientNorms,
  gradientNorms,
  type LayerGradientNorm,
} from "./inspect/gradient-norms";
export { inputGradient, type InputGradientOptions } from "./inspect/input-gradient";
export type { ActivationFunction } from "./nn/activations/activation-function";
export type { ActivationLike, ActivationName } from "./nn/activations/by-name";
export type { ConstraintLike } from "./nn/constraints";
export type { InitializerLike, InitializerName } from "./nn/initializers";
export type { RegularizerLike } from "./nn/regularizers";
export * as activations from "./nn/activations";
export * as constraints from "./nn/constraints";
export * as initializers from "./nn/initializers";
export * as losses from "./nn/losses";
export * as metrics from "./nn/metrics";
export * as optimizers from "./optimizers";
export * as regularizers from "./nn/regularizers";
export type { BatchDraw, BatchIndices } from "./data/batch-draw";
export {
  type BatchOptions,
  Dataset,
  type MapAsyncOptions,
  type ShuffleOptions,
} from "./data/dataset";
export {
  type CsvOptions,
  type JsonLinesOptions,
  TableError,
  type TableRecord,
  csvRecords,
  jsonLinesRecords,
} from "./data/records";
export {
  type RowSplit,
  type SplitOptions,
  type TrainTestSplitOptions,
  kFold,
  trainTestSplit,
} from "./data/splits";
export { cifar10 } from "./datasets/cifar10";
export type { DigitData, DigitSet } from "./datasets/digits";
export { type FashionData, fashionMnist } from "./datasets/fashion-mnist";
export { type IdxArray, IdxError, type IdxOptions, readIdx } from "./data/idx";
export {
  type ImageBatch,
  type ImageDatasets,
  imageDataset,
  type ImageDatasetOptions,
  type ImageLabels,
} from "./datasets/image-dataset";
export { mnist, type MnistOptions } from "./datasets/mnist";
export type { PictureData, PictureSet } from "./datasets/pictures";
export type { SourceOptions } from "./datasets/places";
export { type FetchOptions, UnavailableError } from "./datasets/remote-file";
export {
  syntheticDigits,
  type SyntheticDigitsOptions,
  syntheticMnist,
} from "./datasets/synthetic-digits";
export { type SyntheticPicturesOptions, syntheticPictures } from "./datasets/synthetic-pictures";
export * from "./boltzmann";
export * from "./formats";

libraryIsLoaded();
