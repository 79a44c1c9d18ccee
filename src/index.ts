/** The public API. */

// Programs whose compiler does not know `using` yet get its types along with ours.
/// <reference lib="esnext.disposable" preserve="true" />

export type { DType, TypedArray } from "./dtype";
export type { BlasInfo, InstructionSet, MemoryInfo } from "./native";
export type { Values } from "./values";
export { type NestedNumbers, type Shape, Tensor, tensor } from "./tensor";
export { Variable, type VariableOptions } from "./variable";
export { keep, memory, tidy } from "./memory";
export { GradientTape, type GradientOptions, type GradientTapeOptions } from "./tape";
export type { StoredTensor, TapeTrace, TraceStep } from "./trace";
export {
  type TensorLike,
  abs,
  accumulate,
  add,
  argMax,
  argMin,
  assign,
  assignAdd,
  assignSub,
  broadcastTo,
  cast,
  clipByValue,
  clone,
  concat,
  cos,
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
  mean,
  min,
  minimum,
  mul,
  neg,
  norm,
  notEqual,
  oneHot,
  ones,
  onesLike,
  pad,
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
export { jit, type JitFunction, type JitOptions, type PlanStep } from "./jit";
export { getThreads, setThreads } from "./threads";
export { blas } from "./blas";
export { Module } from "./module";
export {
  Callback,
  type CallbackLike,
  EarlyStopping,
  type EarlyStoppingOptions,
  type FitParams,
  type Logs,
  type TrainedModel,
} from "./callbacks";
export { History } from "./training/history";
export type { CompileOptions } from "./training/compiled";
export type { PredictionData, TensorOrValues, TrainingData } from "./training/batches";
export type { LossLike, Metric, MetricLike, OptimizerLike } from "./training/names";
export type { EvaluateOptions, FitOptions, PredictOptions } from "./training/trainer";
export { Model, Sequential } from "./model";
export * from "./gradcheck";
export * from "./layers";
export {
  type GradientNormOptions,
  type GradientNormRecord,
  GradientNorms,
  gradientNorms,
  type LayerGradientNorm,
} from "./gradient-norms";
export { inputGradient, type InputGradientOptions } from "./input-gradient";
export type { InitializerLike, InitializerName } from "./initializer-names";
export * as initializers from "./initializers";
export * as losses from "./losses";
export * as metrics from "./metrics";
export * as optimizers from "./optimizers";
export { type BatchIndices, type BatchOptions, Dataset, type ShuffleOptions } from "./data/dataset";
export type { DigitData, DigitSet } from "./data/digits";
export { type IdxArray, IdxError, readIdx } from "./data/idx";
export { mnist, type MnistOptions } from "./data/mnist";
export { type FetchOptions, UnavailableError } from "./data/remote-file";
export {
  syntheticDigits,
  type SyntheticDigitsOptions,
  syntheticMnist,
} from "./data/synthetic-digits";
export * from "./boltzmann";
