import type { OptionKind } from "../../../tensor/option-kinds";
import { describeValue } from "../../../tensor/values";
import { fingerprint, sipHash } from "./fingerprint";
import type { Scalar } from "./raw-values";

/** A key of hashes: an integer, or two. */
export type Salt = number | readonly [number, number];

/** Null, for hashes without a key, where it is left out. */
export const salt = (): OptionKind<readonly [number, number] | null> => (given, where, name) => {
  if (given === undefined || given === null) return null;
  const pair: unknown = typeof given === "number" ? [given, given] : given;
  if (Array.isArray(pair) && pair.length === 2 && pair.every(Number.isSafeInteger)) {
    return Object.freeze([...(pair as [number, number])] as const);
  }
  throw new TypeError(
    `${where}: expected an integer, or an array of 2, for ${name} but received ${describeValue(given)}`,
  );
};

/** The bucket of a value, from 0 to `buckets` - 1, as TensorFlow finds it; floats lose their fraction. */
export function bucketOf(
  value: Scalar,
  buckets: number,
  key: readonly [number, number] | null,
): number {
  const text = typeof value === "string" ? value : String(BigInt(Math.trunc(value)));
  const hash = key === null ? fingerprint(text) : sipHash(text, [BigInt(key[0]), BigInt(key[1])]);
  return Number(hash % BigInt(buckets));
}
