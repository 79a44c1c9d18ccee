/**
 * Shapes of late, each as one frozen list that many tensors share: the same shape is most often the
 * same object.
 */

/** Frozen wherever the library hands one out; one that a caller passes is copied. */
export type Shape = readonly number[];

/** Instead of a size that only a run tells, in `words`; in shapes it is null. */
export const UNKNOWN = -1;

interface KnownShape {
  readonly shape: Shape;
  /** The sizes once more: V8 takes four times as long to read frozen lists. */
  readonly sizes: readonly number[];
}

/** By a number made of the sizes. */
const known = new Array<KnownShape | undefined>(256).fill(undefined);

/** The shape of so many sizes from position `at` on. */
export function shapeFrom(words: Float64Array, at: number, rank: number): Shape {
  let place = rank;
  for (let axis = 0; axis < rank; axis++) place = (place * 31 + (words[at + axis] | 0)) & 255;
  const found = known[place];
  if (found !== undefined && isAt(words, at, rank, found.sizes)) return found.shape;
  const sizes = Array.from(words.subarray(at, at + rank), (size) => size + 0); // -0, which equals 0, becomes 0
  const shape = sizes.map((size) => (size === UNKNOWN ? (null as unknown as number) : size));
  known[place] = { shape: Object.freeze(shape), sizes };
  return shape;
}

function isAt(words: Float64Array, at: number, rank: number, sizes: readonly number[]): boolean {
  if (sizes.length !== rank) return false;
  for (let axis = 0; axis < rank; axis++) if (sizes[axis] !== words[at + axis]) return false;
  return true;
}

const scratch = new Float64Array(16);

/** A shape that nobody can change. */
export function frozen(shape: Shape): Shape {
  if (shape.length > scratch.length) return Object.freeze([...shape]);
  for (let axis = 0; axis < shape.length; axis++) scratch[axis] = shape[axis] ?? UNKNOWN;
  return shapeFrom(scratch, 0, shape.length);
}
