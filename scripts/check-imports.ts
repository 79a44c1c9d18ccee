// Imports in src/ run one way: a file may import from the rooms to the left of its own, and from its
// own room. A room is a folder, src/tensor/, or the file src/index.ts.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { preProcessFile } from "typescript";

/** From left to right. */
export const ROOMS = [
  ...["addon", "tensor", "ops", "autograd", "capture", "nn", "optimizers"],
  ...["data", "formats", "training", "datasets", "inspect", "boltzmann"],
  "index",
];

/** The faults of a source folder, one line each; none if every import runs from right to left. */
export function checkImports(source: string, rooms: readonly string[] = ROOMS): string[] {
  const files = readdirSync(source, { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => file.endsWith(".ts"))
    .sort()
    .flatMap((file) => checkFile(source, file, rooms));
}

function checkFile(source: string, file: string, rooms: readonly string[]): string[] {
  const own = rooms.indexOf(roomOf(file));
  if (own < 0) return [`${file}: expected its room "${roomOf(file)}" in the list of rooms`];
  return importsOf(join(source, file))
    .map((target) => relative(source, target))
    .filter((target) => rooms.indexOf(roomOf(target)) > own)
    .map((target) => `${file}: imports ${target}, which lies to its right`);
}

/** The project's own files that a file imports, re-exports or loads later. */
function importsOf(file: string): string[] {
  const { importedFiles } = preProcessFile(readFileSync(file, "utf8"), true, true);
  return importedFiles
    .map(({ fileName }) => fileName)
    .filter((name) => name.startsWith("."))
    .map((name) => resolve(dirname(file), name));
}

/** The room of a path within src/: its first folder, or its name without the extension. */
function roomOf(file: string): string {
  return file.split(sep)[0].replace(/\.[jt]s$/, "");
}

if (require.main === module) {
  const faults = checkImports(join(__dirname, "..", "src"));
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
