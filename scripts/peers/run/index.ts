/** Runs nabla on a case. */

import { setSeed, tidy } from "nabla";
import type { Case } from "../case";
import type { Comparison } from "../compare";
import { Missing } from "../library";
import { runActivation, runConstraint, runLoss, runLossObject, runRegularizer } from "./functions";
import { runGraph } from "./graphs";
import { runInitializer } from "./initializers";
import { runLayer } from "./layers";
import { runPreprocessing } from "./preprocessing";
import { runMetric, runOptimizer, runSchedule } from "./training";

/** How each group runs, and how many cases of it are drawn if nobody says. */
export const GROUPS: Record<string, { run: (item: Case) => Comparison[]; cases: number }> = {
  activations: { run: runActivation, cases: 66 },
  losses: { run: runLoss, cases: 88 },
  "loss-objects": { run: runLossObject, cases: 38 },
  metrics: { run: runMetric, cases: 129 },
  schedules: { run: runSchedule, cases: 24 },
  optimizers: { run: runOptimizer, cases: 91 },
  initializers: { run: runInitializer, cases: 30 },
  regularizers: { run: runRegularizer, cases: 16 },
  constraints: { run: runConstraint, cases: 16 },
  layers: { run: runLayer, cases: 320 },
  preprocessing: { run: runPreprocessing, cases: 64 },
  graphs: { run: runGraph, cases: 30 },
};

export type Verdict = "agrees" | "differs" | "fails" | "missing";

/** What became of a case. */
export interface Outcome {
  item: Case;
  verdict: Verdict;
  /** The comparison that is farthest off for what it may be; none if nabla failed. */
  worst?: Comparison;
  /** What is wrong, in words. */
  message: string;
}

/** Runs one case and compares; what nabla throws is an outcome too. */
export function runCase(item: Case): Outcome {
  try {
    setSeed(item.number + 1);
    const comparisons = tidy(() => GROUPS[item.group].run(item));
    return judged(item, comparisons);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { item, verdict: error instanceof Missing ? "missing" : "fails", message };
  }
}

function judged(item: Case, comparisons: Comparison[]): Outcome {
  const severity = ({ deviation, tolerance }: Comparison): number => deviation / (tolerance || 1);
  const worst = comparisons.reduce((most, next) => (severity(next) > severity(most) ? next : most));
  const isWrong = !(worst.deviation <= worst.tolerance);
  return {
    item,
    verdict: isWrong ? "differs" : "agrees",
    worst,
    message: isWrong ? `${worst.what} is off by ${format(worst.deviation)}: ${worst.detail}` : "",
  };
}

/** "2.1e-5" */
export function format(deviation: number): string {
  return Number.isFinite(deviation) ? deviation.toExponential(1) : "shape, NaN or infinity";
}
