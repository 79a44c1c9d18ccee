/** Copies of the sources to which a test adds something as CONTRIBUTING.md says. */

import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const ROOT = resolve(__dirname, "..", "..");

/** [file, text before which stands what is added, or "" where lines are sorted, what is added] */
export type Edit = readonly [file: string, before: string, added: string];

/**
 * A folder with copies of files and folders of the checkout, and its node_modules.
 * @param linked folders that the copy shares with the checkout
 */
export function scratchCopy(name: string, copied: string[], linked: string[] = []): string {
  const scratch = mkdtempSync(join(tmpdir(), `nabla-${name}-`));
  for (const path of copied) cpSync(join(ROOT, path), join(scratch, path), { recursive: true });
  for (const path of ["node_modules", ...linked]) {
    symlinkSync(join(ROOT, path), join(scratch, path));
  }
  return scratch;
}

/** Makes an edit in a copy; the text before which something is added stands once in its file. */
export function applyEdit(scratch: string, [file, before, added]: Edit): void {
  const path = join(scratch, file);
  const text = readFileSync(path, "utf8");
  if (before === "") {
    const lines = `${text}${added}`.trim().split("\n").sort();
    writeFileSync(path, `${lines.join("\n")}\n`);
    return;
  }
  expect([file, text.split(before).length]).toEqual([file, 2]);
  writeFileSync(
    path,
    text.replace(before, () => added + before),
  );
}
