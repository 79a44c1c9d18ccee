/** What preprocessing layers take before there are tensors: strings and numbers, alone or nested. */

import type { TypedArray } from "../../../tensor/dtype";
import type { OptionKind } from "../../../tensor/option-kinds";
import { Tensor } from "../../../tensor/tensor";
import { describeValue } from "../../../tensor/values";

/** A string or a number, or arrays of them nested to any depth, or a tensor. */
export type RawValues = Tensor | string | number | ArrayBufferView | readonly RawValues[];

export type Scalar = string | number;

export interface FlatRaw {
  readonly values: readonly Scalar[] | TypedArray;
  readonly shape: readonly number[];
}

/**
 * The values row by row.
 * @throws TypeError on what is neither string nor number, RangeError on ragged arrays
 */
export function flattenRaw(raw: unknown, where: string): FlatRaw {
  if (raw instanceof Tensor) return { values: raw.data(), shape: raw.shape };
  if (ArrayBuffer.isView(raw) && !(raw instanceof DataView)) {
    const values = raw as TypedArray;
    return { values, shape: [values.length] };
  }
  const shape: number[] = [];
  for (let first = raw; Array.isArray(first) && shape.length < 8; first = first[0] as unknown) {
    shape.push(first.length);
  }
  const values: Scalar[] = [];
  collect(raw, 0, shape, values, where);
  return { values, shape };
}

function collect(
  raw: unknown,
  depth: number,
  shape: readonly number[],
  values: Scalar[],
  where: string,
): void {
  if (depth < shape.length) {
    if (!Array.isArray(raw) || raw.length !== shape[depth]) {
      const found = Array.isArray(raw) ? `${raw.length}` : describeValue(raw);
      throw new RangeError(
        `${where}: expected ${shape[depth]} items at depth ${depth + 1} of x but received ${found}: ragged`,
      );
    }
    for (const item of raw as unknown[]) collect(item, depth + 1, shape, values, where);
  } else if (typeof raw === "string" || typeof raw === "number") values.push(raw);
  else if (typeof raw === "boolean") values.push(Number(raw));
  else {
    throw new TypeError(
      `${where}: expected strings or numbers, alone or in arrays, for x but received ${describeValue(raw)}`,
    );
  }
}

/** A string or a number; null for none. */
export const scalarOrNull =
  (fallback: Scalar | null = null): OptionKind<Scalar | null> =>
  (given = fallback, where, name) => {
    if (given === null || typeof given === "string" || Number.isFinite(given)) {
      return given as Scalar | null;
    }
    throw new TypeError(
      `${where}: expected a string or a number for ${name} but received ${describeValue(given)}`,
    );
  };
