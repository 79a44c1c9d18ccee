/** Element-wise arithmetic, comparison and choice, with broadcasting. */

import { type DType, isFloat } from "../tensor/dtype";
import type { Tensor } from "../tensor/tensor";
import {
  type TensorLike,
  broadcastShapes,
  checkFloat,
  checkSameDType,
  operand,
  pair,
} from "./arguments";
import { run } from "./op";
import type { OpRecords } from "./op-definition";
import { rememberLogits } from "./logits";
import { cast, fill, sumTo, zerosLike } from "./shape";

/** The gradient rules. */
export const arithmeticRecords = {
  add: {
    vjp: (dy, [a, b], _y, _attributes, needs) => [
      needs[0] ? sumTo(dy, a.shape) : null,
      needs[1] ? sumTo(dy, b.shape) : null,
    ],
  },
  sub: {
    vjp: (dy, [a, b], _y, _attributes, needs) => [
      needs[0] ? sumTo(dy, a.shape) : null,
      needs[1] ? sumTo(neg(dy), b.shape) : null,
    ],
  },
  mul: {
    vjp: (dy, [a, b], _y, _attributes, needs) => [
      needs[0] ? sumTo(mul(dy, b), a.shape) : null,
      needs[1] ? sumTo(mul(dy, a), b.shape) : null,
    ],
  },
  multiplyNoNan: {
    vjp: (dy, [a, b], _y, _attributes, needs) => [
      needs[0] ? sumTo(multiplyNoNan(dy, b), a.shape) : null,
      needs[1] ? sumTo(mul(dy, a), b.shape) : null,
    ],
  },
  div: {
    vjp: (dy, [a, b], y, _attributes, needs) => [
      needs[0] ? sumTo(div(dy, b), a.shape) : null,
      needs[1] ? sumTo(neg(div(mul(dy, y), b)), b.shape) : null,
    ],
  },
  pow: {
    vjp: (dy, [a, b], y, _attributes, needs) => [
      needs[0] ? sumTo(multiplyNoNan(mul(dy, pow(a, sub(b, 1))), b), a.shape) : null,
      needs[1] ? sumTo(mul(dy, multiplyNoNan(logOfBase(a, b), y)), b.shape) : null,
    ],
  },
  maximum: {
    vjp: (dy, [a, b], _y, _attributes, needs) => chosenGradients(dy, a, b, greater(a, b), needs),
  },
  minimum: {
    vjp: (dy, [a, b], _y, _attributes, needs) => chosenGradients(dy, a, b, less(a, b), needs),
  },
  equal: { vjp: null },
  notEqual: { vjp: null },
  greater: { vjp: null },
  greaterEqual: { vjp: null },
  less: { vjp: null },
  lessEqual: { vjp: null },
  where: {
    vjp: (dy, [condition, a, b], _y, _attributes, needs) => [
      null,
      needs[1] ? sumTo(where(condition, dy, zerosLike(dy)), a.shape) : null,
      needs[2] ? sumTo(where(condition, zerosLike(dy), dy), b.shape) : null,
    ],
  },
  neg: { vjp: (dy) => [neg(dy)] },
  abs: { vjp: (dy, [x]) => [mul(dy, sign(x))] },
  sign: { vjp: (dy) => [zerosLike(dy)] },
  exp: { vjp: (dy, _x, y) => [mul(dy, y)] },
  expm1: { vjp: (dy, _x, y) => [mul(dy, add(y, 1))] },
  log: { vjp: (dy, [x]) => [div(dy, x)] },
  log1p: { vjp: (dy, [x]) => [div(dy, add(x, 1))] },
  sqrt: { vjp: (dy, _x, y) => [div(mul(dy, 0.5), y)] },
  rsqrt: { vjp: (dy, _x, y) => [mul(dy, mul(mul(y, square(y)), -0.5))] },
  square: { vjp: (dy, [x]) => [mul(dy, mul(x, 2))] },
  reciprocal: { vjp: (dy, _x, y) => [neg(mul(dy, square(y)))] },
  sin: { vjp: (dy, [x]) => [mul(dy, cos(x))] },
  cos: { vjp: (dy, [x]) => [neg(mul(dy, sin(x)))] },
  floor: { vjp: (dy) => [zerosLike(dy)] },
  softplus: { vjp: (dy, [x]) => [mul(dy, sigmoid(x))] },
  // Activations are differentiated by their outputs alone, in ops that have gradients of their own.
  sigmoid: { vjp: (dy, _x, y) => [run("sigmoidGrad", [dy, y])] },
  tanh: { vjp: (dy, _x, y) => [run("tanhGrad", [dy, y])] },
  relu: { vjp: (dy, _x, y) => [run("reluGrad", [dy, y])] },
  sigmoidGrad: {
    vjp: (d, [dy, y]) => [run("sigmoidGrad", [d, y]), mul(mul(d, dy), sub(1, mul(y, 2)))],
  },
  tanhGrad: {
    vjp: (d, [dy, y]) => [run("tanhGrad", [d, y]), neg(mul(mul(d, dy), mul(y, 2)))],
  },
  reluGrad: { vjp: (d, [dy, y]) => [run("reluGrad", [d, y]), zerosLike(dy)] },
  clipByValue: {
    vjp: (dy, [x], _y, { low, high }) => [
      where(greaterEqual(x, low), where(lessEqual(x, high), dy, zerosLike(dy)), zerosLike(dy)),
    ],
  },
  cast: {
    // Integers carry no gradient.
    vjp: (dy, [x]) => [isFloat(x.dtype) && isFloat(dy.dtype) ? cast(dy, x.dtype) : null],
  },
  rescale: {
    vjp: (dy, [x], _y, { scale }) => [isFloat(x.dtype) ? cast(mul(dy, scale), x.dtype) : null],
  },
} satisfies OpRecords;

