/**
 * Tables for the terminal.
 *
 *   printTable(["layer", "gradient norm"], [["dense1", 0.0312], ["dense2", 1.5e-7]]);
 *
 * Text is flush left, numbers are flush right and given to four digits; pass text for another form.
 */

export type Cell = string | number;

/** Prints a table, with an empty line behind it. */
export function printTable(header: readonly string[], rows: readonly (readonly Cell[])[]): void {
  console.log(`${formatTable(header, rows)}\n`);
}

/** The lines of a table: header, rule, rows. */
export function formatTable(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [header, ...rows.map((row) => row.map(formatCell))];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const isNumeric = header.map((_, column) => rows.some((row) => typeof row[column] === "number"));
  const format = (line: readonly string[]): string =>
    line
      .map((text, i) => (isNumeric[i] ? text.padStart(widths[i]) : text.padEnd(widths[i])))
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return [format(lines[0]), rule, ...lines.slice(1).map(format)].join("\n");
}

function formatCell(cell: Cell): string {
  return typeof cell === "number" ? formatNumber(cell) : cell;
}

/** Four significant digits, integers in full, powers of ten where zeros would pile up. */
export function formatNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e12) return value.toLocaleString("en-US");
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-3) return value.toExponential(2);
  return String(Number(value.toPrecision(4)));
}
