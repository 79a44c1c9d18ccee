/** Element-wise arithmetic, comparison and choice, with broadcasting. */

import { defineOp } from "./op";
import type { OpFunction, Vjp } from "./op-definition";
import { Tensor } from "../tensor/tensor";
import {
  type TensorLike,
  broadcastShapes,
  checkFloat,
  checkNumber,
  checkSameDType,
  operand,
} from "./arguments";
import { sumTo, zerosLike } from "./shape";

type Binary = (a: TensorLike, b: TensorLike) => Tensor;

/** Both operands as tensors of one dtype: numbers take that of the other operand. */
function pair(a: TensorLike, b: TensorLike, op: string): [Tensor, Tensor] {
  if (b instanceof Tensor) return [operand(a, op, "a", b.dtype), b];
  const first = operand(a, op, "a");
  return [first, operand(b, op, "b", first.dtype)];
}

function defineBinary(name: string, accepts: "float" | "number", vjp: Vjp | null): Binary {
  const run = defineOp(name, {
    infer: ([a, b]) => {
      checkSameDType(a, b, name);
      if (accepts === "float" || a.dtype === "uint8") checkFloat(a, name, "a");
      return { shape: broadcastShapes(a.shape, b.shape, name), dtype: a.dtype };
    },
    vjp,
  });
  return (a, b) => run(pair(a, b, name));
}

/** a + b */
export const add: Binary = defineBinary("add", "number", (dy, [a, b], _y, _attrs, needs) => [
  needs[0] ? sumTo(dy, a.shape) : null,
  needs[1] ? sumTo(dy, b.shape) : null,
]);

/** a - b */
export const sub: Binary = defineBinary("sub", "number", (dy, [a, b], _y, _attrs, needs) => [
  needs[0] ? sumTo(dy, a.shape) : null,
  needs[1] ? sumTo(neg(dy), b.shape) : null,
]);

/** a * b */
export const mul: Binary = defineBinary("mul", "number", (dy, [a, b], _y, _attrs, needs) => [
  needs[0] ? sumTo(mul(dy, b), a.shape) : null,
  needs[1] ? sumTo(mul(dy, a), b.shape) : null,
]);

/** a / b, float */
export const div: Binary = defineBinary("div", "float", (dy, [a, b], y, _attrs, needs) => [
  needs[0] ? sumTo(div(dy, b), a.shape) : null,
  needs[1] ? sumTo(neg(div(mul(dy, y), b)), b.shape) : null,
]);

/** (a - b)^2, float */
export function squaredDifference(a: TensorLike, b: TensorLike): Tensor {
  const [left, right] = pair(a, b, "squaredDifference");
  checkFloat(left, "squaredDifference", "a");
  checkSameDType(left, right, "squaredDifference");
  broadcastShapes(left.shape, right.shape, "squaredDifference");
  return square(sub(left, right));
}

/** a to the power of b, float. The gradient for b counts a = 0 as 0. */
export const pow: Binary = defineBinary("pow", "float", (dy, [a, b], y, _attrs, needs) => [
  needs[0] ? sumTo(mul(dy, mul(b, pow(a, sub(b, 1)))), a.shape) : null,
  needs[1] ? sumTo(mul(dy, mul(y, logOrZero(a))), b.shape) : null,
]);

function logOrZero(x: Tensor): Tensor {
  const positive = greater(x, 0);
  return where(positive, log(where(positive, x, 1)), 0);
}

/** The greater of a and b; where they are equal each gets half of the gradient. */
export const maximum: Binary = defineBinary("maximum", "number", (dy, [a, b], _y, _attrs, needs) =>
  chosenGradients(dy, a, b, greater(a, b), needs),
);

/** The lesser of a and b; where they are equal each gets half of the gradient. */
export const minimum: Binary = defineBinary("minimum", "number", (dy, [a, b], _y, _attrs, needs) =>
  chosenGradients(dy, a, b, less(a, b), needs),
);

function chosenGradients(
  dy: Tensor,
  a: Tensor,
  b: Tensor,
  choosesA: Tensor,
  needs: readonly boolean[],
): (Tensor | null)[] {
  const forA = where(equal(a, b), mul(dy, 0.5), where(choosesA, dy, zerosLike(dy)));
  return [needs[0] ? sumTo(forA, a.shape) : null, needs[1] ? sumTo(sub(dy, forA), b.shape) : null];
}

function defineComparison(name: string): Binary {
  const run = defineOp(name, {
    infer: ([a, b]) => {
      checkSameDType(a, b, name);
      return { shape: broadcastShapes(a.shape, b.shape, name), dtype: "uint8" };
    },
    vjp: null,
  });
  return (a, b) => run(pair(a, b, name));
}

/** a == b as uint8 0 or 1 */
export const equal: Binary = defineComparison("equal");
/** a != b as uint8 0 or 1 */
export const notEqual: Binary = defineComparison("notEqual");
/** a > b as uint8 0 or 1 */
export const greater: Binary = defineComparison("greater");
/** a >= b as uint8 0 or 1 */
export const greaterEqual: Binary = defineComparison("greaterEqual");
/** a < b as uint8 0 or 1 */
export const less: Binary = defineComparison("less");
/** a <= b as uint8 0 or 1 */
export const lessEqual: Binary = defineComparison("lessEqual");

