/** Checks of the data that machines are given. */

import type { DType } from "../tensor/dtype";
import { tidy } from "../tensor/memory";
import { type TensorLike, operand } from "../ops/arguments";
import { argMax, argMin } from "../ops/reduce";
import { cast, reshape, slice } from "../ops/shape";
import { recorder } from "../tensor/recorder";
import { type Tensor, sizeOf } from "../tensor/tensor";

export interface Expected {
  /** Units of the layer that the data is for. */
  readonly units: number;
  readonly dtype: DType;
  /** Least and greatest value. */
  readonly range: readonly [number, number];
}

/**
 * The data as rows [samples, units], of its own dtype. Values are looked at unless a function is
 * being captured.
 * @param data [samples, ...], the axes behind the first flattened; of the machine's dtype, or
 *   integers
 */
export function checkedRows(data: TensorLike, expected: Expected, method: string): Tensor {
  const { units, dtype } = expected;
  const rows = operand(data, method, "data", dtype);
  const isInteger = rows.dtype === "uint8" || rows.dtype === "int32";
  if (!isInteger && rows.dtype !== dtype) {
    throw new TypeError(
      `${method}: expected ${dtype} or integers for data but received ${rows.describe()}; use cast`,
    );
  }
  if (rows.rank < 2 || sizeOf(rows.shape.slice(1)) !== units) {
    throw new RangeError(
      `${method}: expected [samples, ${units}] for data but received ${rows.describe()}`,
    );
  }
  const flat = reshape(rows, [rows.shape[0], units]);
  if (recorder.capture === null && rows.size > 0) checkRange(flat, expected.range, method);
  return flat;
}

/** The data as rows [samples, units] of the machine's dtype. */
export function toRows(data: TensorLike, expected: Expected, method: string): Tensor {
  return cast(checkedRows(data, expected, method), expected.dtype);
}

function checkRange(rows: Tensor, [least, greatest]: readonly [number, number], method: string) {
  const found = tidy(() => {
    const values = reshape(rows, [-1]);
    const extremes = [argMin(values), argMax(values)].map((index) => index.item());
    return extremes.map((index) => [index, slice(values, index, 1).item()] as const);
  });
  for (const [index, value] of found) {
    if (value >= least && value <= greatest) continue;
    const units = rows.shape[1];
    const range = greatest === 1 ? "numbers in [0, 1]" : "finite numbers";
    const hint = rows.dtype === "uint8" ? "; use rescale(data, 1 / 255)" : "";
    throw new RangeError(
      `${method}: expected ${range} for data but received ${value} in row ${Math.floor(index / units)}, ` +
        `column ${index % units}${hint}`,
    );
  }
}
