/** Pooling of pictures [batch, height, width, channels], or with one axis less or more. */

import type { Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import { type TensorLike, operand } from "./arguments";
import { run } from "./op";
import type { OpRecords } from "./op-definition";
import { type PerAxis, type WindowOptions, perAxis, spatial, windowAttributes } from "./windows";

/** The gradient rules. */
export const poolingRecords = {
  maxPool: {
    vjp: ([dy], [x], [, index], attributes) => [
      dy && run("maxPoolGrad", [dy, index], { ...attributes, pictures: spatial(x) }),
    ],
  },
  maxPoolGrad: { vjp: null },
  averagePool: {
    vjp: (dy, [x], _y, attributes) => [
      run("averagePoolGrad", [dy], { ...attributes, pictures: spatial(x) }),
    ],
  },
  averagePoolGrad: {
    vjp: (g, _inputs, _dx, { strides, dilations, before, after, size }) => [
      run("averagePool", [g], { strides, dilations, before, after, size }),
    ],
  },
} satisfies OpRecords;

/**
 * The greatest of what each window sees of `x`, channel by channel; NaN if there is one. The gradient
 * goes to the first of equals, and has no gradient itself.
 *
 * @param poolSize size of the windows along each axis between batch and channels
 */
export function maxPool(x: TensorLike, poolSize: PerAxis, options: WindowOptions = {}): Tensor {
  const [pictures, attributes] = pooled(x, poolSize, options, "maxPool");
  return run("maxPool", [pictures], attributes)[0];
}

/**
 * The mean of what each window sees of `x`, channel by channel; padding does not count.
 *
 * @param poolSize size of the windows along each axis between batch and channels
 */
export function avgPool(x: TensorLike, poolSize: PerAxis, options: WindowOptions = {}): Tensor {
  const [pictures, attributes] = pooled(x, poolSize, options, "avgPool");
  return run("averagePool", [pictures], attributes);
}

/** `maxPool` or `avgPool`, by name; strides are 1 by default. */
export function pool(
  x: TensorLike,
  windowShape: PerAxis,
  poolingType: "max" | "avg",
  { strides = 1, ...rest }: WindowOptions = {},
): Tensor {
  if (poolingType === "max") return maxPool(x, windowShape, { strides, ...rest });
  if (poolingType === "avg") return avgPool(x, windowShape, { strides, ...rest });
  throw new RangeError(
    `pool: expected "max" or "avg" for poolingType but received ${describeValue(poolingType)}`,
  );
}

function pooled(x: TensorLike, poolSize: PerAxis, options: WindowOptions, op: string) {
  const pictures = operand(x, op, "x");
  const axes = pictures.rank - 2;
  if (axes < 1 || axes > 3) {
    throw new RangeError(
      `${op}: expected [batch, height, width, channels], or with one axis less or more, for x but received ${pictures.describe()}`,
    );
  }
  const size = perAxis(poolSize, axes, op, "poolSize");
  const attributes = windowAttributes({ ...options, strides: options.strides ?? size }, axes, op);
  return [pictures, { ...attributes, size }] as const;
}
