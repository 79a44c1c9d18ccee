/** Kills training by SIGKILL at random moments and starts it again, until it ends. */

import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import type { RandomStream } from "../../src/data/random-stream";
import { NODE_ARGUMENTS } from "./program";

export interface KilledRun {
  /** How often it was killed. */
  readonly kills: number;
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
  try {
    const path = join(folder, "backup.safetensors");
    for (let kills = 0; ; kills++) {
      // Each process but the first has another seed: what it comes to is the checkpoint's doing.
      const hasFile = readdirSync(folder).includes("backup.safetensors");
      const seed = hasFile ? 1000 + kills : 1;
      const delay = kills < most ? random.between(0, 250) : Infinity;
      const result = await runOnce([kind, path, String(seed), saveFreq], delay);
      if (result !== null) return { kills, result, left: readdirSync(folder) };
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What one process prints at its end; null if it was killed before, so long after training began. */
function runOnce(args: readonly string[], delay: number): Promise<string | null> {
  const script = join(__dirname, "resumable.ts");
  const child = spawn(process.execPath, [...NODE_ARGUMENTS, script, ...args], {
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
