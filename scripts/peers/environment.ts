/** Python with Keras, in a folder of the user's cache that all checkouts share. */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

const REQUIREMENTS = join(__dirname, "requirements.txt");
const GENERATOR = join(__dirname, "python", "generate.py");

/** Names the environment: another list of packages is another environment. */
function folder(): string {
  const { NABLA_PEERS, XDG_CACHE_HOME } = process.env;
  if (NABLA_PEERS) return resolve(NABLA_PEERS);
  const hash = createHash("sha256").update(readFileSync(REQUIREMENTS)).digest("hex").slice(0, 8);
  return join(XDG_CACHE_HOME ?? join(homedir(), ".cache"), "nabla", `peers-${hash}`);
}

/** The interpreter that has Keras; made with `python` if there is none yet. */
export function keras(python: string): string {
  const environment = folder();
  const interpreter = join(environment, "bin", "python3");
  const stamp = join(environment, "complete");
  if (existsSync(stamp)) return interpreter;
  console.error(`nabla: installing Keras and TensorFlow into ${environment} (some 2 GB)`);
  rmSync(environment, { recursive: true, force: true });
  mkdirSync(environment, { recursive: true });
  run(python, ["-m", "venv", environment]);
  run(interpreter, ["-m", "pip", "install", "--quiet", "--requirement", REQUIREMENTS]);
  writeFileSync(stamp, "");
  return interpreter;
}

/** What the generator is asked for. */
export interface Request {
  seed: number;
  /** Cases a group; -n: n a class. */
  groups: Record<string, number>;
  /** These classes alone; all if empty. */
  classes: string[];
  /** This case of each class alone. */
  number?: number;
  small: boolean;
}

/** Draws cases and runs Keras on them; they are then in the file `out`. */
export function generate(interpreter: string, request: Request, out: string): void {
  const groups = Object.entries(request.groups).map(([group, cases]) => `${group}=${cases}`);
  const { seed, classes, number, small } = request;
  run(interpreter, [
    GENERATOR,
    `--seed=${seed}`,
    `--groups=${groups.join(",")}`,
    `--classes=${classes.join(",")}`,
    ...(number === undefined ? [] : [`--number=${number}`]),
    ...(small ? ["--small"] : []),
    `--out=${out}`,
  ]);
}

function run(command: string, args: string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (error) throw new Error(`cannot run ${command}: ${error.message}`);
  if (status !== 0) throw new Error(`${command} ${args[0]} ended with ${status}`);
}
