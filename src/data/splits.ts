/** Samples divided at random: for training and testing, or into folds. */

import { Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import { nextSeed } from "../ops";
import { checkFlag, checkOptions } from "../tensor/options";
import { checkSeed } from "../ops/arguments";
import { checkCount } from "./arguments";
import { RandomStream } from "./random-stream";

/** Options of `kFold`, and of `trainTestSplit`. */
export interface SplitOptions {
  /** Whether rows are drawn at random, rather than taken in their order; true. */
  shuffle?: boolean;
  /** Fixes the draw. Default: follows from `setSeed`. */
  seed?: number;
  /** The class of each row, alone or as a column: each part then has about the same share of every class. */
  stratify?: ArrayLike<unknown>;
}

/** Options of `trainTestSplit`. */
export interface TrainTestSplitOptions extends SplitOptions {
  /** The share of rows in (0, 1), or their number; 0.25. */
  testSize?: number;
}

/** Numbers of rows. */
export interface RowSplit {
  /** Numbers of the rows to train on. */
  readonly train: number[];
  /** Numbers of the rows to test on; none of the former. */
  readonly test: number[];
}

const NAMES = ["shuffle", "seed", "stratify"];

/**
 * Numbers of the rows to train on and of those to test with; no row is in both.
 *
 * ```ts
 * const { train, test } = trainTestSplit(rows.length, { testSize: 0.2, seed: 1 });
 * const trainRows = train.map((i) => rows[i]);
 * ```
 * @param count of the rows
 */
export function trainTestSplit(count: number, options: TrainTestSplitOptions = {}): RowSplit {
  const where = "trainTestSplit";
  checkOptions(options, ["testSize", ...NAMES], where);
  checkRowCount(count, where, 2);
  const { testSize = 0.25 } = options;
  const tested = Number.isInteger(testSize) ? testSize : Math.ceil(testSize * count);
  if (!(testSize > 0 && tested > 0 && tested < count) || (testSize > 1 && tested !== testSize)) {
    throw new RangeError(
      `${where}: expected a share in (0, 1), or a number of rows below ${count}, for testSize but received ` +
        describeValue(testSize),
    );
  }
  const order = orderOf(count, options, where);
  const isTested = new Uint8Array(count);
  if (options.stratify === undefined) {
    const last = options.shuffle === false ? order.slice(count - tested) : order.slice(0, tested);
    for (const row of last) isTested[row] = 1;
  } else {
    const classes = classesOf(order, options.stratify, count, where);
    const shares = sharesOf(
      classes.map((rows) => rows.length),
      tested,
    );
    classes.forEach((rows, i) => rows.slice(0, shares[i]).forEach((row) => (isTested[row] = 1)));
  }
  return {
    train: order.filter((row) => isTested[row] === 0),
    test: order.filter((row) => isTested[row] === 1),
  };
}

/**
 * So many splits, of which each tests with another part of the rows; every row is tested with once.
 * @param count of the rows
 * @param folds at least 2
 */
export function kFold(count: number, folds: number, options: SplitOptions = {}): RowSplit[] {
  checkOptions(options, NAMES, "kFold");
  checkCount(folds, "folds of kFold", 2);
  checkRowCount(count, "kFold", folds);
  const order = orderOf(count, options, "kFold");
  const fold = new Int32Array(count);
  if (options.stratify === undefined) {
    // As even as can be, in the order of the rows: the first folds have a row more.
    let next = 0;
    for (let k = 0; k < folds; k++) {
      const size = Math.floor(count / folds) + (k < count % folds ? 1 : 0);
      for (const row of order.slice(next, next + size)) fold[row] = k;
      next += size;
    }
  } else {
    const rows = classesOf(order, options.stratify, count, "kFold").flat();
    rows.forEach((row, i) => (fold[row] = i % folds));
  }
  return Array.from({ length: folds }, (_, k) => ({
    train: order.filter((row) => fold[row] !== k),
    test: order.filter((row) => fold[row] === k),
  }));
}

/** Rows are told by their number, not as they are. */
function checkRowCount(count: unknown, where: string, least: number): void {
  if (Array.isArray(count)) {
    throw new TypeError(
      `${where}: expected the number of rows for count but received an Array: give rows.length, and take ` +
        "the rows of the numbers that come back, train.map((i) => rows[i])",
    );
  }
  checkCount(count, `count of ${where}`, least);
}

/** The rows, at random or as they are. */
function orderOf(count: number, { shuffle = true, seed }: SplitOptions, where: string): number[] {
  checkFlag(shuffle, where, "shuffle");
  const order = Array.from({ length: count }, (_, i) => i);
  if (seed !== undefined) checkSeed(seed);
  if (!shuffle) return order;
  const random = new RandomStream(seed ?? nextSeed());
  for (let i = count - 1; i > 0; i--) {
    const other = random.below(i + 1);
    [order[i], order[other]] = [order[other], order[i]];
  }
  return order;
}

/** The rows of each class. */
function classesOf(
  order: readonly number[],
  stratify: ArrayLike<unknown>,
  count: number,
  where: string,
): number[][] {
  if ((stratify as unknown) instanceof Tensor) {
    throw new TypeError(
      `${where}: expected an array for stratify but received ${(stratify as unknown as Tensor).describe()}; ` +
        "labels.array() is one",
    );
  }
  if (stratify.length !== count) {
    throw new RangeError(
      `${where}: expected the classes of ${count} rows for stratify but received ${stratify.length}`,
    );
  }
  const classes = new Map<unknown, number[]>();
  for (const row of order) {
    const name = classOf(stratify[row], where, row);
    const rows = classes.get(name);
    if (rows === undefined) classes.set(name, [row]);
    else rows.push(row);
  }
  return [...classes.values()];
}

/** The class of a row, which may be a column's: [1] is 1. */
function classOf(given: unknown, where: string, row: number): unknown {
  const name: unknown = Array.isArray(given) && given.length === 1 ? given[0] : given;
  if (typeof name !== "object" || name === null) return name;
  throw new TypeError(
    `${where}: expected a number or text for stratify[${row}] but received ${describeValue(given)}; of ` +
      "one-hot labels give the classes: labels.argMax(-1).array()",
  );
}

/** `total` in whole shares by size: what is left over goes to the largest remainders. */
function sharesOf(sizes: readonly number[], total: number): number[] {
  const all = sizes.reduce((a, b) => a + b, 0);
  const exact = sizes.map((size) => (size * total) / all);
  const shares = exact.map(Math.floor);
  const order = exact.map((_, i) => i).sort((a, b) => (exact[b] % 1) - (exact[a] % 1));
  let left = total - shares.reduce((a, b) => a + b, 0);
  for (const i of order) if (left-- > 0) shares[i]++;
  return shares;
}
