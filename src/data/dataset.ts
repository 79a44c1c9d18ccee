/** Datasets: lazy series of elements for training, with the vocabulary of tf.data. */

import { BY_IDENTITY } from "../tensor/by-identity";
import { tidy } from "../tensor/memory";
import { mapLeaves } from "../tensor/nest";
import { clone, nextSeed } from "../ops";
import { checkFlag, checkFunction, checkOptions } from "../tensor/options";
import { answerToOtherNames } from "../tensor/other-names";
import { outsideRecording } from "../tensor/recorder";
import type { Tensor } from "../tensor/tensor";
import { brand, describeValue } from "../tensor/values";
import { Variable } from "../tensor/variable";
import { checkSeed } from "../ops/arguments";
import { checkCount } from "./arguments";
import { BatchDraw, type BatchIndices, type RowCursor } from "./batch-draw";
import { filter, zip } from "./choosing";
import { collect } from "./collecting";
import { MAX_HELD } from "./element-buffer";
import { ElementIterator, checkNotCapturing } from "./element-iterator";
import {
  type Tensors,
  columnsOf,
  commonRows,
  gatherRows,
  release,
  stackElements,
  toTensors,
} from "./elements";
import { type AnyIterable, checkCreates, checkRecord, fromIterable, ignore } from "./iterables";
import { isTrue, ownedResult, releaseUnless } from "./results";
import * as stream from "./stream";
import type { Stream } from "./stream";
import { prefetch, transformAsync } from "./waiting";

/** Options of `shuffle`. */
export interface ShuffleOptions {
  /** Fixes the order, and that of every later iteration. Default: follows from `setSeed`. */
  seed?: number;
  /** Whether each iteration has an order of its own; true. */
  reshuffleEachIteration?: boolean;
}

/** Options of `batch`. */
export interface BatchOptions {
  /** Whether a last batch of fewer elements is dropped; false. */
  dropRemainder?: boolean;
}

/** Options of `mapAsync`. */
export interface MapAsyncOptions {
  /** How many elements are made at once; 4. */
  numParallelCalls?: number;
}

/** What a nest of datasets yields together. */
export type Zipped<D> = D extends Dataset<infer T> ? T : { -readonly [K in keyof D]: Zipped<D[K]> };

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
export class Dataset<T> implements Iterable<T>, AsyncIterable<T> {
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
   * What an iterable yields, such as a generator's function, async or not. Its length is unknown. The
   * tensors among it are handed over: the dataset frees them.
   * @param create called at the beginning of each iteration
   */
  static fromGenerator<const S>(create: () => AnyIterable<S>): Dataset<Tensors<S>> {
    checkCreates(create, "fromGenerator");
    const convert = (yielded: unknown): unknown =>
      toTensors(yielded, "an element of the generator");
    return new Dataset<Tensors<S>>(fromIterable(create, convert, release), false, undefined);
  }

  /**
   * Records as they are, such as the rows of a table, which hold texts and null too: `filter` chooses
   * among them, `map` makes tensors of them, `group` takes several together.
   *
   *     Dataset.fromRecords(() => csvRecords("houses.csv"))
   *       .filter((house) => house.price !== null)
   *       .map((house) => ({ x: [house.rooms, house.area], y: [house.price] }))
   *       .batch(32);
   * @param create called at the beginning of each iteration; returns an iterable, async or not
   */
  static fromRecords<R>(create: () => AnyIterable<R>): Dataset<R> {
    checkCreates(create, "fromRecords");
    return new Dataset<R>(fromIterable(create, checkRecord, ignore), false, undefined);
  }

  /**
   * Elements of several datasets side by side, in an array or object like that of the datasets, until
   * one of them ends. `Dataset.zip([images, labels])` yields [image, label].
   */
  static zip<const D extends object>(datasets: D): Dataset<Zipped<D>> {
    if (datasets instanceof Dataset) {
      throw new TypeError("zip: expected datasets in brackets, zip([a, b])");
    }
    const parts: Dataset<unknown>[] = [];
    const form = mapLeaves(datasets, (leaf, path) => {
      if (leaf instanceof Dataset) return parts.push(leaf as Dataset<unknown>) - 1;
      throw new TypeError(
        `zip: expected datasets in an array or object but received ${describeValue(leaf)}${path && ` at ${path}`}`,
      );
    });
    if (parts.length === 0) throw new TypeError("zip: expected at least one dataset, zip([a, b])");
    const elements = stream.transform(
      zip(parts.map((part) => part.values())),
      (found) => mapLeaves(form, (place) => found[place as number]) as Zipped<D>,
      release,
    );
    const isBatched = parts.every((part) => part.isBatched);
    const seeds = parts.flatMap((part) => part.seeds);
    return new Dataset<Zipped<D>>(elements, isBatched, undefined, seeds);
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
    if (seed !== undefined) checkSeed(seed);
    const ownSeed = { seed: seed ?? nextSeed() };
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
    const dropRemainder = this.checkBatch(size, options, "batch");
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
    checkFunction(fn, "map", "fn");
    const values = this.values();
    const convert = (element: T): Tensors<U> => {
      try {
        return ownedResult(() => fn(element));
      } finally {
        values.release(element);
      }
    };
    const mapped = stream.transform(values, convert, release);
    return new Dataset<Tensors<U>>(mapped, this.isBatched, undefined, this.seeds);
  }

