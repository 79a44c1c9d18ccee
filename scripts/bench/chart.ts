/** The report as a chart: times of the steps by contender, cost against depth and width. */

import { type Panel, drawFigure } from "../labs/figure";
import { BRAIN } from "./contenders/names";
import { STEPS } from "./goals";
import type { Report, Row } from "./report";
import { bestRows } from "./tables";

const TIME = { label: "time of a step (µs)", scale: "log" as const };

/**
 * The contenders side by side, a bar for each of the step cases; without brain.js, which has neither
 * minibatches nor their loss.
 */
function stepPanel(rows: readonly Row[]): Panel {
  const best = bestRows(rows).filter((row) => isStep(row) && row.contender !== BRAIN);
  const names = [...new Set(best.map(({ contender }) => contender))];
  const points = (step: string): [number, number][] =>
    best
      .filter((row) => row.case === step)
      .map(({ contender, median }) => [names.indexOf(contender), median!]);
  return {
    title: "one training step, each contender on its best number of threads",
    x: { label: "", scale: "category", categories: names.map(shortName) },
    y: { ...TIME, min: 10 },
    series: STEPS.map((step) => ({
      name: step.replace("step, ", ""),
      style: "bars",
      points: points(step),
    })),
  };
}

/** In two lines, narrow enough to stand beside ten others. */
function shortName(contender: string): string {
  return contender.replace("TensorFlow", "TF").replace(" ", "\n");
}

function isStep(row: Row): boolean {
  return (STEPS as readonly string[]).includes(row.case) && row.median !== null;
}

/** Time against the number behind the case's name: "depth 8". */
function growthPanel(rows: readonly Row[], label: string, title: string): Panel {
  const own = rows.filter((row) => row.case.startsWith(`${label} `) && row.median !== null);
  const lines = new Map<string, [number, number][]>();
  for (const row of own) {
    const name = `${row.contender}, ${row.threads} ${row.threads === 1 ? "thread" : "threads"}`;
    const points = lines.get(name) ?? [];
    points.push([Number(row.case.slice(label.length + 1)), row.median!]);
    lines.set(name, points);
  }
  return {
    title,
    x: { label: label === "depth" ? "layers" : "units of each hidden layer", scale: "log" },
    y: TIME,
    series: [...lines].map(([name, points]) => ({ name, points })),
  };
}

/** "2 cores of an AMD EPYC 7R13, 2026-11-26" */
function machineOf({ processor, cores, date }: Report["environment"]): string {
  const where = `${String(cores)} cores of ${String(processor)}`;
  return typeof date === "string" ? `${where}, ${date}` : where;
}

/** SVG text. */
export function drawReport({ rows, environment }: Report): string {
  const panels = [
    stepPanel(rows),
    growthPanel(rows, "depth", "a step at batch 32 against depth, layers of 64"),
    growthPanel(rows, "width", "a step at batch 32 against width, two hidden layers"),
  ].filter(({ series }) => series.length > 0);
  if (panels.length === 0) throw new Error("the report has no times that a chart could show");
  return drawFigure({ title: `Training steps on ${machineOf(environment)}`, columns: 1, panels });
}
