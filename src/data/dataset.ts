/** Datasets: lazy series of elements for training, with the vocabulary of tf.data. */

import { BY_IDENTITY } from "../tensor/by-identity";
import { tidy } from "../tensor/memory";
import { mapLeaves } from "../tensor/nest";
import { clone, nextSeed } from "../ops";
import { checkFlag, checkOptions } from "../tensor/options";
import { outsideRecording, recorder } from "../tensor/recorder";
import type { Tensor } from "../tensor/tensor";
import { brand, describeValue } from "../tensor/values";
import { Variable } from "../tensor/variable";
import { checkCount, checkSeed } from "./arguments";
import { BatchDraw, type BatchIndices } from "./batch-draw";
import { MAX_HELD } from "./element-buffer";
import {
  type Tensors,
  commonRows,
  gatherRows,
  release,
  stackElements,
  toTensors,
} from "./elements";
import * as stream from "./stream";
import type { Cursor, Stream } from "./stream";

export interface ShuffleOptions {
  /** Fixes the order, and that of every later iteration. Default: follows from `setSeed`. */
  seed?: number;
  /** Whether each iteration has an order of its own; true. */
  reshuffleEachIteration?: boolean;
}

export interface BatchOptions {
  /** Whether a last batch of fewer elements is dropped; false. */
  dropRemainder?: boolean;
}

/**
 * A series of elements: tensors, alone or nested in arrays and plain objects. Go through it with
 * `for...of`, any number of times:
 *
 *     const trainSet = Dataset.fromTensorSlices([images, labels]).shuffle(1024).batch(32);
 *     for (const [x, y] of trainSet) trainStep(x, y);
 *
 * An iterator owns what it yields and frees it when it moves on or ends: use an element within its
 * round of the loop, or keep a `clone()`.
 *
 * Over tensors in memory `take`, `skip`, `shuffle`, `repeat` and `batch` rearrange row numbers and
 * copy nothing; each element is gathered from the tensors when its turn comes.
 */
export class Dataset<T> implements Iterable<T> {
  /** @internal */
  get [BY_IDENTITY](): true {
    return true;
  }

  private epochs = 0;

  /**
   * @param elements the elements; if there is a source, the numbers of its rows: one, or if batched
   *   an array of several
   */
  private constructor(
    private readonly elements: Stream<unknown>,
    /** Whether elements are batches. */
    readonly isBatched: boolean,
    /** The tensors whose rows the elements are, if they are in memory and no `map` changes them. */
    readonly source: T | undefined,
    /** Those of all shuffles, in their order. */
    private readonly seeds: readonly stream.ShuffleSeed[] = [],
  ) {}

  /**
   * The rows of a tensor, or of several in an array or plain object, nested at will. Instead of a
   * tensor there may be a typed array or nested arrays of numbers (float32); an array of numbers
   * and arrays of numbers alone is one tensor. Tensors are referred to, not copied: do not dispose
   * of them while the dataset is in use.
   * @throws RangeError if the numbers of rows differ
   */
  static fromTensorSlices<const S>(slices: S): Dataset<Tensors<S>> {
    const argument = "slices";
    // What is made here lives as long as the dataset, whatever scope surrounds the call.
    const source = outsideRecording(() => {
      const tensors = columnsOf(slices, argument);
      return mapLeaves(tensors, (leaf) => (leaf instanceof Variable ? clone(leaf) : leaf));
    });
    const count = commonRows(source, argument);
    if (count > MAX_INDICES) {
      throw new RangeError(`expected at most ${MAX_INDICES} rows for slices but received ${count}`);
    }
    return new Dataset(stream.range(count), false, source as Tensors<S>);
  }

  /**
   * What an iterable yields, such as a generator's function. Its length is unknown. The tensors
   * among it are handed over: the dataset frees them.
   * @param create called at the beginning of each iteration
   */
  static fromGenerator<const S>(create: () => Iterable<S>): Dataset<Tensors<S>> {
    checkFunction(create, "create");
    const elements = stream.fromIterable(
      () => checkIterable(create()),
      (yielded) => toTensors(yielded, "an element of the generator"),
      release,
    );
    return new Dataset<Tensors<S>>(elements, false, undefined);
  }

  /** Number of elements; Infinity if it has no end, NaN if it is not known. */
  get length(): number {
    return this.elements.length;
  }

  /** The first `count` elements, or all if there are fewer or `count` is -1. */
  take(count: number): Dataset<T> {
    const taken = count === -1 ? Infinity : checkCount(count, "count of take", 0);
    return this.rearranged(stream.take(this.elements, taken));
  }

  /** All but the first `count` elements. */
  skip(count: number): Dataset<T> {
    return this.rearranged(stream.skip(this.elements, checkCount(count, "count of skip", 0)));
  }

