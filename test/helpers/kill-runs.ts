/** Kills training by SIGKILL at random moments and starts it again, until it ends. */

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { ModuleKind, ScriptTarget, transpileModule } from "typescript";

import type { RandomStream } from "../../src/data/random-stream";

export interface KilledRun {
  /** How often it was killed. */
  readonly kills: number;
  /** How often a half-written file lay there then. */
  readonly torn: number;
  /** What the run came to in the end. */
  readonly result: string;
  /** Files that lie about afterwards. */
  readonly left: readonly string[];
}

const ROOT = resolve(__dirname, "..", "..");

/** @param most kills after which the run is left alone */
export async function killedRun(
  kind: string,
  saveFreq: string,
  most: number,
  random: RandomStream,
): Promise<KilledRun> {
  const folder = mkdtempSync(join(tmpdir(), "nabla-kill-"));
  const program = mkdtempSync(join(tmpdir(), "nabla-kill-program-"));
  try {
    const script = compiled(program);
    const path = join(folder, "backup.safetensors");
    let torn = 0;
    for (let kills = 0; ; kills++) {
      // Each process but the first has another seed: what it comes to is the checkpoint's doing.
      const hasFile = readdirSync(folder).includes("backup.safetensors");
      const seed = hasFile ? 1000 + kills : 1;
      const delay = kills < most ? random.between(0, 250) : Infinity;
      const result = await runOnce([script, kind, path, String(seed), saveFreq], delay);
      const left = readdirSync(folder);
      if (result !== null) return { kills, torn, result, left };
      if (left.some((name) => name.endsWith(".tmp"))) torn++;
    }
  } finally {
    rmSync(folder, { recursive: true });
    rmSync(program, { recursive: true });
  }
}

/** The program that trains, compiled into a folder: in each process that would take longer than to train. */
function compiled(folder: string): string {
  const compilerOptions = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 };
  const dist = JSON.stringify(join(ROOT, "dist")).slice(0, -1);
  for (const name of ["uniform", "resumable"]) {
    const source = readFileSync(join(__dirname, `${name}.ts`), "utf8");
    const { outputText } = transpileModule(source, { compilerOptions });
    const text = outputText.replaceAll('require("../../src', `require(${dist}`);
    writeFileSync(join(folder, `${name}.js`), text);
  }
  return join(folder, "resumable.js");
}

/** What one process prints at its end; null if it was killed before, so long after training began. */
function runOnce(args: readonly string[], delay: number): Promise<string | null> {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (piece: Buffer) => {
    if (text === "" && delay < Infinity) setTimeout(() => child.kill("SIGKILL"), delay);
    text += piece.toString();
  });
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (status) => {
      const [, result] = text.split("\n");
      if (status === 0 || status === null) done(status === 0 ? result : null);
      else fail(new Error(`training ended with status ${status}`));
    });
  });
}