  /**
   * Each element as the promise of `fn` turns it into another: what reads files or asks servers. Several
   * are made at once; they come in the order of the elements. What `fn` returns is handed over; tensors
   * that it makes besides are its own to free.
   * @throws Error that names the element by its number, from 0, if `fn` fails
   */
  mapAsync<const U>(
    fn: (element: T) => U | PromiseLike<U>,
    options: MapAsyncOptions = {},
  ): Dataset<Tensors<U>> {
    checkFunction(fn, "mapAsync", "fn");
    checkOptions(options, ["numParallelCalls"], "mapAsync");
    const { numParallelCalls = 4 } = options;
    checkCount(numParallelCalls, "numParallelCalls of mapAsync", 1);
    const values = this.values();
    const convert = async (element: T): Promise<unknown> => {
      let result: unknown;
      try {
        result = toTensors(await fn(element), "the result of mapAsync");
        return result;
      } finally {
        releaseUnless(result, element, values);
      }
    };
    const mapped = transformAsync(values, convert, numParallelCalls, release);
    return new Dataset<Tensors<U>>(mapped, this.isBatched, undefined, this.seeds);
  }

  /** The elements for which `predicate` returns true, or a tensor that is not 0. */
  filter(predicate: (element: T) => boolean | Tensor): Dataset<T> {
    checkFunction(predicate, "filter", "predicate");
    const kept = filter(this.values(), (element) => tidy(() => isTrue(predicate(element))));
    return new Dataset<T>(kept, this.isBatched, undefined, this.seeds);
  }

  /** `size` elements at a time, in an array as they are: rows of a table, say, for `map` to take together. */
  group(size: number, options: BatchOptions = {}): Dataset<T[]> {
    const dropRemainder = this.checkBatch(size, options, "group");
    const groups = stream.group(this.values(), size, dropRemainder);
    return new Dataset<T[]>(groups, true, undefined, this.seeds);
  }

  /**
   * Up to `count` elements are read ahead while the last one is in use, where they have to be waited for:
   * after `mapAsync`, and of async iterables. Any other dataset stays as it is; `fit` asks it for the
   * next batch while a step runs. Random numbers that a `map` before it draws come at a time of their own.
   */
  prefetch(count: number): Dataset<T> {
    checkCount(count, "count of prefetch", 0);
    this.checkHeld(count, "count of prefetch");
    return count === 0 ? this : this.rearranged(prefetch(this.elements, count));
  }

  /** Goes through the elements once more. Shuffles that reshuffle take a new order each time. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.iterator(0);
  }

  /** The same with `for await`, which waits for elements that take time. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this.iterateFrom(0);
  }

  /** @internal The same, without the first elements; what a `map` makes of them is not computed. */
  iterateFrom(first: number): AsyncIterableIterator<T> {
    return this.iterator(first).awaited();
  }

  private iterator(first: number): ElementIterator<T> {
    const values = this.values();
    const cursor = values.open(this.nextEpoch());
    if (first > 0) outsideRecording(() => cursor.pass(first));
    return new ElementIterator(cursor, values);
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

  private collect(method: string): Generator<stream.Waiting, T[], void> {
    this.checkFinite(method);
    checkNotCapturing();
    return collect(this.values(), this.nextEpoch(), method);
  }

  /** All elements; they are the caller's. Counts as an iteration. */
  toArray(): T[] {
    const collecting = this.collect("toArray");
    const { done, value } = collecting.next();
    if (done === true) return value;
    collecting.return([]);
    throw new Error(
      "toArray: the dataset waits for its elements; use await toArrayAsync(), or for await...of",
    );
  }

  /** The same of a dataset that waits for its elements. */
  async toArrayAsync(): Promise<T[]> {
    const collecting = this.collect("toArrayAsync");
    for (;;) {
      const { done, value } = collecting.next();
      if (done === true) return value;
      await value.ready;
    }
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
    return new BatchDraw(this.elements.open(epoch) as RowCursor, this.length);
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

  private checkBatch(size: number, options: BatchOptions, method: string): boolean {
    checkOptions(options, ["dropRemainder"], method);
    const { dropRemainder = false } = options;
    checkFlag(dropRemainder, method, "dropRemainder");
    checkCount(size, `size of ${method}`, 1);
    this.checkHeld(size, `size of ${method}`, MAX_BATCH);
    return dropRemainder;
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

export interface DatasetStanding {
  readonly iteration: number;
  readonly seeds: readonly number[];
}

brand(Dataset);
answerToOtherNames(Dataset.prototype);
answerToOtherNames(Dataset);

/** The most rows of a batch, whose numbers stand in one array of JavaScript. */
const MAX_BATCH = 2 ** 26;

/** Row numbers are int32, and so are the places where batches begin among those that are drawn. */
const MAX_INDICES = 2 ** 31 - 1;
