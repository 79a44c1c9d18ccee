/** Elements of datasets: tensors, alone or nested in arrays and plain objects. */

import { typedArray } from "../tensor/dtype";
import { forEachLeaf, isPlainObject, mapLeaves } from "../tensor/nest";
import { gather } from "../ops";
import { Tensor, describeType, sameShape, tensor } from "../tensor/tensor";
import { type TensorJSON, isTensorJSON } from "../tensor/tensor-json";
import { MAX_RANK, type Values, describeValue } from "../tensor/values";

type NestedNumbers = number | boolean | readonly NestedNumbers[];

/**
 * `S` with a Tensor in place of each tensor, its JSON, typed array, number and nested array of numbers. An
 * array that holds anything but numbers keeps its form.
 */
export type Tensors<S> = S extends Tensor | ArrayBufferView | TensorJSON | NestedNumbers
  ? Tensor
  : { -readonly [K in keyof S]: Tensors<S[K]> };

/** Why the elements of an iterator cannot be used for ever. */
export const RELEASED =
  "the dataset's iterator that yielded it has moved on; keep a clone() of it, " +
  "or collect the elements with toArray()";

/**
 * The tensors of a nest, made of its numbers where it has none.
 * @param argument names the nest in errors
 */
export function toTensors<S>(nest: S, argument: string): Tensors<S> {
  return convert(nest, argument) as Tensors<S>;
}

function convert(value: unknown, path: string): unknown {
  if (value instanceof Tensor) return value;
  if (ArrayBuffer.isView(value) || isTensorJSON(value) || isNumeric(value)) {
    return tensor(value as Values);
  }
  if (Array.isArray(value)) return value.map((item, i) => convert(item, `${path}[${i}]`));
  if (isPlainObject(value)) {
    const entries = Object.entries(value);
    if (entries.length > 0) {
      return Object.fromEntries(
        entries.map(([key, item]) => [key, convert(item, `${path}.${key}`)]),
      );
    }
  }
  throw new TypeError(
    `expected tensors, typed arrays or numbers, alone or in arrays and plain objects, for ${path} ` +
      `but received ${describeValue(value)}`,
  );
}

/** The tensors of slices; an array of arrays that are not one tensor is told how columns are given. */
export function columnsOf(slices: unknown, argument: string): unknown {
  try {
    return toTensors(slices, argument);
  } catch (error) {
    if (!(error instanceof RangeError) || !Array.isArray(slices) || slices.length < 2) throw error;
    throw new RangeError(
      `${error.message}. Nested arrays alone are one tensor; give columns as tensors, [tensor(x), tensor(y)], or ` +
        "by name, { x, y }",
      { cause: error },
    );
  }
}

/** True for numbers nested in arrays; judges each item of an array by its first number alone. */
function isNumeric(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((item) => isNumeric(firstOf(item)));
  return typeof value === "number" || typeof value === "boolean";
}

function firstOf(value: unknown): unknown {
  // No deeper than a tensor can be: an array may hold itself.
  for (let depth = 0; depth <= MAX_RANK && Array.isArray(value) && value.length > 0; depth++) {
    value = value[0] as unknown;
  }
  return value;
}

/** The tensors of an element, in the order of its nest. */
export function leavesOf(element: unknown): Tensor[] {
  const leaves: Tensor[] = [];
  forEachLeaf(element, (leaf, path) => {
    if (!(leaf instanceof Tensor)) {
      throw new TypeError(
        `batch: expected elements of tensors but received ${describeValue(leaf)}${path && ` at ${path}`}; make ` +
          "tensors of records with map first, or take records together as they are with group",
      );
    }
    leaves.push(leaf);
  });
  return leaves;
}

/** Disposes of an element's tensors. */
export function release(element: unknown): void {
  forEachLeaf(element, (leaf) => {
    if (leaf instanceof Tensor) leaf.dispose(RELEASED);
  });
}

/** The number of rows that the tensors of a nest share. Throws, naming two, if they do not. */
export function commonRows(nest: unknown, argument: string): number {
  let first: { rows: number; name: string } | undefined;
  forEachLeaf(
    nest,
    (leaf, name) => {
      const { rank, shape } = leaf as Tensor;
      if (rank === 0) {
        throw new RangeError(`expected tensors with rows for ${argument} but ${name} is a scalar`);
      }
      first ??= { rows: shape[0], name };
      if (shape[0] === first.rows) return;
      throw new RangeError(
        `expected tensors with as many rows each for ${argument} ` +
          `but ${first.name} has ${first.rows} and ${name} has ${shape[0]}`,
      );
    },
    argument,
  );
  return first?.rows ?? 0;
}

/**
 * Rows of each tensor of a nest.
 * @param index a row number, for a row without the leading axis, or several, for [n, ...]
 */
export function gatherRows<T>(source: T, index: number | readonly number[]): T {
  const shape = typeof index === "number" ? [] : [index.length];
  const indices = tensor(index, shape, "int32");
  try {
    return mapTensors(source, (leaf) => gather(leaf, indices));
  } finally {
    indices.dispose();
  }
}

/** Elements of one form, one above the other: tensors [n, ...]. Releases the elements. */
export function stackElements<T>(elements: readonly T[]): T {
  try {
    const rows = elements.map(leavesOf);
    let column = 0;
    return mapTensors(elements[0], (_, path) => {
      const tensors = rows.map((leaves) => leaves[column]);
      column++;
      return stackTensors(tensors, path);
    });
  } finally {
    release(elements);
  }
}

/** The nest with a new tensor in place of each. Leaves none behind if one cannot be made. */
function mapTensors<T>(nest: T, make: (leaf: Tensor, path: string) => Tensor): T {
  const made: Tensor[] = [];
  try {
    return mapLeaves(nest, (leaf, path) => {
      const result = make(leaf as Tensor, path);
      made.push(result);
      return result;
    }) as T;
  } catch (error) {
    for (const result of made) result.dispose();
    throw error;
  }
}

function stackTensors(tensors: readonly (Tensor | undefined)[], path: string): Tensor {
  const { dtype, shape, size } = tensors[0]!;
  const data = typedArray(dtype, tensors.length * size);
  tensors.forEach((row, i) => {
    if (row?.dtype !== dtype || !sameShape(row.shape, shape)) {
      throw new RangeError(
        `batch: expected elements of one form but element 0 of a batch has ` +
          `${describeType(dtype, shape)}${path && ` at ${path}`} ` +
          `and element ${i} has ${row ? describeType(row.dtype, row.shape) : "nothing"}`,
      );
    }
    data.set(row.data(), i * size);
  });
  return tensor(data, [tensors.length, ...shape]);
}
