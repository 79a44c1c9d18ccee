/**
 * Kinds of options. Whoever takes options says once what each of them may be; checks, defaults and
 * the configuration follow.
 */

import { isFloat, type DType } from "./dtype";
import { checkFlag, checkFunction, checkOptions } from "./options";
import { describeValue } from "./values";

/** Gives the value of an option, or throws; `given` is undefined for one that was left out. */
export type OptionKind<T> = (given: unknown, where: string, name: string) => T;

/** What each option may be, or their names alone. */
export type OptionKinds = Readonly<Record<string, OptionKind<unknown>>>;

/** The values of options of such kinds. */
export type ValuesOf<K extends OptionKinds> = {
  readonly [name in keyof K]: K[name] extends OptionKind<infer T> ? T : never;
};

/**
 * The value of every option, those left out at their defaults. Throws on what is no object, on an
 * option of another name, and on a value that its kind refuses.
 */
export function readOptions<K extends OptionKinds>(
  kinds: K,
  options: object,
  where: string,
): ValuesOf<K> {
  checkOptions(options, Object.keys(kinds), where);
  return valuesOf(kinds, options, where);
}

/** The same without a look at other options. */
export function valuesOf<K extends OptionKinds>(
  kinds: K,
  options: object,
  where: string,
): ValuesOf<K> {
  const given = options as Record<string, unknown>;
  const values = Object.entries(kinds).map(([name, kind]) => [
    name,
    unchanging(kind(given[name], where, name)),
  ]);
  return Object.fromEntries(values) as ValuesOf<K>;
}

/** Lists frozen, lists in them too: copies of those that the caller could still change. */
function unchanging(value: unknown): unknown {
  if (!Array.isArray(value) || Object.isFrozen(value)) return value;
  return Object.freeze(value.map(unchanging));
}

const ANYTHING = (given: unknown): unknown => given;

/** The kinds themselves, or of options that are known by their names alone: whatever is given. */
export function kindsOf(own: OptionKinds | readonly string[]): OptionKinds {
  if (!Array.isArray(own)) return own as OptionKinds;
  return Object.fromEntries((own as readonly string[]).map((name) => [name, ANYTHING]));
}

function refuse(expected: string, given: unknown, where: string, name: string): Error {
  const received = Array.isArray(given) ? `[${described(given)}]` : describeValue(given);
  const message = `${where}: expected ${expected} for ${name} but received ${received}`;
  return typeof given === "number" ? new RangeError(message) : new TypeError(message);
}

/** The items of a list, of a long one the first. */
function described(list: readonly unknown[]): string {
  const few = list.slice(0, 8).map(describeValue);
  return [...few, ...(list.length > few.length ? ["..."] : [])].join(", ");
}

export const flag =
  (fallback?: boolean): OptionKind<boolean> =>
  (given = fallback, where, name) => {
    checkFlag(given, where, name);
    return given;
  };

interface Limits {
  /** Least value, itself allowed. */
  least?: number;
  /** What the value has to exceed. */
  above?: number;
  most?: number;
  below?: number;
}

function within(value: number, { least, above, most, below }: Limits): boolean {
  if (least !== undefined && !(value >= least)) return false;
  if (above !== undefined && !(value > above)) return false;
  if (most !== undefined && !(value <= most)) return false;
  return below === undefined || value < below;
}

/** "a finite number in [0, 1)" */
function describeLimits(what: string, { least, above, most, below }: Limits): string {
  const low = least ?? above;
  const high = most ?? below;
  if (low !== undefined && high !== undefined) {
    const open = least === undefined ? "(" : "[";
    return `${what} in ${open}${low}, ${high}${most === undefined ? ")" : "]"}`;
  }
  if (low !== undefined) return `${what} ${least === undefined ? ">" : ">="} ${low}`;
  if (high !== undefined) return `${what} ${most === undefined ? "<" : "<="} ${high}`;
  return what;
}

