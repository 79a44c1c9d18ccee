/** Rounding, remainders and further functions of numbers, element by element. */

import type { Tensor } from "../tensor/tensor";
import { type TensorLike, operand, pair } from "./arguments";
import { add, div, equal, exp, mul, neg, reciprocal, sqrt, square, sub, where } from "./arithmetic";
import { run } from "./op";
import type { OpRecords } from "./op-definition";
import { sumTo, zerosLike } from "./shape";

const TWO_BY_ROOT_PI = 2 / Math.sqrt(Math.PI);

/** The nearest integer; halves go to the even one, as in numpy. Its gradient is 0. Float. */
export function round(x: TensorLike): Tensor {
  return run("round", [operand(x, "round", "x")]);
}

/** The least integer >= x. Its gradient is 0. Float. */
export function ceil(x: TensorLike): Tensor {
  return run("ceil", [operand(x, "ceil", "x")]);
}

/**
 * a - floorDiv(a, b) b: the remainder, of the sign of b. Float or int32; for b = 0 NaN, of int32 0. By b
 * its gradient is -floorDiv(a, b).
 */
export function mod(a: TensorLike, b: TensorLike): Tensor {
  return run("mod", pair(a, b, "mod"));
}

/** a / b rounded down; its gradient is 0. Float or int32; for an int32 b = 0 it is 0. */
export function floorDiv(a: TensorLike, b: TensorLike): Tensor {
  return run("floorDiv", pair(a, b, "floorDiv"));
}

/** The logarithm to base 2. Float. */
export function log2(x: TensorLike): Tensor {
  return run("log2", [operand(x, "log2", "x")]);
}

/** The error function: 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x. Float. */
export function erf(x: TensorLike): Tensor {
  return run("erf", [operand(x, "erf", "x")]);
}

/** Tangent of radians. Float. */
export function tan(x: TensorLike): Tensor {
  return run("tan", [operand(x, "tan", "x")]);
}

/** The angle in [-pi/2, pi/2] whose sine is x, in radians; NaN outside of [-1, 1]. Float. */
export function asin(x: TensorLike): Tensor {
  return run("asin", [operand(x, "asin", "x")]);
}

/** The angle in [0, pi] whose cosine is x, in radians; NaN outside of [-1, 1]. Float. */
export function acos(x: TensorLike): Tensor {
  return run("acos", [operand(x, "acos", "x")]);
}

/** The angle in (-pi/2, pi/2) whose tangent is x, in radians. Float. */
export function atan(x: TensorLike): Tensor {
  return run("atan", [operand(x, "atan", "x")]);
}

/** The angle in [-pi, pi] of the point of abscissa b and ordinate a, in radians. Float. */
export function atan2(a: TensorLike, b: TensorLike): Tensor {
  return run("atan2", pair(a, b, "atan2"));
}

/** (e^x - e^-x) / 2. Float. */
export function sinh(x: TensorLike): Tensor {
  return run("sinh", [operand(x, "sinh", "x")]);
}

/** (e^x + e^-x) / 2. Float. */
export function cosh(x: TensorLike): Tensor {
  return run("cosh", [operand(x, "cosh", "x")]);
}

/** 1 / sqrt(1 - x^2), the slope of asin. */
function slopeOfAsin(x: Tensor): Tensor {
  return reciprocal(sqrt(mul(sub(1, x), add(1, x))));
}

/** The gradient rules. */
export default {
  round: { vjp: (dy) => [zerosLike(dy)] },
  ceil: { vjp: (dy) => [zerosLike(dy)] },
  mod: {
    vjp: (dy, [a, b], _y, _attributes, needs) => [
      needs[0] ? sumTo(dy, a.shape) : null,
      needs[1] ? sumTo(neg(mul(dy, floorDiv(a, b))), b.shape) : null,
    ],
  },
  floorDiv: { vjp: (_dy, [a, b]) => [zerosLike(a), zerosLike(b)] },
  log2: { vjp: (dy, [x]) => [div(dy, mul(x, Math.LN2))] },
  erf: { vjp: (dy, [x]) => [mul(dy, mul(exp(neg(square(x))), TWO_BY_ROOT_PI))] },
  tan: { vjp: (dy, _x, y) => [mul(dy, add(square(y), 1))] },
  asin: { vjp: (dy, [x]) => [mul(dy, slopeOfAsin(x))] },
  acos: { vjp: (dy, [x]) => [neg(mul(dy, slopeOfAsin(x)))] },
  atan: { vjp: (dy, [x]) => [div(dy, add(square(x), 1))] },
  atan2: {
    vjp: (dy, [a, b], _y, _attributes, needs) => {
      const squares = add(square(a), square(b));
      const share = div(dy, where(equal(squares, 0), 1, squares)); // 0 at the origin, as in PyTorch
      return [
        needs[0] ? sumTo(mul(share, b), a.shape) : null,
        needs[1] ? sumTo(neg(mul(share, a)), b.shape) : null,
      ];
    },
  },
  sinh: { vjp: (dy, [x]) => [mul(dy, cosh(x))] },
  cosh: { vjp: (dy, [x]) => [mul(dy, sinh(x))] },
} satisfies OpRecords;
