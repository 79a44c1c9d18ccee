/** A worker whose captured step meets a wrong label and that catches nothing. */

import { fill, jit, losses, type Tensor, tensor } from "../../src";

const loss = jit((x: Tensor, y: Tensor) => losses.sparseCategoricalCrossentropy(y, x));
loss(fill([2, 4], 0.25), tensor([0, 9], undefined, "int32"));
