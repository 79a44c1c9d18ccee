/**
 * Plain n-dimensional arrays of JavaScript numbers: the references that ops are compared with are
 * loops over these. Nothing here knows the library.
 */

export interface NdArray {
  readonly shape: readonly number[];
  /** Row by row. */
  readonly data: readonly number[];
}

export function nd(shape: readonly number[], data: readonly number[]): NdArray {
  if (sizeOf(shape) !== data.length) throw new Error(`${data.length} values for [${shape.join()}]`);
  return { shape, data };
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/** Every position of a shape, row by row; the last axis runs fastest. */
export function positions(shape: readonly number[]): number[][] {
  let found: number[][] = [[]];
  for (const dim of shape) {
    found = found.flatMap((head) => Array.from({ length: dim }, (_, i) => [...head, i]));
  }
  return found;
}

/** The array whose value at each position is `valueAt` of it. */
export function build(shape: readonly number[], valueAt: (position: number[]) => number): NdArray {
  return { shape, data: positions(shape).map(valueAt) };
}

/** The value at a position of this shape or of one that it stretches to. */
export function at({ shape, data }: NdArray, position: readonly number[]): number {
  const skipped = position.length - shape.length;
  let index = 0;
  shape.forEach((dim, axis) => {
    index = index * dim + (dim === 1 ? 0 : position[skipped + axis]);
  });
  return data[index];
}

/** The shape that shapes stretch to: trailing axes aligned, 1 gives way. */
export function commonShape(...shapes: (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const dims = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    return dims.find((dim) => dim !== 1) ?? 1;
  });
}

/** `f` of the elements of arrays that are stretched to one shape. */
export function zip(f: (...values: number[]) => number, ...arrays: NdArray[]): NdArray {
  const shape = commonShape(...arrays.map((array) => array.shape));
  return build(shape, (position) => f(...arrays.map((array) => at(array, position))));
}

/** `f` of the elements along `axes`, for every position of the other axes. */
export function reduce(
  x: NdArray,
  axes: readonly number[],
  keepDims: boolean,
  f: (values: number[]) => number,
): NdArray {
  const kept = x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const reduced = x.shape.map((dim, axis) => (axes.includes(axis) ? dim : 1));
  const { data } = build(kept, (position) =>
    f(
      positions(reduced).map((offset) =>
        at(
          x,
          offset.map((o, axis) => o + position[axis]),
        ),
      ),
    ),
  );
  return nd(keepDims ? kept : x.shape.filter((_, axis) => !axes.includes(axis)), data);
}

/** The rows along the last axis. */
export function rowsOf({ shape, data }: NdArray): number[][] {
  const length = shape[shape.length - 1];
  const count = sizeOf(shape.slice(0, -1));
  return Array.from({ length: count }, (_, row) => data.slice(row * length, (row + 1) * length));
}

/** `f` of every row along the last axis, of the same length. */
export function mapRows(f: (row: number[]) => number[], x: NdArray): NdArray {
  return nd(x.shape, rowsOf(x).flatMap(f));
}

/** `f` of the elements along an axis, of the same length, for every position of the other axes. */
export function mapAlong(x: NdArray, axis: number, f: (values: number[]) => number[]): NdArray {
  const lines = new Map<string, number[]>();
  const lineThrough = (position: number[]): number[] =>
    f(
      Array.from({ length: x.shape[axis] }, (_, k) =>
        at(
          x,
          position.map((p, i) => (i === axis ? k : p)),
        ),
      ),
    );
  return build(x.shape, (position) => {
    const key = position.map((p, i) => (i === axis ? 0 : p)).join();
    if (!lines.has(key)) lines.set(key, lineThrough(position));
    return lines.get(key)![position[axis]];
  });
}

export function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
