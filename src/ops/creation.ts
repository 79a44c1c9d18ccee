/** Tensors of given patterns. */

import { type DType, checkDType, typedArray } from "../tensor/dtype";
import { Tensor, tensor } from "../tensor/tensor";
import type { Shape } from "../tensor/tensor";
import { checkInteger, checkNumber } from "./arguments";
import { fill } from "./shape";

/** A tensor of rank 0. */
export function scalar(value: number, dtype: DType = "float32"): Tensor {
  checkNumber(Number.isNaN(value) ? 0 : value, "scalar", "value");
  return tensor(value, undefined, dtype);
}

/** Zeros of a shape and dtype, float32 by default. */
export function zeros(shape: Shape, dtype: DType = "float32"): Tensor {
  return fill(shape, 0, dtype);
}

/** Ones of a shape and dtype, float32 by default. */
export function ones(shape: Shape, dtype: DType = "float32"): Tensor {
  return fill(shape, 1, dtype);
}

/** The identity matrix [rows, columns]; square by default. */
export function eye(rows: number, columns = rows, dtype: DType = "float32"): Tensor {
  for (const [name, value] of Object.entries({ rows, columns })) {
    checkInteger(value, "eye", name);
    if (value < 0) throw new RangeError(`eye: expected ${name} >= 0 but received ${value}`);
  }
  checkDType(dtype);
  checkLength(rows * columns, "eye");
  const data = typedArray(dtype, rows * columns);
  for (let i = 0; i < Math.min(rows, columns); i++) data[i * columns + i] = 1;
  return tensor(data, [rows, columns]);
}

/** The longest typed array that every supported Node.js can hold. */
const MAX_LENGTH = 2 ** 32 - 1;

function checkLength(length: number, op: string): void {
  if (length <= MAX_LENGTH) return;
  throw new RangeError(`${op}: expected at most ${MAX_LENGTH} values but received ${length}`);
}

/** A tensor [length] of `valueAt` each index. Throws on what an integer dtype cannot hold. */
function series(length: number, valueAt: (index: number) => number, dtype: DType): Tensor {
  const values = typedArray("float64", length);
  for (let i = 0; i < length; i++) values[i] = valueAt(i);
  return tensor(values, [length], dtype);
}

/** Numbers from `start` (0 if only one argument is given) to before `stop`, `step` apart. */
export function range(start: number, stop?: number, step = 1, dtype: DType = "float32"): Tensor {
  const [first, end] = stop === undefined ? [0, start] : [start, stop];
  for (const [name, value] of Object.entries({ start: first, stop: end, step })) {
    checkNumber(value, "range", name);
  }
  if (step === 0) throw new RangeError("range: expected a step other than 0 but received 0");
  const length = Math.max(0, Math.ceil((end - first) / step));
  checkLength(length, "range");
  return series(length, (i) => first + i * step, dtype);
}

/** `count` numbers from `start` to `stop`, both included, evenly apart. */
export function linspace(
  start: number,
  stop: number,
  count: number,
  dtype: DType = "float32",
): Tensor {
  checkNumber(start, "linspace", "start");
  checkNumber(stop, "linspace", "stop");
  checkInteger(count, "linspace", "count");
  if (count < 1) {
    throw new RangeError(`linspace: expected a count of at least 1 but received ${count}`);
  }
  checkLength(count, "linspace");
  const step = (stop - start) / Math.max(count - 1, 1);
  // The last one is `stop` itself, free of rounding.
  return series(count, (i) => (i > 0 && i === count - 1 ? stop : start + i * step), dtype);
}