  /**
   * Random order by tf.data's rule: a buffer holds the next `bufferSize` elements, each result is
   * drawn from it uniformly and replaced by the next element. Only a buffer as large as the dataset
   * shuffles it uniformly.
   */
  shuffle(bufferSize: number, options: ShuffleOptions = {}): Dataset<T> {
    checkOptions(options, ["seed", "reshuffleEachIteration"], "shuffle");
    const { seed, reshuffleEachIteration = true } = options;
    checkFlag(reshuffleEachIteration, "shuffle", "reshuffleEachIteration");
    checkCount(bufferSize, "bufferSize of shuffle", 1);
    this.checkHeld(bufferSize, "bufferSize of shuffle");
    const ownSeed = { seed: seed === undefined ? nextSeed() : checkSeed(seed) };
    const shuffled = stream.shuffle(this.elements, bufferSize, ownSeed, reshuffleEachIteration);
    return new Dataset(shuffled, this.isBatched, this.source, [...this.seeds, ownSeed]);
  }

  /** The series `count` times over, or without end. After `shuffle` each round has its own order. */
  repeat(count = Infinity): Dataset<T> {
    const endless = count === Infinity || count === -1;
    const rounds = endless ? Infinity : checkCount(count, "count of repeat", 0);
    return this.rearranged(stream.repeat(this.elements, rounds));
  }

  /** `size` elements at a time: tensors with a new leading axis. The last batch may be smaller. */
  batch(size: number, options: BatchOptions = {}): Dataset<T> {
    checkOptions(options, ["dropRemainder"], "batch");
    const { dropRemainder = false } = options;
    checkFlag(dropRemainder, "batch", "dropRemainder");
    checkCount(size, "size of batch", 1);
    this.checkHeld(size, "size of batch", MAX_BATCH);
    if (this.source !== undefined && !this.isBatched) {
      const groups = stream.group(this.elements as Stream<number>, size, dropRemainder);
      return new Dataset(groups, true, this.source, this.seeds);
    }
    const groups = stream.transform(
      stream.group(this.values(), size, dropRemainder),
      stackElements,
      release,
    );
    return new Dataset<T>(groups, true, undefined, this.seeds);
  }

  /**
   * Each element as `fn` turns it into another. `fn` runs in a `tidy` of its own and may return
   * numbers and arrays in place of tensors.
   */
  map<const U>(fn: (element: T) => U): Dataset<Tensors<U>> {
    checkFunction(fn, "fn");
    const convert = (element: T): Tensors<U> => {
      try {
        return ownedResult(() => fn(element));
      } finally {
        release(element);
      }
    };
    const mapped = stream.transform(this.values(), convert, release);
    return new Dataset<Tensors<U>>(mapped, this.isBatched, undefined, this.seeds);
  }

  /** Goes through the elements once more. Shuffles that reshuffle take a new order each time. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.iterateFrom(0);
  }

  /** @internal The same, without the first elements; what a `map` makes of them is not computed. */
  iterateFrom(first: number): IterableIterator<T> {
    const cursor = this.values().open(this.nextEpoch());
    if (first > 0) outsideRecording(() => cursor.pass(first));
    return new ElementIterator(cursor);
  }

  /** @internal The number of the next iteration, and the seeds of the shuffles. */
  get standing(): DatasetStanding {
    return { iteration: this.epochs, seeds: this.seeds.map(({ seed }) => seed) };
  }

  /** @internal Goes on as a dataset that was made alike stood. */
  restore({ iteration, seeds }: DatasetStanding): void {
    if (seeds.length !== this.seeds.length) {
      throw new Error(
        `expected a dataset with ${seeds.length} shuffles, as in the run that is resumed, but received one ` +
          `with ${this.seeds.length}`,
      );
    }
    this.epochs = iteration;
    this.seeds.forEach((own, i) => (own.seed = seeds[i]));
  }

  /** All elements; they are the caller's. Counts as an iteration. */
  toArray(): T[] {
    this.checkFinite("toArray");
    checkNotCapturing();
    const values = this.values();
    const limit = MAX_HELD / values.weight;
    if (this.length > limit) throw tooMany("toArray", limit, this.length);
    const cursor = values.open(this.nextEpoch());
    const elements: T[] = [];
    try {
      for (let element; (element = cursor.next()) !== undefined;) {
        elements.push(element);
        if (elements.length > limit) throw tooMany("toArray", limit, "more");
      }
    } catch (error) {
      release(elements);
      throw error;
    } finally {
      cursor.close();
    }
    return elements;
  }

  /**
   * The number of the next iteration, from 0, which counts as begun. Iteration e of a dataset has
   * the same order in every run of the program that fixes the seed.
   */
  nextEpoch(): number {
    return this.epochs++;
  }

  /**
   * The rows of every batch of an iteration, for loops that gather the batches themselves.
   * @param epoch the iteration's number; by default that of the next, which thus counts as begun
   * @param spent what an earlier call returned and nobody needs any more: its arrays are used again
   * @throws Error unless the dataset has a `source`, is batched and ends
   */
  batchIndices(epoch = this.nextEpoch(), spent?: BatchIndices): BatchIndices {
    this.checkRowBatches("batchIndices");
    if (this.length * this.elements.weight > MAX_INDICES) {
      throw new RangeError(
        `batchIndices: expected at most ${MAX_INDICES} rows and batches but the dataset has ` +
          `${this.length} batches; use drawBatches()`,
      );
    }
    checkCount(epoch, "epoch of batchIndices", 0);
    return this.drawBatches(epoch).draw(Infinity, spent);
  }

