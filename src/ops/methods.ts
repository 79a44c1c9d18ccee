/** Installs ops as methods of Tensor and Variable, with TensorFlow.js' names. */

import type { DType } from "../tensor/dtype";
import { type Shape, Tensor } from "../tensor/tensor";
import { Variable } from "../tensor/variable";
import type { TensorLike } from "./arguments";
import * as arithmetic from "./arithmetic";
import type * as cumulative from "./cumulative";
import { methodFamilies } from "./families";
import type * as functions from "./functions";
import { stopGradient } from "./custom-gradient";
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

type Axes = number | readonly number[];

declare module "../tensor/tensor" {
  interface Tensor
    extends
      MethodsOf<typeof cumulative>,
      MethodsOf<typeof functions>,
      MethodsOf<typeof logic>,
      MethodsOf<typeof sorting>,
      MethodsOf<typeof statistics>,
      MethodsOf<typeof striding> {
    add(b: TensorLike): Tensor;
    sub(b: TensorLike): Tensor;
    mul(b: TensorLike): Tensor;
    multiplyNoNan(b: TensorLike): Tensor;
    div(b: TensorLike): Tensor;
    pow(b: TensorLike): Tensor;
    maximum(b: TensorLike): Tensor;
    minimum(b: TensorLike): Tensor;
    squaredDifference(b: TensorLike): Tensor;
    equal(b: TensorLike): Tensor;
    notEqual(b: TensorLike): Tensor;
    greater(b: TensorLike): Tensor;
    greaterEqual(b: TensorLike): Tensor;
    less(b: TensorLike): Tensor;
    lessEqual(b: TensorLike): Tensor;
    neg(): Tensor;
    abs(): Tensor;
    sign(): Tensor;
    exp(): Tensor;
    expm1(): Tensor;
    log(): Tensor;
    log1p(): Tensor;
    sqrt(): Tensor;
    rsqrt(): Tensor;
    square(): Tensor;
    reciprocal(): Tensor;
    sin(): Tensor;
    cos(): Tensor;
    floor(): Tensor;
    softplus(): Tensor;
    sigmoid(): Tensor;
    tanh(): Tensor;
    relu(): Tensor;
    /** Along the last axis by default. */
    softmax(axis?: number): Tensor;
    logSoftmax(axis?: number): Tensor;
    /** Kept within [low, high]. */
    clipByValue(low: number, high: number): Tensor;
    /** The matrix product with `b`; either may be taken transposed. */
    matMul(b: TensorLike, transposeA?: boolean, transposeB?: boolean): Tensor;
    dot(b: TensorLike): Tensor;
    sum(axis?: Axes, keepDims?: boolean): Tensor;
    mean(axis?: Axes, keepDims?: boolean): Tensor;
    max(axis?: Axes, keepDims?: boolean): Tensor;
    min(axis?: Axes, keepDims?: boolean): Tensor;
    logSumExp(axis?: Axes, keepDims?: boolean): Tensor;
    norm(ord?: number | "euclidean" | "fro", axis?: Axes, keepDims?: boolean): Tensor;
    /** Mean and variance over one or more axes, by default all. */
    moments(axis?: Axes, keepDims?: boolean): { mean: Tensor; variance: Tensor };
    argMax(axis?: number): Tensor;
    argMin(axis?: number): Tensor;
    reshape(shape: Shape): Tensor;
    broadcastTo(shape: Shape): Tensor;
    transpose(perm?: readonly number[]): Tensor;
    slice(begin: number | readonly number[], size?: number | readonly number[]): Tensor;
    pad(paddings: readonly (readonly [number, number])[]): Tensor;
    expandDims(axis?: number): Tensor;
    squeeze(axis?: Axes): Tensor;
    flatten(): Tensor;
    cast(dtype: DType): Tensor;
    /** The same values, through which no gradient flows. */
    stopGradient(): Tensor;
    /** A copy in memory of its own. */
    clone(): Tensor;
    /** Slices along an axis by their number; along the first by default. */
    gather(indices: TensorLike, axis?: number, dtype?: DType): Tensor;
    /** Elements or rows by their coordinates, [..., coordinates]. */
    gatherND(indices: TensorLike): Tensor;
    oneHot(depth: number, dtype?: DType, axis?: number): Tensor;
    /** Joined with others along an axis. */
    concat(others: TensorLike | readonly Tensor[], axis?: number): Tensor;
    /** Joined with others of its shape along a new axis. */
    stack(others: TensorLike | readonly Tensor[], axis?: number): Tensor;
    /** Parts along an axis: so many of equal size, or of the sizes given. */
    split(numOrSizes: number | readonly number[], axis?: number): Tensor[];
    /** The slices at each index of an axis, without it. */
    unstack(axis?: number): Tensor[];
    /** Repeated so many times along each axis. */
    tile(reps: readonly number[]): Tensor;
    /** This tensor where the uint8 `condition` is not 0, else `b`. */
    where(condition: TensorLike, b: TensorLike): Tensor;
  }
}

declare module "../tensor/variable" {
  interface Variable {
    /** Overwrites the values: same shape and dtype. Returns this Variable. */
    assign(value: TensorLike): Variable;
    assignAdd(value: TensorLike): Variable;
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
  stopGradient,
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
