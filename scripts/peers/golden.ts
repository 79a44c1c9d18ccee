/** Golden files: small cases of what nabla has, kept for `npm test`. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Case } from "./case";
import type { Outcome } from "./run";

const FOLDER = resolve(__dirname, "..", "..", "test", "golden", "keras");

/** How many cases of each class. */
export const GOLDEN_CASES = 2;

/** The seed of all golden files. */
export const GOLDEN_SEED = 1;

/**
 * Writes test/golden/keras/<group>.jsonl: the cases that agree. Those that nabla has and gets wrong
 * are left out, and the caller says so. Classes that were not drawn stay as they are in the file.
 * @param cases the generator's file, whose lines are kept as they are
 */
export function writeGolden(cases: string, outcomes: readonly Outcome[]): string[] {
  const [header, ...lines] = linesOf(cases);
  const drawn = outcomes.map((outcome, i) => ({ ...outcome, line: lines[i] }));
  const groups = new Set(outcomes.map(({ item }) => item.group));
  return [...groups].flatMap((group) => {
    const ofGroup = drawn.filter(({ item }) => item.group === group);
    const agreeing = ofGroup.filter(({ verdict }) => verdict === "agrees");
    const path = join(FOLDER, `${group}.jsonl`);
    const kept = others(path, new Set(ofGroup.map(({ item }) => item.className)));
    const content = [...kept, ...agreeing.map(({ line }) => line)].sort(byClass);
    if (content.length === 0) return [];
    writeFileSync(path, `${[header, ...content].join("\n")}\n`);
    return [path];
  });
}

/** The lines of a golden file that are of other classes. */
function others(path: string, classes: ReadonlySet<string>): string[] {
  if (!existsSync(path)) return [];
  return linesOf(path)
    .slice(1)
    .filter((line) => !classes.has(caseOf(line).className));
}

function byClass(a: string, b: string): number {
  const [first, second] = [caseOf(a), caseOf(b)];
  if (first.className === second.className) return first.number - second.number;
  return first.className < second.className ? -1 : 1;
}

function caseOf(line: string): Case {
  return JSON.parse(line) as Case;
}

function linesOf(path: string): string[] {
  return readFileSync(path, "utf8").trim().split("\n");
}
