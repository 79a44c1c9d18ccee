/** The columns of tables that a FeatureSpace takes. */

import { isPlainObject } from "../../../tensor/nest";
import { type Tensor, tensor } from "../../../tensor/tensor";
import { describeValue } from "../../../tensor/values";
import { type Scalar, flattenRaw } from "./raw-values";

/** Rows of a table: records, or columns by name. */
export type TableRows =
  | readonly Readonly<Record<string, unknown>>[]
  | Readonly<Record<string, readonly unknown[] | ArrayBufferView | Tensor>>;

/** [batch, 1] */
export type Column = readonly (readonly [Scalar])[];

/** The columns of such names. */
export function columnsOf(rows: TableRows, names: readonly string[]): Record<string, Column> {
  const columns = Array.isArray(rows)
    ? Object.fromEntries(names.map((name) => [name, rows.map((row) => cellOf(row, name))]))
    : rows;
  if (!isPlainObject(columns)) {
    throw new TypeError(
      `FeatureSpace: expected records, or columns by name, but received ${describeValue(rows)}`,
    );
  }
  const found = Object.fromEntries(
    names.map((name) => {
      const column = Object.hasOwn(columns, name) ? columns[name] : undefined;
      if (column === undefined) {
        throw new TypeError(
          `FeatureSpace: expected a column ${name} but received ${Object.keys(columns).join(", ")}`,
        );
      }
      const { values } = flattenRaw(column, `FeatureSpace: ${name}`);
      return [name, Array.from(values as ArrayLike<Scalar>, (value) => [value] as const)];
    }),
  );
  checkLengths(found);
  return found;
}

function checkLengths(columns: Readonly<Record<string, Column>>): void {
  const [first, ...others] = Object.entries(columns);
  const odd = others.find(([, column]) => column.length !== first[1].length);
  if (odd === undefined) return;
  throw new RangeError(
    `FeatureSpace: expected columns of one length but ${first[0]} has ${first[1].length} rows and ${odd[0]} has ` +
      String(odd[1].length),
  );
}

function cellOf(row: unknown, name: string): unknown {
  const cell = isPlainObject(row) && Object.hasOwn(row, name) ? row[name] : undefined;
  if (cell !== undefined && cell !== null) return cell;
  const found = isPlainObject(row) ? "a record without it" : describeValue(row);
  throw new TypeError(
    `FeatureSpace: expected a value for ${name} in each record but received ${found}; fill in what is missing`,
  );
}

/** Keras' batches of a column of numbers: what is learned of quantiles depends on them. */
export function* batches(column: Column): Iterable<readonly (readonly Scalar[])[]> {
  for (let i = 0; i < column.length; i += 32) yield column.slice(i, i + 32);
}

/** A column of numbers as a tensor [batch, 1]. */
export function numbersOf(column: Column, name: string): Tensor {
  const values = column.map(([value]) => value);
  const odd = values.find((value) => typeof value !== "number" || Number.isNaN(value));
  if (odd === undefined) return tensor(values as number[], [values.length, 1], "float32");
  throw new TypeError(
    `FeatureSpace: expected numbers for ${name} but received ${describeValue(odd)}` +
      (Number.isNaN(odd) ? "; fill in what is missing" : ""),
  );
}