/** ln a; 0 where a is negative, as in TensorFlow, and where it is 0 but for negative powers of it. */
function logOfBase(a: Tensor, b: Tensor): Tensor {
  const positive = greater(a, 0);
  const logs = log(where(positive, a, 1));
  const isPole = where(equal(a, 0), less(b, 0), zerosLike(positive));
  return where(positive, logs, where(isPole, fill([], -Infinity, a.dtype), zerosLike(a)));
}

function chosenGradients(
  dy: Tensor,
  a: Tensor,
  b: Tensor,
  choosesA: Tensor,
  needs: readonly boolean[],
): (Tensor | null)[] {
  const zeros = zerosLike(dy);
  const isTie = equal(a, b);
  const half = mul(dy, 0.5);
  const share = (fromA: boolean): Tensor =>
    where(isTie, half, fromA ? where(choosesA, dy, zeros) : where(choosesA, zeros, dy));
  return [
    needs[0] ? sumTo(share(true), a.shape) : null,
    needs[1] ? sumTo(share(false), b.shape) : null,
  ];
}

/** a + b */
export function add(a: TensorLike, b: TensorLike): Tensor {
  return run("add", pair(a, b, "add"));
}

/** a - b */
export function sub(a: TensorLike, b: TensorLike): Tensor {
  return run("sub", pair(a, b, "sub"));
}

/** a * b */
export function mul(a: TensorLike, b: TensorLike): Tensor {
  return run("mul", pair(a, b, "mul"));
}

/** a * b, but 0 wherever b is 0, also where a is an infinity or NaN. Float, as TensorFlow's. */
export function multiplyNoNan(a: TensorLike, b: TensorLike): Tensor {
  return run("multiplyNoNan", pair(a, b, "multiplyNoNan"));
}

/** a / b, float */
export function div(a: TensorLike, b: TensorLike): Tensor {
  return run("div", pair(a, b, "div"));
}

/** (a - b)^2, float */
export function squaredDifference(a: TensorLike, b: TensorLike): Tensor {
  const [left, right] = pair(a, b, "squaredDifference");
  checkFloat(left, "squaredDifference", "a");
  checkSameDType(left, right, "squaredDifference");
  broadcastShapes(left.shape, right.shape, "squaredDifference");
  return square(sub(left, right));
}

/**
 * a to the power of b, float. The gradient for a is 0 where b is 0; that for b is 0 where a is negative,
 * and where a is 0 and b is not negative.
 */
export function pow(a: TensorLike, b: TensorLike): Tensor {
  return run("pow", pair(a, b, "pow"));
}

/** The greater of a and b; where they are equal each gets half of the gradient. */
export function maximum(a: TensorLike, b: TensorLike): Tensor {
  return run("maximum", pair(a, b, "maximum"));
}

/** The lesser of a and b; where they are equal each gets half of the gradient. */
export function minimum(a: TensorLike, b: TensorLike): Tensor {
  return run("minimum", pair(a, b, "minimum"));
}

/** a == b as uint8 0 or 1 */
export function equal(a: TensorLike, b: TensorLike): Tensor {
  return run("equal", pair(a, b, "equal"));
}

