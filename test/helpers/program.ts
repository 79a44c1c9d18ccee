/** How tests start programs that are written in TypeScript. */

import { join } from "node:path";

/** Arguments of node before the path of a program that imports the library by its name. */
export const SCRIPT_ARGUMENTS: readonly string[] = ["-r", join(__dirname, "compile-once.js")];

/** Arguments of node before the path of a program that imports from src/. */
export const NODE_ARGUMENTS: readonly string[] = [
  ...SCRIPT_ARGUMENTS,
  ...["-r", join(__dirname, "compiled-src.js")],
];
