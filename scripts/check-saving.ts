/**
 * Saves and loads a model of 1 GB, and one of 1 GB with Adam's state, and tells how long that takes beside
 * `dd` with fsync and `fs.readFile`, in turns, and how much memory:
 *
 *   npm run check:saving -- [MEGABYTES]
 *
 * Files of the same number of bytes are made anew in the same folder once the disk is quiet; the file that
 * is read is in the system's cache. Memory is that of a process of its own at most, Node.js included.
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { Dense, Sequential, input, loadModel } from "nabla";

const ROOT = resolve(__dirname, "..");
const ROUNDS = 5;
const WIDTH = 4096;
const LAYER_BYTES = 4 * WIDTH * WIDTH;

async function seconds(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1];

/** Whose file has about so many bytes: layers of 64 MiB, each thrice with the state of Adam. */
function modelOf(bytes: number, hasState: boolean): Sequential {
  const layers = Math.max(1, Math.round(bytes / LAYER_BYTES / (hasState ? 3 : 1)));
  const model = new Sequential([
    input({ shape: [WIDTH] }),
    ...Array.from({ length: layers }, () => new Dense(WIDTH, { kernelInitializer: "ones" })),
  ]);
  if (!hasState) return model;
  model.compile({ optimizer: "adam", loss: "mse" });
  model.optimizer.build(model.trainableWeights);
  return model;
}

/** The most memory in bytes that plain JavaScript took which ran in a process of its own. */
function peak(body: string): number {
  const script = `
    const { readFileSync } = require("node:fs");
    const { loadModel } = require(${JSON.stringify(ROOT)});
    (async () => { ${body} })().then(() => console.log(readFileSync("/proc/self/status", "latin1")));`;
  const status = execFileSync(process.execPath, ["-e", script], { encoding: "utf8" });
  return 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)![1]);
}

type Times = Record<"save" | "dd" | "load" | "readFile", number[]>;

async function measure(model: Sequential, path: string, other: string): Promise<Times> {
  await model.save(path);
  const count = statSync(path).size;
  const dd = ["if=/dev/zero", `of=${other}`, "bs=1M", `count=${count}`, "conv=fsync"];
  const times: Times = { save: [], dd: [], load: [], readFile: [] };
  for (let round = 0; round < ROUNDS; round++) {
    rmSync(path);
    execFileSync("sync");
    times.save.push(await seconds(() => model.save(path)));
    execFileSync("sync");
    const write = (): unknown =>
      execFileSync("dd", [...dd, "iflag=count_bytes"], { stdio: "ignore" });
    times.dd.push(await seconds(write));
    rmSync(other);
    await readFile(path);
    times.load.push(await seconds(async () => (await loadModel(path)).dispose()));
    times.readFile.push(await seconds(() => readFile(path)));
  }
  return times;
}

function report(what: string, size: number, { save, dd, load, readFile }: Times): void {
  const beside = (own: readonly number[], name: string, other: readonly number[]): string => {
    const ratio = median(own.map((time, i) => time / other[i]));
    const [a, b] = [median(own).toFixed(2), median(other).toFixed(2)];
    return `${a} s, ${name} ${b} s; ${ratio.toFixed(2)} of it, the median of ${ROUNDS} rounds`;
  };
  console.log(
    `${what}: ${(size / 1e6).toFixed(0)} MB; load of the machine ${loadavg()[0].toFixed(1)}`,
  );
  console.log(`  save ${beside(save, "dd with fsync", dd)}`);
  console.log(`  load ${beside(load, "fs.readFile", readFile)}`);
}

function reportMemory(path: string): void {
  const { size } = statSync(path);
  const load = `const model = await loadModel(${JSON.stringify(path)});`;
  const save = `${load} await model.save(${JSON.stringify(path)});`;
  const told = Object.entries({ loading: load, "loading and saving": save }).map(([what, body]) => {
    const bytes = peak(body);
    return `${what} ${(bytes / 1e6).toFixed(0)} MB, ${(bytes / size).toFixed(2)} of the file`;
  });
  console.log(`  memory at most: ${told.join("; ")}`);
}

async function main(megabytes: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "nabla-saving-"));
  try {
    const path = join(folder, "model.safetensors");
    for (const hasState of [false, true]) {
      const model = modelOf(megabytes * 1e6, hasState);
      const times = await measure(model, path, join(folder, "other"));
      model.dispose();
      report(hasState ? "a model with Adam's state" : "a model", statSync(path).size, times);
      reportMemory(path);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

main(Number(process.argv[2] ?? 1000)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
