/** Runs a program of `examples/` by its name: `npm run example mnist-convnet -- --epochs 2`. */

import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const FOLDER = resolve(__dirname, "..", "examples");

const [name] = process.argv.splice(2, 1);
const file = join(FOLDER, `${name}.ts`);
if (name !== undefined && /^[\w-]+$/.test(name) && existsSync(file)) {
  // The program reads the arguments after its name.
  createRequire(__filename)(file);
} else {
  const names = readdirSync(FOLDER)
    .filter((entry) => entry.endsWith(".ts"))
    .map((entry) => entry.replace(/\.ts$/, ""));
  console.error(`example: expected one of ${names.join(", ")} but received ${name ?? "no name"}`);
  process.exitCode = 1;
}
