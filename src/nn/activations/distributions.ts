/** Activations over the classes of an axis: what comes out sums to 1, or so do its exponentials. */

import { cast, expandDims, sum } from "../../ops/shape";
import { div, greater, greaterEqual, mul, sub, where } from "../../ops/arithmetic";
import { max } from "../../ops/reduce";
import { logSoftmax as logSoftmaxOp, softmax as softmaxOp } from "../../ops/softmax";
import type { Tensor } from "../../tensor/tensor";
import { type AxisOptions, alongAxis } from "../function-options";

/** e^x / sum(e^x) over an axis */
export function softmax(x: Tensor, options?: AxisOptions): Tensor {
  if (options === undefined) return softmaxOp(x);
  return alongAxis(x, options, "softmax", softmaxOp);
}

/** ln softmax(x) */
export function logSoftmax(x: Tensor, options: AxisOptions = {}): Tensor {
  return alongAxis(x, options, "logSoftmax", logSoftmaxOp);
}

/**
 * The distribution nearest to x over an axis: max(x - t, 0), t such that it sums to 1 (Martins and
 * Astudillo 2016, arXiv:1602.02068). Takes memory for the square of the number of classes.
 */
export function sparsemax(x: Tensor, options: AxisOptions = {}): Tensor {
  return alongAxis(x, options, "sparsemax", nearestDistribution);
}

function nearestDistribution(x: Tensor): Tensor {
  // The result stays when all classes are moved alike.
  const z = sub(x, max(x, -1, true));
  // A class is supported if those that are at least as great reach it: 1 + k z > their sum.
  const [own, other] = [expandDims(z, -1), expandDims(z, -2)];
  const reaches = greaterEqual(other, own);
  const count = sum(cast(reaches, x.dtype), -1);
  const total = sum(where(reaches, other, 0), -1);
  const supported = greater(sub(mul(count, z), total), -1);
  const size = sum(cast(supported, x.dtype), -1, true);
  const t = div(sub(sum(where(supported, z, 0), -1, true), 1), size);
  return where(supported, sub(z, t), 0);
}
