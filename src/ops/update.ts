/** Updates of Variables in place: assignment, optimizer steps, accumulation. */

import { type DType, isFloat } from "../tensor/dtype";
import { defineUpdate } from "./op";
import { Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import type { Variable } from "../tensor/variable";
import {
  type TensorLike,
  checkFloat,
  checkNumber,
  checkTensor,
  checkType,
  operand,
} from "./arguments";

function defineAssign(
  name: string,
  numericOnly: boolean,
): (target: Variable, value: TensorLike) => void {
  const run = defineUpdate(name, ([target, value]) => {
    checkType(value, target.dtype, target.shape, name, "value");
    if (numericOnly && target.dtype === "uint8") checkFloat(target, name, "target");
  });
  return (target, value) =>
    run([target, operand(value, name, "value", (target as Variable | undefined)?.dtype)]);
}

/** target = value, of the same shape and dtype */
export const assign = defineAssign("assign", false);
/** target += value, of the same shape and dtype (float or int32) */
export const assignAdd = defineAssign("assignAdd", true);
/** target -= value, of the same shape and dtype (float or int32) */
export const assignSub = defineAssign("assignSub", true);

/** Throws unless an operand has the weight's dtype and shape. */
function checkAlike(op: string, weight: Tensor, name: string, other: Tensor): void {
  checkTensor(other, op, name);
  checkType(other, weight.dtype, weight.shape, op, name);
}

function checkScalar(
  op: string,
  name: string,
  x: Tensor,
  accepts: (dtype: DType) => boolean,
): void {
  checkTensor(x, op, name);
  if (x.rank === 0 && accepts(x.dtype)) return;
  throw new TypeError(`${op}: expected a scalar for ${name} but received ${x.describe()}`);
}

const sgdOp = defineUpdate("sgdUpdate", ([weight, gradient, rate]) => {
  checkFloat(weight, "sgdUpdate", "weight");
  checkAlike("sgdUpdate", weight, "gradient", gradient);
  checkScalar("sgdUpdate", "rate", rate, isFloat);
});

/** weight -= rate * gradient */
export function sgdUpdate(weight: Variable, gradient: Tensor, rate: Tensor): void {
  sgdOp([weight, gradient, rate]);
}

const momentumOp = defineUpdate("momentumUpdate", ([weight, velocity, gradient, rate]) => {
  checkFloat(weight, "momentumUpdate", "weight");
  checkAlike("momentumUpdate", weight, "velocity", velocity);
  checkAlike("momentumUpdate", weight, "gradient", gradient);
  checkScalar("momentumUpdate", "rate", rate, isFloat);
});

/**
 * Keras' momentum: v = momentum * v - rate * gradient; then weight += v, or with Nesterov's look-ahead
 * weight += momentum * v - rate * gradient.
 */
export function momentumUpdate(
  weight: Variable,
  velocity: Variable,
  gradient: Tensor,
  rate: Tensor,
  momentum: number,
  nesterov: boolean,
): void {
  checkNumber(momentum, "momentumUpdate", "momentum");
  momentumOp([weight, velocity, gradient, rate], [momentum, nesterov ? 1 : 0]);
}

const adamOp = defineUpdate("adamUpdate", ([weight, m, v, gradient, rate, step]) => {
  checkFloat(weight, "adamUpdate", "weight");
  checkAlike("adamUpdate", weight, "m", m);
  checkAlike("adamUpdate", weight, "v", v);
  checkAlike("adamUpdate", weight, "gradient", gradient);
  checkScalar("adamUpdate", "rate", rate, isFloat);
  checkScalar("adamUpdate", "step", step, (dtype) => dtype === "int32");
});

interface AdamDecay {
  beta1: number;
  beta2: number;
  epsilon: number;
}

/**
 * One step of Adam (Kingma and Ba 2015, arXiv:1412.6980, in the order of the end of section 2, with
 * epsilon outside the bias correction as in Keras).
 * @param step int32 scalar, 1 at the first update
 */
export function adamUpdate(
  weight: Variable,
  m: Variable,
  v: Variable,
  gradient: Tensor,
  rate: Tensor,
  step: Tensor,
  options: AdamDecay,
): void {
  const { beta1, beta2, epsilon } = checkedOptions(options);
  adamOp([weight, m, v, gradient, rate, step], [beta1, beta2, epsilon]);
}

function checkedOptions(options: AdamDecay): AdamDecay {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `adamUpdate: expected an object for options but received ${describeValue(options)}`,
    );
  }
  for (const name of ["beta1", "beta2", "epsilon"] as const) {
    checkNumber(options[name], "adamUpdate", name);
  }
  return options;
}

const accumulateOp = defineUpdate("accumulate", ([total, values]) => {
  checkTensor(values, "accumulate", "values");
  checkType(total, "float64", [], "accumulate", "total");
});

/** total += the sum of `values` (any shape and dtype), in float64. `total` is a float64 scalar. */
export function accumulate(total: Variable, values: Tensor): void {
  accumulateOp([total, values]);
}
