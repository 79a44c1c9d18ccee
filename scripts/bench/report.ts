/** What a run of the benchmark found: rows of times, and one ratio for each goal. */

import type { Contender } from "./contenders/contender";
import { type Bound, GOALS, type Goal } from "./goals";
import { type Result, medianTime } from "./race";
import { median } from "./statistics";

/** Times in microseconds of one unit; null for a contender that is not to be had. */
export interface Row {
  case: string;
  contender: string;
  version: string | null;
  threads: number;
  median: number | null;
  min: number | null;
  max: number | null;
  /** Mean loss of the first batch after 100 steps, of a convolutional network after 20. */
  loss?: number;
  /** Median of the test accuracies. */
  accuracy?: number;
  note?: string;
}

export interface Ratio {
  name: string;
  /** Null if it could not be measured. */
  value: number | null;
  unit?: string;
  bound: Bound;
  required: number | null;
  goal: number | null;
  /** Whether what is required holds; the goal, where nothing is required. */
  met: boolean;
  goalMet: boolean;
  note?: string;
}

export interface Finding {
  value: number | null;
  /** In place of the goal's, where the bound depends on what was found. */
  required?: number;
  note?: string;
}

export interface Report {
  environment: Record<string, unknown>;
  rows: Row[];
  ratios: Ratio[];
}

export function rowOf(name: string, result: Result): Row {
  const { contender, times, loss, accuracies, note } = result;
  const all = times?.flat() ?? [];
  const isEmpty = all.length === 0;
  return {
    case: name,
    ...described(contender),
    median: isEmpty ? null : medianTime(result),
    min: isEmpty ? null : Math.min(...all),
    max: isEmpty ? null : Math.max(...all),
    ...(loss !== undefined && { loss }),
    ...(accuracies.length > 0 && { accuracy: median(accuracies) }),
    ...(note !== undefined && { note }),
  };
}

function described({
  name,
  version,
  threads,
}: Contender): Pick<Row, "contender" | "version" | "threads"> {
  return { contender: name, version, threads };
}

function holds(value: number | null, bound: Bound, limit: number | null): boolean {
  if (value === null || !Number.isFinite(value)) return false;
  if (limit === null) return true;
  return bound === "at most" ? value <= limit : value >= limit;
}

function ratioOf(goal: Goal, finding: Finding | undefined): Ratio {
  const { value = null, note } = finding ?? { note: "not measured" };
  const required = finding?.required ?? goal.required;
  const wanted = goal.goal ?? required;
  return {
    name: goal.name,
    value,
    ...(goal.unit && { unit: goal.unit }),
    bound: goal.bound,
    required,
    goal: wanted,
    met: holds(value, goal.bound, required ?? wanted),
    goalMet: holds(value, goal.bound, wanted),
    ...(note !== undefined && { note }),
  };
}

/** Collects what the cases find. */
export class Findings {
  readonly rows: Row[] = [];
  private readonly byGoal = new Map<string, Finding>();

  addRows(name: string, results: readonly Result[]): void {
    for (const result of results) this.rows.push(rowOf(name, result));
  }

  /** @param goal the name of one of `GOALS` */
  set(goal: string, finding: Finding | number | null): void {
    if (!GOALS.some(({ name }) => name === goal)) throw new Error(`no goal is named "${goal}"`);
    const isPlain = finding === null || typeof finding === "number";
    this.byGoal.set(goal, isPlain ? { value: finding } : finding);
  }

  /** One ratio for every goal, measured or not. */
  ratios(): Ratio[] {
    return GOALS.map((goal) => ratioOf(goal, this.byGoal.get(goal.name)));
  }
}
