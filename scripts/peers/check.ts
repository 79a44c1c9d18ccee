/**
 * Compares nabla with Keras 3 on random cases: `npm run check:peers -- --help`. README.md tells how
 * cases are drawn, run and compared.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { type CaseFile, readCases } from "./case";
import { type Request, generate, keras } from "./environment";
import { GOLDEN_CASES, GOLDEN_SEED, writeGolden } from "./golden";
import { GROUPS, type Outcome, runCase } from "./run";
import { counts, table, tally } from "./table";

interface Options {
  seed?: number;
  cases?: number;
  only?: string[];
  class?: string[];
  case?: number;
  load?: string;
  save?: string;
  json?: string;
  golden?: boolean;
  strict?: boolean;
  python: string;
}

function parse(): Options {
  const command = new Command("check:peers")
    .description("Compares nabla with Keras 3 on random cases; a difference makes it fail.")
    .option("--seed <n>", "of the cases; a fresh one by default, which is printed", wholeNumber)
    .option("--cases <n>", "cases a group; by default as many as the group deserves", wholeNumber)
    .option("--only <groups>", `these groups: ${Object.keys(GROUPS).join(", ")}`, groupNames)
    .option("--class <names>", "these classes or functions, as Keras spells them", names)
    .option("--case <n>", "this case of each class, with the seed that showed it", wholeNumber)
    .option("--save <file>", "keeps the cases with Keras' answers")
    .option("--load <file>", "takes cases that were kept, and needs no Python")
    .option("--json <file>", "writes the verdict of each case")
    .option("--golden", "rewrites test/golden/keras from small cases of what nabla has")
    .option("--strict", "fails also on what nabla does not have")
    .option("--python <command>", "to make Keras' environment with", "python3");
  return command.parse().opts();
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError("expected a whole number");
}

function names(text: string): string[] {
  return text.split(",");
}

function groupNames(text: string): string[] {
  const unknown = names(text).filter((name) => !Object.hasOwn(GROUPS, name));
  if (unknown.length === 0) return names(text);
  throw new InvalidArgumentError(`expected some of ${Object.keys(GROUPS).join(", ")}`);
}

/** What is asked of Keras. Golden files have so many cases a class, others so many a group. */
function request(options: Options): Request {
  const wanted = Object.entries(GROUPS).filter(([name]) => options.only?.includes(name) ?? true);
  const number = (name: string): number => options.cases ?? GROUPS[name].cases;
  const casesOf = (name: string): number => (options.golden ? -GOLDEN_CASES : number(name));
  return {
    seed: options.seed ?? (options.golden ? GOLDEN_SEED : Math.floor(Math.random() * 1e9)),
    groups: Object.fromEntries(wanted.map(([name]) => [name, casesOf(name)])),
    classes: options.class ?? [],
    number: options.case,
    small: options.golden ?? false,
  };
}

/** Calls `use` with a file of cases that Keras answered. */
function withCases<T>(options: Options, use: (path: string) => T): T {
  if (options.load) return use(options.load);
  const folder = mkdtempSync(join(tmpdir(), "nabla-peers-"));
  try {
    const path = options.save ?? join(folder, "cases.jsonl");
    const asked = request(options);
    console.error(`nabla: seed ${asked.seed}`);
    generate(keras(options.python), asked, path);
    return use(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function selected({ header, cases }: CaseFile, { only, class: classes }: Options): CaseFile {
  const chosen = cases.filter(
    ({ group, className }) =>
      (only?.includes(group) ?? true) && (classes?.includes(className) ?? true),
  );
  return { header, cases: chosen };
}

function check(path: string, options: Options): Outcome[] {
  const { header, cases } = selected(readCases(path), options);
  const outcomes = cases.map(runCase);
  console.log(table(outcomes));
  console.log(`\nKeras ${header.keras}, seed ${header.seed}: ${counts(outcomes)}`);
  if (options.golden) {
    for (const file of writeGolden(path, outcomes)) console.log(relative(process.cwd(), file));
  }
  return outcomes;
}

function main(): void {
  const options = parse();
  const outcomes = withCases(options, (path) => check(path, options));
  if (options.json) {
    const lines = outcomes.map(({ item: { group, className, number }, ...rest }) => ({
      ...{ group, className, number },
      ...rest,
    }));
    writeFileSync(options.json, `${JSON.stringify(lines, null, 1)}\n`);
  }
  const { differs, fails, missing } = tally(outcomes);
  if (differs + fails > 0 || (options.strict && missing > 0)) process.exitCode = 1;
}

main();
