/** The ops that random programs draw from. A new op joins the list. */

import {
  type DType,
  type Tensor,
  Variable,
  add,
  affineTransform,
  asin,
  atan,
  atan2,
  avgPool,
  cast,
  concat,
  conv1d,
  conv2d,
  cumProd,
  cumSum,
  diagonal,
  div,
  einsum,
  erf,
  expandDims,
  floorDiv,
  gather,
  gatherND,
  greater,
  isNaN,
  log2,
  logicalNot,
  logSoftmax,
  logSumExp,
  matMul,
  max,
  maximum,
  maxPool,
  mean,
  minimum,
  mod,
  mul,
  multiplyNoNan,
  norm,
  ones,
  pad,
  pow,
  prod,
  reshape,
  reverse,
  round,
  scatterND,
  sinh,
  slice,
  softmax,
  sort,
  squaredDifference,
  stack,
  std,
  stopGradient,
  stridedSlice,
  sub,
  sum,
  tensor,
  topK,
  transpose,
  tril,
  triu,
  variance,
  where,
  zeros,
} from "../../src";
import { batchNorm, normalizeChannels } from "../../src/ops/normalization";
import type { Choices } from "../helpers/choices";

/** What an op makes of values; null if they do not fit. */
export type Draw = (choices: Choices, values: readonly Tensor[]) => Drawn | null;

export interface Drawn {
  readonly text: string;
  readonly inputs: readonly number[];
  readonly apply: (...inputs: Tensor[]) => Tensor;
  readonly isSmooth?: boolean;
}

const one =
  (
    text: string,
    apply: (x: Tensor) => Tensor,
    fits = (_: Tensor): boolean => true,
    isSmooth = true,
  ): Draw =>
  (choices, values) => {
    const x = choices.integer(0, values.length - 1);
    return fits(values[x]) ? { text: `${text}(%${x})`, inputs: [x], apply, isSmooth } : null;
  };

/** Along an axis, counted from either end, of so many elements at most. */
const along =
  (text: string, apply: (x: Tensor, axis: number) => Tensor, most = Infinity): Draw =>
  (choices, values) => {
    const x = choices.integer(0, values.length - 1);
    const { rank, size } = values[x];
    if (rank === 0 || size === 0) return null;
    const axis = choices.integer(-rank, rank - 1);
    if ((values[x].shape.at(axis) ?? 0) > most) return null;
    return { text: `${text}(%${x}, ${axis})`, inputs: [x], apply: (x) => apply(x, axis) };
  };

const two =
  (
    text: string,
    apply: (a: Tensor, b: Tensor) => Tensor,
    fits: (a: Tensor, b: Tensor) => boolean,
    isSmooth = true,
  ): Draw =>
  (choices, values) => {
    for (let tries = 0; tries < 4; tries++) {
      const a = choices.integer(0, values.length - 1);
      const b = choices.integer(0, values.length - 1);
      if (!fits(values[a], values[b])) continue;
      return { text: `${text}(%${a}, %${b})`, inputs: [a, b], apply, isSmooth };
    }
    return null;
  };

function broadcasts(a: Tensor, b: Tensor): boolean {
  const rank = Math.min(a.rank, b.rank);
  for (let i = 1; i <= rank; i++) {
    const x = a.shape[a.rank - i];
    const y = b.shape[b.rank - i];
    if (x !== y && x !== 1 && y !== 1) return false;
  }
  return Math.max(a.size, 1) * Math.max(b.size, 1) < 4096;
}

/** b moved towards a, of squares and read twice: a chain may keep all of it to itself. */
function moved(a: Tensor, b: Tensor): Tensor {
  const from = b.square().add(0.1);
  const result = add(mul(sub(a, from), 0.3), from);
  return mul(result.add(1), result);
}

export const sameShape = (a: Tensor, b: Tensor): boolean => String(a.shape) === String(b.shape);
/** Batches of matrices that multiply. */
const multiply = (a: Tensor, b: Tensor): boolean =>
  a.rank === 3 && b.rank === 3 && a.shape[0] === b.shape[0] && a.shape[2] === b.shape[1];
const isMatrix = (x: Tensor): boolean => x.rank === 2;
const hasElements = (x: Tensor): boolean => x.rank > 0 && x.size > 0;

