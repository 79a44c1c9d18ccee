/** Where things lie, seen from the sources as from what is compiled of them. */

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

function findRoot(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, "CMakeLists.txt"))) folder = dirname(folder);
  return folder;
}

export const ROOT = findRoot();
export const BENCH = join(ROOT, "scripts", "bench");
/** The bare GEMM program is built here. */
export const NATIVE_BUILD = join(ROOT, "build", "bench");
/** What `tsc -p tsconfig.bench.json` compiles of this folder. */
export const COMPILED = join(ROOT, "build", "scripts", "bench");