/** A finite number; without a default it is required. */
export const number =
  (fallback?: number, limits: Limits = {}): OptionKind<number> =>
  (given = fallback, where, name) => {
    if (typeof given === "number" && Number.isFinite(given) && within(given, limits)) return given;
    throw refuse(describeLimits("a finite number", limits), given, where, name);
  };

export const integer =
  (fallback?: number, limits: Limits = {}): OptionKind<number> =>
  (given = fallback, where, name) => {
    if (Number.isSafeInteger(given) && within(given as number, limits)) return given as number;
    throw refuse(describeLimits("an integer", limits), given, where, name);
  };

/** Such as a number of units. */
export const positiveInteger =
  (fallback?: number): OptionKind<number> =>
  (given = fallback, where, name) => {
    if (Number.isSafeInteger(given) && (given as number) > 0) return given as number;
    throw refuse("a positive integer", given, where, name);
  };

/** A list of integers, such as a shape or axes. */
export const integers =
  (fallback?: readonly number[], limits: Limits = {}): OptionKind<readonly number[]> =>
  (given = fallback, where, name) => {
    const fits = (item: unknown): boolean =>
      Number.isSafeInteger(item) && within(item as number, limits);
    if (Array.isArray(given) && given.every(fits)) return Object.freeze([...(given as number[])]);
    throw refuse(`an array of ${describeLimits("integers", limits)}`, given, where, name);
  };

/** A list of finite numbers. */
export const numbers =
  (limits: Limits = {}): OptionKind<readonly number[]> =>
  (given, where, name) => {
    const fits = (item: unknown): boolean =>
      typeof item === "number" && Number.isFinite(item) && within(item, limits);
    if (Array.isArray(given) && given.every(fits)) return Object.freeze([...(given as number[])]);
    throw refuse(`an array of ${describeLimits("numbers", limits)}`, given, where, name);
  };

/** One of a few words; Keras' spelling with underscores is understood. */
export const choice =
  <T extends string>(choices: readonly T[], fallback?: T): OptionKind<T> =>
  (given = fallback, where, name) => {
    const found = choices.find((word) => typeof given === "string" && isSpelling(given, word));
    if (found !== undefined) return found;
    throw refuse(`one of ${choices.join(", ")}`, given, where, name);
  };

function isSpelling(given: string, word: string): boolean {
  return given.replaceAll("_", "").toLowerCase() === word.toLowerCase();
}

/** What may be null, and is so where it is left out. */
export const optional =
  <T>(kind: OptionKind<T>): OptionKind<T | null> =>
  (given, where, name) =>
    given === undefined || given === null ? null : kind(given, where, name);

/** What may be null, and is `fallback` where it is left out. */
export const nullable =
  <T>(kind: OptionKind<T>, fallback: T): OptionKind<T | null> =>
  (given = fallback, where, name) =>
    given === null ? null : kind(given, where, name);

export const floatDType =
  (fallback: DType): OptionKind<DType> =>
  (given = fallback, where, name) => {
    if (isFloat(given as DType)) return given as DType;
    throw refuse("a float dtype", given, where, name);
  };

export const text =
  (fallback?: string): OptionKind<string> =>
  (given = fallback, where, name) => {
    if (typeof given === "string" && given !== "") return given;
    throw refuse("a string", given, where, name);
  };

export const texts =
  (fallback: readonly string[]): OptionKind<readonly string[]> =>
  (given = fallback, where, name) => {
    const fits = (item: unknown): boolean => typeof item === "string" && item !== "";
    if (Array.isArray(given) && given.every(fits)) return Object.freeze([...(given as string[])]);
    throw refuse("an array of strings", given, where, name);
  };

export const callable =
  <T extends CallableFunction>(): OptionKind<T> =>
  (given, where, name) => {
    checkFunction(given, where, name);
    return given as T;
  };

/** Of random draws; by default the next stream of the library's seed. */
export const seed = (): OptionKind<number | undefined> => (given, where, name) => {
  if (given === undefined || given === null) return undefined;
  if (Number.isSafeInteger(given)) return given as number;
  throw refuse("a safe integer", given, where, name);
};