  /**
   * The same rows in pieces as large as is asked for: however often the dataset repeats its rows, no
   * more than a piece is held.
   * @param epoch the iteration's number; by default that of the next, which thus counts as begun
   * @throws Error unless the dataset has a `source`, is batched and ends
   */
  drawBatches(epoch = this.nextEpoch()): BatchDraw {
    this.checkRowBatches("drawBatches");
    checkCount(epoch, "epoch of drawBatches", 0);
    return new BatchDraw((this.elements as Stream<number[]>).open(epoch), this.length);
  }

  private checkRowBatches(method: string): void {
    if (this.source === undefined || !this.isBatched) {
      throw new Error(`${method} expects a dataset of batches over tensors, without a map`);
    }
    this.checkFinite(method);
  }

  private rearranged(elements: Stream<unknown>): Dataset<T> {
    return new Dataset(elements, this.isBatched, this.source, this.seeds);
  }

  /** The elements themselves, where `elements` has row numbers. */
  private values(): Stream<T> {
    const { source } = this;
    if (source === undefined) return this.elements as Stream<T>;
    const rows = this.elements as Stream<number | number[]>;
    return stream.transform(rows, (index) => gatherRows(source, index), release);
  }

  /** Throws if so many elements, or all if there are fewer, take more memory than they may. */
  private checkHeld(count: number, argument: string, most = Infinity): void {
    // What the rows of tensors in memory take once is never too much beside the tensors.
    const rows = this.source === undefined ? 0 : commonRows(this.source, "source");
    const limit = Math.min(Math.floor(Math.max(MAX_HELD, rows) / this.elements.weight), most);
    if (!(Math.min(count, this.length) > limit)) return; // the length may be NaN
    throw new RangeError(
      `expected at most ${limit} for ${argument}, since so many elements are held at once, but ` +
        `received ${count} for a dataset of ${this.length} elements`,
    );
  }

  private checkFinite(method: string): void {
    if (this.length !== Infinity) return;
    throw new RangeError(`${method} expects a dataset that ends but this one does not; use take()`);
  }
}

/** The tensors of slices; an array of arrays that are not one tensor is told how columns are given. */
function columnsOf(slices: unknown, argument: string): unknown {
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

export interface DatasetStanding {
  readonly iteration: number;
  readonly seeds: readonly number[];
}

brand(Dataset);

/** Hands out the elements of a dataset and frees each when the next is asked for. */
class ElementIterator<T> implements IterableIterator<T, undefined> {
  private current: T | undefined;
  private ended = false;

  constructor(private readonly cursor: Cursor<T>) {}

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<T, undefined> {
    checkNotCapturing();
    this.releaseCurrent();
    if (this.ended) return END;
    try {
      // The iterator owns what it yields, not the scope or tape around the loop.
      this.current = outsideRecording(() => this.cursor.next());
    } catch (error) {
      this.return();
      throw error;
    }
    return this.current === undefined ? this.return() : { done: false, value: this.current };
  }

  /** Called when a loop is left early. */
  return(): IteratorResult<T, undefined> {
    this.releaseCurrent();
    if (!this.ended) this.cursor.close();
    this.ended = true;
    return END;
  }

  private releaseCurrent(): void {
    if (this.current !== undefined) release(this.current);
    this.current = undefined;
  }
}

/** The most rows of a batch, whose numbers stand in one array of JavaScript. */
const MAX_BATCH = 2 ** 26;

/** Row numbers are int32, and so are the places where batches begin among those that are drawn. */
const MAX_INDICES = 2 ** 31 - 1;

const END = { done: true, value: undefined } as const;

/** What `fn` returns, as tensors that belong to no one else. */
function ownedResult<U>(fn: () => U): Tensors<U> {
  return tidy(() => {
    const tensors = toTensors(fn(), "the result of map");
    // Copies, since `fn` may return its argument, or a tensor that others use too.
    return mapLeaves(tensors, (leaf) => clone(leaf as Tensor)) as Tensors<U>;
  });
}

function tooMany(method: string, limit: number, found: number | string): Error {
  return new RangeError(
    `${method}: expected at most ${limit} elements but the dataset has ${found}; use take(), or ` +
      "go through it with for...of",
  );
}

function checkNotCapturing(): void {
  if (recorder.capture === null) return;
  throw new Error(
    "a dataset cannot be iterated in a function that jit captures: the plan would hold the " +
      "elements of that one iteration. Iterate outside and pass each element to the function",
  );
}

function checkFunction(value: unknown, argument: string): void {
  if (typeof value === "function") return;
  throw new TypeError(`expected a function for ${argument} but received ${describeValue(value)}`);
}

function checkIterable<S>(value: Iterable<S>): Iterable<S> {
  const isIterable =
    typeof (value as Partial<Iterable<S>> | undefined)?.[Symbol.iterator] === "function";
  if (isIterable) return value;
  throw new TypeError(
    `expected a function that returns an iterable for create but it returned ${describeValue(value)}`,
  );
}
