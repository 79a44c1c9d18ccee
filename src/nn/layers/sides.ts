/** What padding and cropping take: how much, before and behind, along each axis of a picture. */

import type { OptionKind } from "../../tensor/option-kinds";
import { describeValue } from "../../tensor/values";
import type { DataFormat } from "../layer-options";

/** Elements before and behind each axis. */
export type Sides = readonly (readonly [before: number, behind: number])[];

/** What callers pass for them: one number, one an axis, or a pair an axis. */
export type SidesLike = number | readonly number[] | readonly (readonly [number, number])[];

/** The kind of such an option. */
export function sides(rank: number, fallback: SidesLike): OptionKind<Sides> {
  return (given = fallback, where, name) => {
    const pairs = pairsOf(given, rank);
    const isCount = (count: unknown): boolean =>
      Number.isSafeInteger(count) && (count as number) >= 0;
    if (pairs?.every((pair) => pair.length === 2 && pair.every(isCount)) === true) {
      return pairs as unknown as Sides;
    }
    const forms = rank === 1 ? "or a pair of them" : `${rank} of them, or a pair for each axis`;
    throw new TypeError(
      `${where}: expected a non-negative integer, ${forms}, for ${name} but received ` +
        (Array.isArray(given) ? JSON.stringify(given) : describeValue(given)),
    );
  };
}

function pairsOf(given: unknown, rank: number): unknown[][] | undefined {
  if (typeof given === "number") return Array.from({ length: rank }, () => [given, given]);
  if (!Array.isArray(given)) return undefined;
  const items = given as unknown[];
  // Of one axis, two numbers are its two sides.
  const perAxis = rank === 1 && items.length === 2 && !Array.isArray(items[0]) ? [items] : items;
  if (perAxis.length !== rank) return undefined;
  return perAxis.map((item) => (Array.isArray(item) ? (item as unknown[]) : [item, item]));
}

/** A pair for each axis of the input: those of a picture at its place, none elsewhere. */
export function sidesOfInput(pairs: Sides, dataFormat: DataFormat): (readonly [number, number])[] {
  const none = [0, 0] as const;
  return dataFormat === "channelsLast" ? [none, ...pairs, none] : [none, none, ...pairs];
}
