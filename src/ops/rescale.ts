/** Scaling of data on its way into a network. */

import { type DType, checkDType, isFloat } from "../tensor/dtype";
import { defineOp } from "./op";
import type { TensorType } from "./op-definition";
import type { Tensor } from "../tensor/tensor";
import { type TensorLike, checkNumber, operand } from "./arguments";
import { mul } from "./arithmetic";
import { cast } from "./shape";

const rescaleOp = defineOp("rescale", {
  infer: (_inputs, _attrs, wanted): TensorType => wanted as TensorType,
  vjp: (dy, [x], _y, [scale]) => [isFloat(x.dtype) ? cast(mul(dy, scale), x.dtype) : null],
});

/** x * scale + offset as floats, in one step also for uint8 images. */
export function rescale(
  x: TensorLike,
  scale: number,
  offset = 0,
  dtype: DType = "float32",
): Tensor {
  const source = operand(x, "rescale", "x");
  checkNumber(scale, "rescale", "scale");
  checkNumber(offset, "rescale", "offset");
  checkDType(dtype);
  if (!isFloat(dtype)) throw new TypeError(`rescale: expected a float dtype but received ${dtype}`);
  return rescaleOp([source], [scale, offset], { shape: source.shape, dtype });
}
