/** Data that layers adapt to, whole or batch by batch. */

import { cast } from "../../../ops/shape";
import type { DType } from "../../../tensor/dtype";
import { Tensor, tensor } from "../../../tensor/tensor";
import { type Values, describeValue } from "../../../tensor/values";

/** Data as batches: itself, if it is one. */
export function* batchesOf(data: unknown): Iterable<unknown> {
  const isOne = data instanceof Tensor || Array.isArray(data) || ArrayBuffer.isView(data);
  if (isOne) {
    yield data;
    return;
  }
  if (typeof (data as Partial<Iterable<unknown>> | null)?.[Symbol.iterator] !== "function") {
    throw new TypeError(
      `adapt: expected a tensor, arrays, or batches of them for data but received ${describeValue(data)}`,
    );
  }
  for (const batch of data as Iterable<unknown>) {
    const isPair = Array.isArray(batch) && batch.length === 2 && batch[0] instanceof Tensor;
    yield isPair ? (batch as unknown[])[0] : batch;
  }
}

/** A batch as a tensor of a dtype, in the scope around the call. */
export function batchOf(batch: unknown, dtype: DType): Tensor {
  return batch instanceof Tensor ? cast(batch, dtype) : tensor(batch as Values, undefined, dtype);
}
