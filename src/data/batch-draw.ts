/** The rows of batches as numbers, drawn piece by piece. */

/** The batches of an iteration, as the numbers of their rows. */
export interface RowCursor {
  /** The next batch; undefined at the end. */
  next(): number[] | undefined;
  pass(count: number): void;
}

/** The rows of every batch of an epoch: batch b has indices[offsets[b]] to indices[offsets[b + 1] - 1]. */
export interface BatchIndices {
  /** Row numbers in the dataset's source, batch after batch. */
  readonly indices: Int32Array;
  /** Where each batch begins, and at last where the last one ends: [batches + 1]. */
  readonly offsets: Int32Array;
}

const NOTHING: BatchIndices = { indices: new Int32Array(0), offsets: new Int32Array(0) };

/** The batches of one iteration of a dataset. */
export class BatchDraw {
  private drawn = 0;

  /** @param batches how many batches the cursor gives */
  constructor(
    private readonly cursor: RowCursor,
    private readonly batches: number,
  ) {}

  /** True if all batches have been drawn. */
  get isOver(): boolean {
    return this.drawn >= this.batches;
  }

  /** Passes over the next batches. */
  pass(batches: number): void {
    this.cursor.pass(batches);
    this.drawn += batches;
  }

  /**
   * The next batches: until they have `rows` rows or more, or all that are left.
   * @param spent what an earlier call returned and nobody needs any more: its arrays are used again
   */
  draw(rows = Infinity, spent?: BatchIndices): BatchIndices {
    let { indices, offsets } = spent ?? NOTHING;
    let [count, filled] = [0, 0];
    // Each batch is written down at once: what is kept of none leaves V8's young generation small.
    for (let batch; filled < rows && !this.isOver && (batch = this.cursor.next()) !== undefined;) {
      const left = this.batches - this.drawn++;
      const { length } = batch;
      const alike = Math.min(left, Math.ceil((rows - filled) / length)); // batches still to come
      indices = withRoom(indices, filled, length, length * alike);
      offsets = withRoom(offsets, count + 1, 1, alike);
      indices.set(batch, filled);
      filled += length;
      offsets[++count] = filled;
    }
    if (count === 0) return { indices: new Int32Array(0), offsets: new Int32Array(1) };
    return { indices: trimmed(indices, filled), offsets: trimmed(offsets, count + 1) };
  }
}

/** Room for `count` numbers behind the first `filled`; if it has to be made, for those expected. */
function withRoom(
  numbers: Int32Array,
  filled: number,
  count: number,
  expected = count,
): Int32Array {
  if (filled + count <= numbers.length) return numbers;
  const whole = new Int32Array(numbers.buffer); // it may have been trimmed
  if (filled + count <= whole.length) return whole;
  const larger = new Int32Array(filled + expected);
  if (filled > 0) larger.set(whole.subarray(0, filled));
  return larger;
}

function trimmed(numbers: Int32Array, length: number): Int32Array {
  return numbers.length === length ? numbers : numbers.subarray(0, length);
}
