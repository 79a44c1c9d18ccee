import { Module } from "../module";
import { checkTensor } from "../../ops/arguments";
import { reshape } from "../../ops/shape";
import { type Tensor, sizeOf } from "../../tensor/tensor";

/** All axes but the first in one: x [batch, a, b, ...] -> y [batch, a * b * ...]. */
export class Flatten extends Module {
  forward(x: Tensor): Tensor {
    checkTensor(x, "Flatten", "x");
    if (x.rank === 0)
      throw new RangeError(`Flatten: expected a batch for x but received ${x.describe()}`);
    return reshape(x, [x.shape[0], sizeOf(x.shape.slice(1))]);
  }
}