const whereOp = defineOp("where", {
  infer: ([condition, a, b]) => {
    checkSameDType(a, b, "where");
    if (condition.dtype !== "uint8") {
      throw new TypeError(
        `where: expected a uint8 tensor for condition but received ${condition.describe()}`,
      );
    }
    const shape = broadcastShapes(
      condition.shape,
      broadcastShapes(a.shape, b.shape, "where"),
      "where",
    );
    return { shape, dtype: a.dtype };
  },
  vjp: (dy, [condition, a, b], _y, _attrs, needs) => [
    null,
    needs[1] ? sumTo(where(condition, dy, zerosLike(dy)), a.shape) : null,
    needs[2] ? sumTo(where(condition, zerosLike(dy), dy), b.shape) : null,
  ],
});

/** `a` where the uint8 condition is not 0, else `b`; all three broadcast. */
export function where(condition: TensorLike, a: TensorLike, b: TensorLike): Tensor {
  const mask = operand(condition, "where", "condition", "uint8");
  return whereOp([mask, ...pair(a, b, "where")]);
}

type Unary = (x: TensorLike) => Tensor;

function defineUnary(name: string, vjp: Vjp | null, acceptsInt32 = false): Unary {
  const run = defineOp(name, {
    infer: ([x]) => {
      if (!(acceptsInt32 && x.dtype === "int32")) checkFloat(x, name);
      return x;
    },
    vjp,
  });
  return (x) => run([operand(x, name, "x")]);
}

/** -x */
export const neg: Unary = defineUnary("neg", (dy) => [neg(dy)], true);
/** |x|; the gradient at 0 is 0 */
export const abs: Unary = defineUnary("abs", (dy, [x]) => [mul(dy, sign(x))], true);
/** -1, 0 or 1 by the sign of x */
export const sign: Unary = defineUnary("sign", (dy) => [zerosLike(dy)]);
/** e^x */
export const exp: Unary = defineUnary("exp", (dy, _x, y) => [mul(dy, y)]);
/** e^x - 1, exact near 0 */
export const expm1: Unary = defineUnary("expm1", (dy, _x, y) => [mul(dy, add(y, 1))]);
/** natural logarithm */
export const log: Unary = defineUnary("log", (dy, [x]) => [div(dy, x)]);
/** ln(1 + x), exact near 0 */
export const log1p: Unary = defineUnary("log1p", (dy, [x]) => [div(dy, add(x, 1))]);
/** square root */
export const sqrt: Unary = defineUnary("sqrt", (dy, _x, y) => [div(mul(dy, 0.5), y)]);
/** 1 / sqrt(x) */
export function rsqrt(x: TensorLike): Tensor {
  const source = operand(x, "rsqrt", "x");
  checkFloat(source, "rsqrt");
  return reciprocal(sqrt(source));
}
/** x * x */
export const square: Unary = defineUnary("square", (dy, [x]) => [mul(dy, mul(x, 2))]);
/** 1 / x */
export const reciprocal: Unary = defineUnary("reciprocal", (dy, _x, y) => [
  neg(mul(dy, square(y))),
]);
/** sine of radians */
export const sin: Unary = defineUnary("sin", (dy, [x]) => [mul(dy, cos(x))]);
/** cosine of radians */
export const cos: Unary = defineUnary("cos", (dy, [x]) => [neg(mul(dy, sin(x)))]);
/** greatest integer <= x */
export const floor: Unary = defineUnary("floor", (dy) => [zerosLike(dy)]);
/** ln(1 + e^x) */
export const softplus: Unary = defineUnary("softplus", (dy, [x]) => [mul(dy, sigmoid(x))]);

/** The gradient rule of an activation from its output alone, which has a gradient of its own. */
function defineOutputGradient(name: string, vjp: Vjp): OpFunction {
  return defineOp(name, { infer: ([dy]) => dy, vjp });
}

const sigmoidGrad = defineOutputGradient("sigmoidGrad", (d, [dy, y]) => [
  sigmoidGrad([d, y]),
  mul(mul(d, dy), sub(1, mul(y, 2))),
]);

const tanhGrad = defineOutputGradient("tanhGrad", (d, [dy, y]) => [
  tanhGrad([d, y]),
  neg(mul(mul(d, dy), mul(y, 2))),
]);

const reluGrad = defineOutputGradient("reluGrad", (d, [dy, y]) => [
  reluGrad([d, y]),
  zerosLike(dy),
]);

/** 1 / (1 + e^-x); derivative from the output: y (1 - y) */
export const sigmoid: Unary = defineUnary("sigmoid", (dy, _x, y) => [sigmoidGrad([dy, y])]);
/** hyperbolic tangent; derivative from the output: 1 - y^2 */
export const tanh: Unary = defineUnary("tanh", (dy, _x, y) => [tanhGrad([dy, y])]);
/** max(x, 0); derivative from the output: 1 where y > 0, else 0 */
export const relu: Unary = defineUnary("relu", (dy, _x, y) => [reluGrad([dy, y])]);

const clipOp = defineOp("clip", {
  infer: ([x]) => {
    checkFloat(x, "clipByValue");
    return x;
  },
  vjp: (dy, [x], _y, [low, high]) => [
    where(greaterEqual(x, low), where(lessEqual(x, high), dy, zerosLike(dy)), zerosLike(dy)),
  ],
});

/** `x` kept within [low, high]; the gradient is 0 outside. */
export function clipByValue(x: TensorLike, low: number, high: number): Tensor {
  checkNumber(low, "clipByValue", "low");
  checkNumber(high, "clipByValue", "high");
  if (low > high) {
    throw new RangeError(`clipByValue: expected low <= high but received ${low} and ${high}`);
  }
  return clipOp([operand(x, "clipByValue", "x")], [low, high]);
}