/** With a number as the second operand. */
const withNumber =
  (text: string, apply: (x: Tensor, number: number) => Tensor): Draw =>
  (choices, values) => {
    const x = choices.integer(0, values.length - 1);
    const number = choices.pick([0.5, -1, 2, 0.1, 1.5]);
    return { text: `${text}(%${x}, ${number})`, inputs: [x], apply: (x) => apply(x, number) };
  };

const reduce =
  (
    text: string,
    apply: (x: Tensor, axes: number[] | undefined, keepDims: boolean) => Tensor,
  ): Draw =>
  (choices, values) => {
    const x = choices.integer(0, values.length - 1);
    const { rank, size } = values[x];
    if (size === 0) return null;
    const all = Array.from({ length: rank }, (_, axis) => axis);
    const axes = choices.happens(0.3) ? undefined : all.filter(() => choices.happens(0.5));
    const keepDims = choices.happens(0.3);
    return {
      text: `${text}(%${x}, ${String(axes)}, ${keepDims})`,
      inputs: [x],
      apply: (x) => apply(x, axes, keepDims),
    };
  };

/** Fixed numbers in [-1, 1]. */
const waves = (shape: number[], dtype: DType, speed: number): Tensor => {
  const size = shape.reduce((a, b) => a * b);
  return tensor(
    Array.from({ length: size }, (_, i) => Math.sin(speed * (i + 1))),
    shape,
    dtype,
  );
};

/** Pictures with so many windows that plans take gradients of kernels by shares, all times one number. */
const pictures = (x: Tensor): Tensor => waves([6, 16, 16, 2], x.dtype, 0.7).mul(mean(x).tanh());
const filtered = (x: Tensor, channels: number, speed: number): Tensor => {
  const kernel = waves([3, 3, x.shape[3], channels], x.dtype, speed).mul(mean(x).add(1));
  return conv2d(x, kernel).add(mean(x, [0, 1, 2]).sum());
};

/** Pictures seen through a map whose places are exact, so that rounding errors decide nothing. */
const seenThroughMap: Draw = (choices, values) => {
  const x = choices.integer(0, values.length - 1);
  if (values[x].rank !== 3 || values[x].size === 0) return null;
  const map = choices.pick([
    [0.5, 0.25, 0.5, -0.25, 1.5, -1, 0, 0],
    [0, -1, 2, 1, 0, -0.5, 0, 0],
    [1, 0.5, -1.25, 0, 0.75, 0.25, 0.5, 0.25],
  ]);
  const interpolation = choices.pick(["bilinear", "nearest"] as const);
  const fillMode = choices.pick(["constant", "nearest", "reflect", "wrap"] as const);
  const options = { interpolation, fillMode, fillValue: 0.5 };
  return {
    text: `affineTransform(%${x}, ${JSON.stringify({ map, ...options })})`,
    inputs: [x],
    apply: (x) => affineTransform(expandDims(x, -1), map, options),
  };
};

const CHANNELS = [1, 2, 3, 5];
const hasChannels = (x: Tensor): boolean =>
  x.rank > 1 && x.size > 0 && CHANNELS.includes(x.shape[x.rank - 1]);

/** What batchNorm moves; its results do not depend on it. */
const moving = Object.fromEntries(
  (["float32", "float64"] as const).map((dtype) => [
    dtype,
    CHANNELS.map((channels) => ({
      mean: new Variable(zeros([channels], dtype)),
      variance: new Variable(ones([channels], dtype)),
      momentum: 0.9,
    })),
  ]),
);
/** A number for each channel, from x itself. */
const ofChannels = (x: Tensor): Tensor =>
  mean(
    x,
    x.shape.slice(1).map((_, axis) => axis),
  ).tanh();

/** Products of more leave what float32 holds, on their way or in the end. */
const FACTORS = 16;

