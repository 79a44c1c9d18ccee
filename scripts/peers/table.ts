/** The report: a line a class, then what disagrees. */

import type { Options } from "./case";
import { type Outcome, type Verdict, format } from "./run";

/** Counts of each verdict. */
export function tally(outcomes: readonly Outcome[]): Record<Verdict, number> {
  const counts = { agrees: 0, differs: 0, fails: 0, missing: 0 };
  for (const { verdict } of outcomes) counts[verdict]++;
  return counts;
}

/** "losses: 40 agree, 3 differ, 2 fail, 10 missing" and a line for each class. */
export function table(outcomes: readonly Outcome[]): string {
  return [...grouped(outcomes, ({ item }) => item.group)]
    .map(([group, ofGroup]) => [`${group}: ${counts(ofGroup)}`, ...classLines(ofGroup)].join("\n"))
    .join("\n\n");
}

export function counts(outcomes: readonly Outcome[]): string {
  const { agrees, differs, fails, missing } = tally(outcomes);
  return `${agrees} agree, ${differs} differ, ${fails} fail, ${missing} missing`;
}

function classLines(outcomes: readonly Outcome[]): string[] {
  const classes = [...grouped(outcomes, ({ item }) => item.className)].sort(([a], [b]) =>
    a.localeCompare(b),
  );
  const width = Math.max(...classes.map(([name]) => name.length));
  return classes.flatMap(([name, ofClass]) => classLine(name.padEnd(width), ofClass));
}

function classLine(name: string, outcomes: readonly Outcome[]): string[] {
  const { agrees, missing } = tally(outcomes);
  if (missing === outcomes.length) return [`  ${name}  missing`];
  const wrong = outcomes.filter(({ verdict }) => verdict !== "agrees");
  const worst = largestDeviation(outcomes);
  const line = `  ${name}  ${agrees}/${outcomes.length}  worst ${worst}`;
  return wrong.length === 0 ? [line] : [line, ...example(wrong)];
}

/** The largest deviation of the cases that came to a comparison, beside what it may be. */
function largestDeviation(outcomes: readonly Outcome[]): string {
  const compared = outcomes.flatMap(({ worst }) => (worst ? [worst] : []));
  if (compared.length === 0) return "-";
  const part = ({ deviation, tolerance }: (typeof compared)[0]): number =>
    deviation / (tolerance || 1);
  const worst = compared.reduce((most, next) => (part(next) > part(most) ? next : most));
  return `${format(worst.deviation)} of ${worst.tolerance}`;
}

/** One wrong case, the worst one, with what it takes to see it again. */
function example(wrong: readonly Outcome[]): string[] {
  const rank = ({ verdict, worst }: Outcome): number =>
    verdict === "differs" ? (worst?.deviation ?? 0) : -1;
  const { item, message } = wrong.reduce((most, next) => (rank(next) > rank(most) ? next : most));
  const { args, options, dtype, number } = item;
  const training = "training" in item && item.training ? ", training" : "";
  const call = [...args.map((value) => JSON.stringify(value)), spelled(options)].filter(Boolean);
  return [
    `    case ${number} (${dtype}${training}): (${call.join(", ")})`,
    `      ${message.split("\n")[0].slice(0, 300)}`,
  ];
}

function spelled(options: Options): string {
  const text = Object.entries(options).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return text.join(", ");
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
