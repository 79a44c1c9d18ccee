/** The report as tables, for the terminal and for the README. */

import type { Ratio, Report, Row } from "./report";

/** Three significant digits, with thousands separated. */
export function formatFigure(value: number | null): string {
  if (value === null) return "absent";
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  if (value !== 0 && Math.abs(value) < 0.01) return value.toExponential(1);
  return value.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

function formatBound({ bound, unit }: Ratio, limit: number | null): string {
  if (limit === null) return "";
  return `${bound} ${limit}${unit === undefined ? "" : ` ${unit}`}`;
}

export const ROW_HEADER = ["case", "contender", "threads", "median µs", "min", "max", "note"];

export function rowCells(row: Row): string[] {
  return [
    row.case,
    row.contender,
    String(row.threads),
    formatFigure(row.median),
    row.min === null ? "" : formatFigure(row.min),
    row.max === null ? "" : formatFigure(row.max),
    row.note ?? "",
  ];
}

export const RATIO_HEADER = ["", "value", "required", "goal", "met", "note"];

export function ratioCells(ratio: Ratio): string[] {
  return [
    ratio.name,
    `${formatFigure(ratio.value)}${ratio.value !== null && ratio.unit ? ` ${ratio.unit}` : ""}`,
    formatBound(ratio, ratio.required),
    formatBound(ratio, ratio.goal),
    ratio.met ? (ratio.goalMet ? "yes, goal" : "yes") : "NO",
    ratio.note ?? "",
  ];
}

/** The ratios that were measured; the others' names, in one line. */
export function splitRatios(ratios: readonly Ratio[]): { measured: Ratio[]; leftOut: string } {
  const names = ratios.filter(({ value }) => value === null).map(({ name }) => name);
  return {
    measured: ratios.filter(({ value }) => value !== null),
    leftOut: names.length === 0 ? "" : `Not measured: ${names.join("; ")}.`,
  };
}

/** Each contender at its best number of threads. */
export function bestRows(rows: readonly Row[]): Row[] {
  const best = new Map<string, Row>();
  for (const row of rows) {
    const key = `${row.case}\n${row.contender}`;
    const known = best.get(key);
    if (known === undefined || (row.median ?? Infinity) < (known.median ?? Infinity)) {
      best.set(key, row);
    }
  }
  return [...best.values()];
}

function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The cases side by side, a contender a row: its median microseconds at its best threads. */
export function timesByCase(
  rows: readonly Row[],
  cases: readonly string[],
): { header: string[]; rows: string[][] } {
  const best = bestRows(rows.filter((row) => cases.includes(row.case)));
  const names = [...new Set(best.map(({ contender }) => contender))];
  const cell = (contender: string, name: string): string => {
    const row = best.find((row) => row.contender === contender && row.case === name);
    if (row === undefined) return "";
    return row.median === null ? "absent" : `${formatFigure(row.median)} (${row.threads})`;
  };
  const present = cases.filter((name) => best.some((row) => row.case === name));
  return {
    header: ["µs (threads)", ...present],
    rows: names.map((contender) => [contender, ...present.map((name) => cell(contender, name))]),
  };
}

/** The README's figures from a report. */
export function markdown({ environment, rows, ratios }: Report, cases: readonly string[]): string {
  const times = timesByCase(rows, cases);
  const { measured, leftOut } = splitRatios(ratios);
  const goals = measured.map((ratio) => ratioCells(ratio).slice(0, 5));
  const versions = Object.entries(environment.versions as Record<string, string | null>)
    .map(([name, version]) => `${name} ${version ?? "absent"}`)
    .join(", ");
  return [
    `${String(environment.processor)}, ${String(environment.cores)} cores, ${String(environment.system)}, ` +
      `Node.js ${String(environment.node)}, ${String(environment.dtype)}, ${String(environment.dataset)}; ` +
      `medians of ${String(environment.runs)} runs of ${String(environment.rounds)} rounds. ${versions}.`,
    markdownTable(times.header, times.rows),
    markdownTable(["", "value", "required", "goal", "met"], goals),
    ...(leftOut === "" ? [] : [leftOut]),
  ].join("\n\n");
}
