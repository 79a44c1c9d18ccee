/** Installs ops as methods of Tensor and Variable, with TensorFlow.js' names. */

import { Tensor } from "../tensor/tensor";
import { answerToOtherNames } from "../tensor/other-names";
import { Variable } from "../tensor/variable";
import type { TensorLike } from "./arguments";
import * as arithmetic from "./arithmetic";
import type * as cumulative from "./cumulative";
import { methodFamilies } from "./families";
import type * as functions from "./functions";
import * as customGradient from "./custom-gradient";
import * as gathering from "./gathering";
import * as indexing from "./indexing";
import * as linear from "./linear";
import type * as logic from "./logic";
import type { MethodsOf } from "./op-definition";
import * as parts from "./parts";
import * as reduce from "./reduce";
import * as shape from "./shape";
import type * as sorting from "./sorting";
import type * as statistics from "./statistics";
import type * as striding from "./striding";
import * as softmax from "./softmax";
import * as update from "./update";

type NoMethodOfShape =
  "layoutRecords" | "sumTo" | "fill" | "concat" | "stack" | "onesLike" | "zerosLike";

declare module "../tensor/tensor" {
  interface Tensor
    extends
      MethodsOf<typeof cumulative>,
      MethodsOf<typeof functions>,
      MethodsOf<typeof logic>,
      MethodsOf<typeof sorting>,
      MethodsOf<typeof statistics>,
      MethodsOf<typeof striding>,
      MethodsOf<Omit<typeof arithmetic, "arithmeticRecords" | "rescale" | "where">>,
      MethodsOf<Pick<typeof softmax, "softmax" | "logSoftmax">>,
      MethodsOf<Pick<typeof linear, "matMul" | "dot">>,
      MethodsOf<Omit<typeof reduce, "reductionRecords">>,
      MethodsOf<Omit<typeof shape, NoMethodOfShape>>,
      MethodsOf<Pick<typeof customGradient, "stopGradient">>,
      MethodsOf<Pick<typeof indexing, "gather" | "oneHot">>,
      MethodsOf<Pick<typeof gathering, "gatherND">>,
      MethodsOf<typeof parts> {
    /** Joined with others along an axis. */
    concat(others: TensorLike | readonly Tensor[], axis?: number): Tensor;
    /** Joined with others of its shape along a new axis. */
    stack(others: TensorLike | readonly Tensor[], axis?: number): Tensor;
    /** This tensor where the uint8 `condition` is not 0, else `b`. */
    where(condition: TensorLike, b: TensorLike): Tensor;
  }
}

declare module "../tensor/variable" {
  interface Variable {
    /** Overwrites the values: same shape and dtype. Returns this Variable. */
    assign(value: TensorLike): Variable;
    /** Adds to the values: same shape and dtype. Returns this Variable. */
    assignAdd(value: TensorLike): Variable;
    /** Subtracts from the values: same shape and dtype. Returns this Variable. */
    assignSub(value: TensorLike): Variable;
  }
}

/** Ops whose first argument is the tensor itself. */
const METHODS = {
  add: arithmetic.add,
  sub: arithmetic.sub,
  mul: arithmetic.mul,
  multiplyNoNan: arithmetic.multiplyNoNan,
  div: arithmetic.div,
  pow: arithmetic.pow,
  maximum: arithmetic.maximum,
  minimum: arithmetic.minimum,
  squaredDifference: arithmetic.squaredDifference,
  equal: arithmetic.equal,
  notEqual: arithmetic.notEqual,
  greater: arithmetic.greater,
  greaterEqual: arithmetic.greaterEqual,
  less: arithmetic.less,
  lessEqual: arithmetic.lessEqual,
  neg: arithmetic.neg,
  abs: arithmetic.abs,
  sign: arithmetic.sign,
  exp: arithmetic.exp,
  expm1: arithmetic.expm1,
  log: arithmetic.log,
  log1p: arithmetic.log1p,
  sqrt: arithmetic.sqrt,
  rsqrt: arithmetic.rsqrt,
  square: arithmetic.square,
  reciprocal: arithmetic.reciprocal,
  sin: arithmetic.sin,
  cos: arithmetic.cos,
  floor: arithmetic.floor,
  softplus: arithmetic.softplus,
  sigmoid: arithmetic.sigmoid,
  tanh: arithmetic.tanh,
  relu: arithmetic.relu,
  softmax: softmax.softmax,
  logSoftmax: softmax.logSoftmax,
  clipByValue: arithmetic.clipByValue,
  matMul: linear.matMul,
  dot: linear.dot,
  sum: shape.sum,
  mean: reduce.mean,
  max: reduce.max,
  min: reduce.min,
  logSumExp: reduce.logSumExp,
  norm: reduce.norm,
  moments: reduce.moments,
  argMax: reduce.argMax,
  argMin: reduce.argMin,
  reshape: shape.reshape,
  broadcastTo: shape.broadcastTo,
  transpose: shape.transpose,
  slice: shape.slice,
  pad: shape.pad,
  expandDims: shape.expandDims,
  squeeze: shape.squeeze,
  flatten: shape.flatten,
  cast: shape.cast,
  stopGradient: customGradient.stopGradient,
  clone: shape.clone,
  gather: indexing.gather,
  gatherND: gathering.gatherND,
  oneHot: indexing.oneHot,
  where: (x: Tensor, condition: TensorLike, b: TensorLike) => arithmetic.where(condition, x, b),
  split: parts.split,
  unstack: parts.unstack,
  tile: parts.tile,
  concat: (x: Tensor, others: TensorLike | readonly Tensor[], axis?: number) =>
    shape.concat([x, ...listed(others)], axis),
  stack: (x: Tensor, others: TensorLike | readonly Tensor[], axis?: number) =>
    shape.stack([x, ...listed(others)], axis),
};

function listed(others: TensorLike | readonly Tensor[]): readonly TensorLike[] {
  return Array.isArray(others) ? (others as Tensor[]) : [others as TensorLike];
}

const VARIABLE_METHODS = {
  assign: update.assign,
  assignAdd: update.assignAdd,
  assignSub: update.assignSub,
};

type AnyFunction = (...args: unknown[]) => unknown;

function install(prototype: object, name: string, method: AnyFunction): void {
  Object.defineProperty(prototype, name, { value: method, writable: true, configurable: true });
}

for (const [name, op] of [METHODS, ...methodFamilies].flatMap((family) => Object.entries(family))) {
  if (name === "default") continue; // the gradient rules
  install(Tensor.prototype, name, function (this: Tensor, ...args: unknown[]) {
    return (op as AnyFunction)(this, ...args);
  });
}

for (const [name, op] of Object.entries(VARIABLE_METHODS)) {
  install(Variable.prototype, name, function (this: Variable, value: unknown) {
    (op as AnyFunction)(this, value);
    return this;
  });
}

answerToOtherNames(Tensor.prototype, {
  ...{ dataSync: "data", arraySync: "array", numpy: "data", asType: "cast", astype: "cast" },
  ...{ multiply: "mul", subtract: "sub", divide: "div", power: "pow", negative: "neg" },
  ...{ reduceMean: "mean", reduceSum: "sum", reduceMax: "max", reduceMin: "min" },
  ...{ reduce_mean: "mean", reduce_sum: "sum", reduce_max: "max", reduce_min: "min" },
});
answerToOtherNames(Variable.prototype);
