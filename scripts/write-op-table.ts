// Writes src/ops/op-table.ts: the native op table as types, so that the TypeScript build needs no
// addon. To be run after a row was added or changed; a test compares.
//
//   npx ts-node scripts/write-op-table.ts

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type NativeOp, native } from "../src/addon/native";

/** The text of src/ops/op-table.ts. */
export function opTableText(ops: readonly NativeOp[]): string {
  const sorted = [...ops].sort((a, b) => (a.name < b.name ? -1 : 1));
  return `/** Written by scripts/write-op-table.ts from the native op table: not to be edited by hand. */

/**
 * The ops by name: their inputs (where the last ones repeat, a list of any length), their outputs, and
 * the kinds of their attributes.
 */
export interface OpTable {
${sorted.map(rowText).join("\n")}
}
`;
}

function rowText({ name, inputs, repeated, outputs, attributes, doc }: NativeOp): string {
  const list = (names: readonly string[]): string => `[${names.map(quoted).join(", ")}]`;
  const kinds = attributes.map((attribute) => `${attribute.name}: ${quoted(attribute.kind)}`);
  const members = [
    `inputs: ${repeated > 0 ? `readonly string[]` : list(inputs)};`,
    `outputs: ${list(outputs)};`,
    `attributes: ${kinds.length > 0 ? `{ ${kinds.join("; ")} }` : "object"};`,
  ].flatMap((line) => (line.length > WIDTH ? broken(kinds) : [line]));
  return [`  /** ${doc} */`, `  ${name}: {`, ...members.map((line) => `    ${line}`), "  };"].join(
    "\n",
  );
}

/** What is left of a line after its indentation. */
const WIDTH = 96;

/** Attributes that a line does not hold, as Prettier breaks them. */
function broken(kinds: readonly string[]): string[] {
  return ["attributes: {", ...kinds.map((kind) => `  ${kind};`), "};"];
}

function quoted(text: string): string {
  return `"${text}"`;
}

if (require.main === module) {
  writeFileSync(join(__dirname, "..", "src", "ops", "op-table.ts"), opTableText(native.ops));
}