export const OPS: readonly Draw[] = [
  seenThroughMap,
  one(
    "batchNorm",
    (x) => {
      const own = moving[x.dtype][CHANNELS.indexOf(x.shape[x.rank - 1])];
      return batchNorm(x, ofChannels(x).add(1), ofChannels(x.sin()), 0.1, own);
    },
    hasChannels,
  ),
  one(
    "normalizeChannels",
    (x) => {
      const [center, gamma, beta] = [x, x.sin(), x.neg()].map(ofChannels);
      return normalizeChannels(x, center, gamma.square(), gamma.add(1), beta, 0.1);
    },
    hasChannels,
  ),
  one("tanh of convolutions of pictures", (x) => {
    const y = filtered(pictures(x), 3, 0.3).tanh();
    return mean(filtered(y, 2, 0.9).sigmoid(), [1, 2]);
  }),
  one(
    "pooled convolutions of pictures",
    (x) => {
      const y = maxPool(filtered(pictures(x), 3, 0.3).relu(), 2);
      return mean(filtered(y, 2, 0.9).relu(), [1, 2]);
    },
    undefined,
    false,
  ),
  one("relu", (x) => x.relu()),
  one("erf", (x) => erf(x)),
  one("atan", (x) => atan(x)),
  one("asin", (x) => asin(x.tanh().mul(0.9))),
  one("sinh of tanh", (x) => sinh(x.tanh())),
  one("log2", (x) => log2(x.abs().add(0.5))),
  one("round", (x) => round(x.mul(2)), undefined, false),
  one("mod", (x) => mod(x, 0.7), undefined, false),
  one("floorDiv", (x) => floorDiv(x, 0.3), undefined, false),
  one("isNaN", (x) => cast(logicalNot(isNaN(x)), x.dtype)),
  one("stopGradient", (x) => x.add(stopGradient(x.sin()))),
  one("expandDims", (x) => expandDims(x, 0)),
  one("pad", (x) =>
    pad(
      x,
      x.shape.map(() => [1, 0] as const),
    ),
  ),
  one(
    "slice",
    (x) => slice(x, 1),
    (x) => x.rank > 0 && x.shape[0] > 1,
  ),
  one(
    "stridedSlice",
    (x) => stridedSlice(x, [null, 0], [null, null], [-2, 1]),
    (x) => x.rank > 1 && x.size > 0,
  ),
  one(
    "tril",
    (x) => tril(x),
    (x) => x.rank > 1,
  ),
  one(
    "triu",
    (x) => triu(x, 1),
    (x) => x.rank > 1,
  ),
  one(
    "diagonal",
    (x) => diagonal(x),
    (x) => x.rank > 1 && x.size > 0,
  ),
  one(
    "topK",
    (x) => topK(x, 2).values,
    (x) => x.rank > 0 && x.shape[x.rank - 1] > 1,
  ),
  one("logSumExp", (x) => logSumExp(x), hasElements),
  one("norm", (x) => norm(x.add(0.1)), hasElements),
  one("gatherND", (x) => gatherND(x, tensor([[0], [0]], [2, 1], "int32")), hasElements),
  one(
    "scatterND",
    (x) => scatterND(tensor([[1], [1]], [2, 1], "int32"), stack([x, x]), [3, ...x.shape]),
    (x) => x.rank < 4 && x.size < 128,
  ),
  along("softmax", (x, axis) => softmax(x, axis)),
  along("logSoftmax", (x, axis) => logSoftmax(x, axis)),
  along("cumSum", (x, axis) => cumSum(x, axis, true)),
  along("cumSum from the end", (x, axis) => cumSum(x, axis, false, true)),
  along("cumProd", (x, axis) => cumProd(x, axis), FACTORS),
  along("prod", (x, axis) => prod(x, axis), FACTORS),
  along("reverse", (x, axis) => reverse(x, axis)),
  along("sort", (x, axis) => sort(x, axis)),
  along("max", (x, axis) => max(x, axis)),
  along("variance", (x, axis) => variance(x, axis)),
  // Its slope where all are equal is the quotient of two rounding errors.
  along("std and more", (x, axis) => std(x.add(x.sin()), axis).square().add(0.1).sqrt()),
  along("gather", (x, axis) => gather(x, tensor([0, 0], [2], "int32"), axis)),
  one("sigmoid", (x) => x.sigmoid()),
  one("tanh", (x) => x.tanh()),
  one("softplus", (x) => x.softplus()),
  one("square", (x) => x.square()),
  one("neg", (x) => x.neg()),
  one("abs", (x) => x.abs()),
  one("exp of tanh", (x) => x.tanh().exp()),
  one("sqrt", (x) => x.abs().add(0.1).sqrt()),
  one("log", (x) => x.abs().add(0.5).log()),
  one("sin", (x) => x.sin()),
  one("softmax", (x) => softmax(x), hasElements),
  one("transpose", (x) => transpose(x)),
  one("flatten", (x) => reshape(x, [x.size])),
  one("row", (x) => reshape(x, [1, x.size])),
  one("column", (x) => reshape(x, [x.size, 1])),
  one("cast", (x) => cast(cast(x, "float32"), x.dtype)),
  one("clone", (x) => x.clone()),
  one(
    "stack",
    (x) => stack([x, x.neg()]),
    (x) => x.rank < 4 && x.size < 256,
  ),
  one("gather", (x) => gather(x, tensor([0, x.shape[0] - 1], [2], "int32")), hasElements),
  withNumber("add", (x, number) => add(x, number)),
  withNumber("mul", (x, number) => mul(x, number)),
  withNumber("maximum", (x, number) => maximum(x, number)),
  withNumber("sub from", (x, number) => sub(number, x)),
  reduce("sum", (x, axes, keepDims) => sum(x, axes, keepDims)),
  reduce("mean", (x, axes, keepDims) => mean(x, axes, keepDims)),
  two("add", (a, b) => add(a, b), broadcasts),
  two("add", (a, b) => add(a, b), broadcasts),
  two("sub", (a, b) => sub(a, b), broadcasts),
  two("mul", (a, b) => mul(a, b), broadcasts),
  two("div", (a, b) => div(a, b.square().add(1)), broadcasts),
  two("maximum", (a, b) => maximum(a, b), broadcasts),
  two("minimum", (a, b) => minimum(a, b), broadcasts),
  two("pow", (a, b) => pow(a.abs().add(0.5), b.tanh()), broadcasts),
  two("atan2", (a, b) => atan2(a, b.square().add(0.5)), broadcasts),
  two("multiplyNoNan", (a, b) => multiplyNoNan(a, b), broadcasts),
  two("squaredDifference", (a, b) => squaredDifference(a, b), broadcasts),
  // Neighbours that chains merge; see native/plan/tile-merging.cpp.
  two("moved", moved, broadcasts),
  two("mixed", (a, b) => add(mul(a, 0.9), mul(b.square(), 0.1)), broadcasts),
  two("matMul of batches", (a, b) => matMul(a, b), multiply),
  two("einsum of batches", (a, b) => einsum("bij,bjk->bki", a, b), multiply),
  two(
    "conv1d",
    (a, b) => conv1d(a, b, { padding: "same" }),
    (a, b) => a.rank === 3 && b.rank === 3 && a.shape[2] === b.shape[1] && a.size * b.size > 0,
  ),
  two(
    "biased conv1d",
    (a, b) => {
      const y = conv1d(a, b, { padding: "same" });
      return y
        .add(mean(y, [0, 1]))
        .relu()
        .tanh();
    },
    (a, b) => a.rank === 3 && b.rank === 3 && a.shape[2] === b.shape[1] && a.size * b.size > 0,
  ),
  one(
    "maxPool",
    (x) => maxPool(x, 2, { padding: "same" }),
    (x) => x.rank === 3 && x.size > 0,
  ),
  one(
    "avgPool",
    (x) => avgPool(x, 2, { padding: "same" }),
    (x) => x.rank === 3 && x.size > 0,
  ),
  two("where", (a, b) => where(greater(a, b), a, b.mul(0.5)), broadcasts, false),
  two(
    "concat",
    (a, b) => concat([a, b], 0),
    (a, b) => a.rank > 0 && sameShape(a, b) && a.size < 256,
  ),
  two(
    "matMul",
    (a, b) => matMul(a, b),
    (a, b) => isMatrix(a) && isMatrix(b) && a.shape[1] === b.shape[0],
  ),
  two(
    "matMul",
    (a, b) => matMul(a, b),
    (a, b) => isMatrix(a) && isMatrix(b) && a.shape[1] === b.shape[0],
  ),
  two(
    "product with the transposed",
    (a, b) => matMul(a, transpose(b)),
    (a, b) => isMatrix(a) && isMatrix(b) && a.shape[1] === b.shape[1],
  ),
  two(
    "dense",
    (a, b) => {
      const product = matMul(a, b);
      return product.add(mean(product, 0)).relu();
    },
    (a, b) => isMatrix(a) && isMatrix(b) && a.size > 0 && a.shape[1] === b.shape[0],
  ),
];