/** a != b as uint8 0 or 1 */
export function notEqual(a: TensorLike, b: TensorLike): Tensor {
  return run("notEqual", pair(a, b, "notEqual"));
}

/** a > b as uint8 0 or 1 */
export function greater(a: TensorLike, b: TensorLike): Tensor {
  return run("greater", pair(a, b, "greater"));
}

/** a >= b as uint8 0 or 1 */
export function greaterEqual(a: TensorLike, b: TensorLike): Tensor {
  return run("greaterEqual", pair(a, b, "greaterEqual"));
}

/** a < b as uint8 0 or 1 */
export function less(a: TensorLike, b: TensorLike): Tensor {
  return run("less", pair(a, b, "less"));
}

/** a <= b as uint8 0 or 1 */
export function lessEqual(a: TensorLike, b: TensorLike): Tensor {
  return run("lessEqual", pair(a, b, "lessEqual"));
}

/** `a` where the uint8 condition is not 0, else `b`; all three broadcast. */
export function where(condition: TensorLike, a: TensorLike, b: TensorLike): Tensor {
  const mask = operand(condition, "where", "condition", "uint8");
  return run("where", [mask, ...pair(a, b, "where")]);
}

/** -x */
export function neg(x: TensorLike): Tensor {
  return run("neg", [operand(x, "neg", "x")]);
}

/** |x|; the gradient at 0 is 0 */
export function abs(x: TensorLike): Tensor {
  return run("abs", [operand(x, "abs", "x")]);
}

/** -1, 0 or 1 by the sign of x */
export function sign(x: TensorLike): Tensor {
  return run("sign", [operand(x, "sign", "x")]);
}

/** e^x */
export function exp(x: TensorLike): Tensor {
  return run("exp", [operand(x, "exp", "x")]);
}

/** e^x - 1, exact near 0 */
export function expm1(x: TensorLike): Tensor {
  return run("expm1", [operand(x, "expm1", "x")]);
}

/** natural logarithm */
export function log(x: TensorLike): Tensor {
  return run("log", [operand(x, "log", "x")]);
}

/** ln(1 + x), exact near 0 */
export function log1p(x: TensorLike): Tensor {
  return run("log1p", [operand(x, "log1p", "x")]);
}

/** square root */
export function sqrt(x: TensorLike): Tensor {
  return run("sqrt", [operand(x, "sqrt", "x")]);
}

/** 1 / sqrt(x), of float32 within 4e-7 of it */
export function rsqrt(x: TensorLike): Tensor {
  return run("rsqrt", [operand(x, "rsqrt", "x")]);
}

/** x * x */
export function square(x: TensorLike): Tensor {
  return run("square", [operand(x, "square", "x")]);
}

/** 1 / x */
export function reciprocal(x: TensorLike): Tensor {
  return run("reciprocal", [operand(x, "reciprocal", "x")]);
}

/** sine of radians */
export function sin(x: TensorLike): Tensor {
  return run("sin", [operand(x, "sin", "x")]);
}

/** cosine of radians */
export function cos(x: TensorLike): Tensor {
  return run("cos", [operand(x, "cos", "x")]);
}

/** greatest integer <= x */
export function floor(x: TensorLike): Tensor {
  return run("floor", [operand(x, "floor", "x")]);
}

/** ln(1 + e^x) */
export function softplus(x: TensorLike): Tensor {
  return run("softplus", [operand(x, "softplus", "x")]);
}

/** 1 / (1 + e^-x); derivative from the output: y (1 - y) */
export function sigmoid(x: TensorLike): Tensor {
  const logits = operand(x, "sigmoid", "x");
  return rememberLogits(run("sigmoid", [logits]), logits, "sigmoid");
}

/** hyperbolic tangent; derivative from the output: 1 - y^2 */
export function tanh(x: TensorLike): Tensor {
  return run("tanh", [operand(x, "tanh", "x")]);
}

/** max(x, 0); derivative from the output: 1 where y > 0, else 0 */
export function relu(x: TensorLike): Tensor {
  return run("relu", [operand(x, "relu", "x")]);
}

/** `x` kept within [low, high]; the gradient is 0 outside. */
export function clipByValue(x: TensorLike, low: number, high: number): Tensor {
  return run("clipByValue", [operand(x, "clipByValue", "x")], { low, high });
}

/** x * scale + offset as floats, in one step also for uint8 images. */
export function rescale(
  x: TensorLike,
  scale: number,
  offset = 0,
  dtype: DType = "float32",
): Tensor {
  return run("rescale", [operand(x, "rescale", "x")], { scale, offset, dtype });
}
