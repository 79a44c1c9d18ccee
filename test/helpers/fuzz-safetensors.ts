/**
 * Reads safetensors files with faults in a process of its own:
 *
 *   node --expose-gc -r ts-node/register test/helpers/fuzz-safetensors.ts <seed> <files> [python]
 *
 * Prints how many were read and how many rejected, and by how many bytes more than its size a file made
 * the process grow at most (null where the system does not tell). The first files are large and heavy.
 * With the name of a Python that has `safetensors` it compares each verdict with that of the reference:
 * `laxer` counts the files that only nabla takes, `stricter` those that only the reference takes, by
 * nabla's reason.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import { FormatError, memory, openSafetensors, safetensorsBytes } from "../../src";
import { mutatedSafetensors } from "./mutated-safetensors";
import { NODE_ARGUMENTS } from "./program";
import { series } from "./numbers";

/** What the reader says: an empty text if it takes the file, else why not. */
async function verdict(source: string | Uint8Array): Promise<string> {
  let file;
  try {
    file = await openSafetensors(source);
  } catch (error) {
    if (error instanceof FormatError) return error.problem;
    throw error;
  }
  for (const entry of file.tensors.values()) {
    try {
      (await entry.read()).dispose();
    } catch (error) {
      // Well-formed, but with a dtype, a rank or a value that nabla's tensors cannot have.
      if (!(error instanceof FormatError)) throw error;
    }
  }
  await file.close();
  return "";
}

/** The process's memory in bytes, now ("RSS") or at most ("HWM") since `forgetPeak`. */
function resident(which: "RSS" | "HWM"): number {
  const status = readFileSync("/proc/self/status", "latin1");
  return 1024 * Number(new RegExp(`Vm${which}:\\s+(\\d+)`).exec(status)![1]);
}

/** Has the system measure the peak from now on. Returns whether it can. */
function forgetPeak(): boolean {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
    return true;
  } catch {
    return false;
  }
}

/** Measures how files make the process grow. */
class Growth {
  /** The least that the process ever took between files. */
  private least = Infinity;
  /** The most bytes that a file took beyond its size; 0 where the system does not tell. */
  most = 0;

  /**
   * Reads a file of that size. Memory that was freed, but not yet given back, may count as well, so that
   * files are to be read by rising size, and a large figure is measured again: what a file takes it
   * takes each time.
   */
  async measure(size: number, read: () => Promise<void>): Promise<number> {
    let grown = Infinity;
    for (let wait = size > 1e6 ? 100 : 0; wait < 3000 && grown > 12e6; wait = 3 * wait + 10) {
      grown = Math.min(grown, await this.once(size, wait, read));
    }
    this.most = Math.max(this.most, grown);
    return grown;
  }

  private async once(size: number, wait: number, read: () => Promise<void>): Promise<number> {
    gc?.();
    // V8 gives pages back on other threads.
    await setTimeout(wait);
    const isMeasured = forgetPeak();
    if (isMeasured) this.least = Math.min(this.least, resident("RSS"));
    await read();
    return isMeasured ? resident("HWM") - this.least - size : 0;
  }
}

/** The kind of a reason: without names and numbers. */
function kindOf(reason: string): string {
  return reason.replace(/"([^"\\]|\\.)*"/g, '""').replace(/\d+/g, "N");
}

/** "1" for each file that the reference takes. */
function referenceVerdicts(python: string, files: readonly Buffer[]): string {
  const input = Buffer.concat(
    files.flatMap((file) => [Buffer.from(Uint32Array.of(file.length).buffer), file]),
  );
  const script = `
import sys, struct, safetensors
data, at, out = sys.stdin.buffer.read(), 0, []
while at < len(data):
    n = struct.unpack_from("<I", data, at)[0]
    try:
        safetensors.deserialize(data[at + 4:at + 4 + n]); out.append("1")
    except safetensors.SafetensorError: out.append("0")
    at += 4 + n
print("".join(out))`;
  const { stdout, stderr } = spawnSync(python, ["-c", script], {
    input,
    maxBuffer: 1 << 26,
    encoding: "utf8",
  });
  if (stderr !== "") throw new Error(stderr);
  return stdout.trim();
}

function compare(reasons: readonly string[], reference: string): object {
  let laxer = 0;
  const stricter: Record<string, number> = {};
  reasons.forEach((reason, i) => {
    if (reason === "" && reference[i] === "0") laxer++;
    if (reason === "" || reference[i] === "0") return;
    const kind = kindOf(reason);
    stricter[kind] = (stricter[kind] ?? 0) + 1;
  });
  return { laxer, stricter };
}

/** Reads the heavy files. Returns the most that one made the process grow. */
async function readHeavy(folder: string): Promise<number> {
  const script = join(__dirname, "heavy-safetensors.ts");
  spawnSync(process.execPath, [...NODE_ARGUMENTS, script, folder], { stdio: "inherit" });
  // To warm up: what the library itself takes.
  await verdict(safetensorsBytes({}));
  const sizeOf = (name: string): number => statSync(join(folder, name)).size;
  const growth = new Growth();
  await growth.measure(1 << 20, () => Promise.resolve());
  for (const name of readdirSync(folder).sort((a, b) => sizeOf(a) - sizeOf(b))) {
    let reason = "";
    const grown = await growth.measure(sizeOf(name), async () => {
      reason = await verdict(join(folder, name));
    });
    if (process.env.VERBOSE === "1") console.error(name, sizeOf(name), grown, reason);
  }
  return growth.most;
}

async function main(seed: number, count: number, python?: string): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), "nabla-fuzz-"));
  const heavy = await readHeavy(folder);
  const next = series(seed);
  const path = join(folder, "mutated");
  const files = Array.from({ length: count }, () => mutatedSafetensors(next));
  const reasons: string[] = [];
  let mutated = 0;
  for (const [i, file] of files.entries()) {
    const onDisk = i % 2 === 0;
    if (onDisk) writeFileSync(path, file);
    const read = async (): Promise<void> => {
      reasons[i] = await verdict(onDisk ? path : file);
    };
    if (i % 20 > 0) await read();
    else mutated = Math.max(mutated, await new Growth().measure(file.length, read));
  }
  rmSync(folder, { recursive: true });
  const accepted = reasons.filter((reason) => reason === "").length;
  const grown = Math.max(heavy, mutated);
  const outcome = { accepted, rejected: count - accepted, grown, handles: memory().handles };
  if (python === undefined) return outcome;
  return { ...outcome, ...compare(reasons, referenceVerdicts(python, files)) };
}

const [seed, count, python] = process.argv.slice(2);
main(Number(seed), Number(count), python).then(
  (outcome) => console.log(JSON.stringify(outcome, undefined, 2)),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
