/** The thread team of a process: how large it is, that it sleeps, progresses and ends. */

import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { NODE_ARGUMENTS } from "../helpers/program";

/** Milliseconds, far more than a program takes: only one that hangs is ended by it. */
const LIMIT = 120_000;
jest.setTimeout(LIMIT + 10_000);

interface Outcome {
  status: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

/** Runs a program of `helpers/run-threads.ts` in a process of its own. */
function run(program: string, threads = "", isa = ""): Outcome {
  const script = join(__dirname, "..", "helpers", "run-threads.ts");
  const env = { ...process.env, NABLA_THREADS: threads, NABLA_ISA: isa };
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [...NODE_ARGUMENTS, script, program],
    { cwd: resolve(__dirname, "..", ".."), encoding: "utf8", timeout: LIMIT, env },
  );
  return { status, signal, stdout, stderr };
}

const CLEAN = { status: 0, signal: null, stdout: "", stderr: "" };

test("by default there are as many threads as cores that the process may use", () => {
  const { stdout, status } = run("count", "");
  expect(status).toBe(0);
  expect(Number(stdout)).toBeGreaterThanOrEqual(1);
  expect(Number(stdout)).toBeLessThanOrEqual(availableParallelism());
});

test("NABLA_THREADS sets their number", () => {
  expect(run("count", "3")).toEqual({ ...CLEAN, stdout: "3\n" });
});

test("a NABLA_THREADS that is no count is refused by name", () => {
  for (const bad of ["65", "two"]) {
    const { status, stderr } = run("count", bad);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/expected an integer from 1 to 64 for NABLA_THREADS but received/);
  }
});

test("a NABLA_ISA that this machine lacks or nobody knows is refused by name", () => {
  expect(run("count", "2", "baseline")).toEqual({ ...CLEAN, stdout: "2\n" });
  const { status, stderr } = run("count", "2", "avx9");
  expect(status).not.toBe(0);
  expect(stderr).toMatch(/expected an instruction set .* for NABLA_ISA but received "avx9"/);
});

test("threads without work use no processor time and wake again", () => {
  expect(run("idle")).toEqual(CLEAN);
});

test("child processes start beside a team and have their own", () => {
  expect(run("children")).toEqual(CLEAN);
});

test("busy neighbours change no bits and stop no work", () => {
  expect(run("neighbours")).toEqual(CLEAN);
});

test("many more threads than cores make progress, with the same bits at every run", () => {
  expect(run("oversubscribed")).toEqual(CLEAN);
});

test("a process ends at once though its team is awake", () => {
  expect(run("exit")).toEqual(CLEAN);
});
