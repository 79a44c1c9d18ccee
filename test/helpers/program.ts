/** How tests start programs that are written in TypeScript. */

import { join } from "node:path";

/** Arguments of node before the program's path. */
export const NODE_ARGUMENTS: readonly string[] = [
  "-r",
  "ts-node/register/transpile-only",
  "-r",
  join(__dirname, "compiled-src.js"),
];
