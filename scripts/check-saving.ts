/**
 * Saves and loads a model of 1 GB, and tells how long that takes beside `dd` with fsync and
 * `fs.readFile`, in turns, and how much memory:
 *
 *   npm run check:saving -- [MEGABYTES]
 */

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Dense, Sequential, input, loadModel } from "nabla";

const ROUNDS = 3;
const WIDTH = 4096;

async function seconds(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1];

/** A model of about so many bytes, 64 MiB a layer. */
function modelOf(bytes: number): Sequential {
  const layers = Math.max(1, Math.round(bytes / (4 * WIDTH * WIDTH)));
  return new Sequential([
    input({ shape: [WIDTH] }),
    ...Array.from({ length: layers }, () => new Dense(WIDTH, { kernelInitializer: "zeros" })),
  ]);
}

/** In a process of its own: the peak of memory, in bytes, of a save or a load. */
async function measurePeak(what: string, path: string, bytes: number): Promise<void> {
  if (what === "save") await modelOf(bytes).save(path);
  else await loadModel(path);
  const status = readFileSync("/proc/self/status", "latin1");
  console.log(1024 * Number(/VmHWM:\s+(\d+)/.exec(status)![1]));
}

function peak(what: string, path: string, bytes: number): number {
  const args = ["-r", "ts-node/register", __filename, what, path, String(bytes)];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (stderr !== "") throw new Error(stderr);
  return Number(stdout);
}

async function main(megabytes: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "nabla-saving-"));
  try {
    const [path, other] = [join(folder, "model.safetensors"), join(folder, "other")];
    const model = modelOf(megabytes * 1e6);
    await model.save(path);
    const size = statSync(path).size;
    const blocks = Math.ceil(size / 2 ** 20);
    const times: Record<string, number[]> = { save: [], dd: [], load: [], readFile: [] };
    for (let round = 0; round < ROUNDS; round++) {
      times.save.push(await seconds(() => model.save(path)));
      const dd = ["if=/dev/zero", `of=${other}`, "bs=1M", `count=${blocks}`, "conv=fsync"];
      times.dd.push(await seconds(() => execFileSync("dd", dd, { stdio: "ignore" })));
      rmSync(other);
      // The file is in the system's cache for both, as it was just written.
      await readFile(path);
      times.load.push(await seconds(async () => (await loadModel(path)).dispose()));
      times.readFile.push(await seconds(() => readFile(path)));
    }
    model.dispose();
    const [save, dd, load, read] = Object.values(times).map(median);
    const ratio = (a: number, b: number): string => (a / b).toFixed(2);
    console.log(`${(size / 1e6).toFixed(0)} MB, medians of ${ROUNDS}:`);
    console.log(`save ${save.toFixed(2)} s, dd with fsync ${dd.toFixed(2)} s: ${ratio(save, dd)}`);
    console.log(`load ${load.toFixed(2)} s, readFile ${read.toFixed(2)} s: ${ratio(load, read)}`);
    for (const what of ["save", "load"]) {
      const taken = peak(what, path, megabytes * 1e6);
      console.log(`${what}: at most ${(taken / 1e6).toFixed(0)} MB, ${ratio(taken, size)} of it`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [first, path, bytes] = process.argv.slice(2);
const isPart = first === "save" || first === "load";
const work = isPart ? measurePeak(first, path, Number(bytes)) : main(Number(first ?? 1000));
work.catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
