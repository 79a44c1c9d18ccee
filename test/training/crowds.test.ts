import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { NODE_ARGUMENTS } from "../helpers/program";

/** Milliseconds, far more than a program takes: only one that hangs is ended by it. */
const LIMIT = 240_000;
jest.setTimeout(LIMIT + 10_000);

/** Runs a program of `helpers/run-crowds.ts` in a process of its own. */
function run(program: string): { status: number | null; signal: string | null; stderr: string } {
  const script = join(__dirname, "..", "helpers", "run-crowds.ts");
  const { status, signal, stderr } = spawnSync(
    process.execPath,
    [...NODE_ARGUMENTS, script, program],
    { cwd: resolve(__dirname, "..", ".."), encoding: "utf8", timeout: LIMIT },
  );
  return { status, signal, stderr };
}

const CLEAN = { status: 0, signal: null, stderr: "" };

describe("a crowd of models", () => {
  test("predicts right on a bounded number of threads, which end when idle", () => {
    expect(run("predict")).toEqual(CLEAN);
  });

  test("trains as each would alone on a bounded number of threads, which end when idle", () => {
    expect(run("fit")).toEqual(CLEAN);
  });

  test("may wait for other models in callbacks", () => {
    expect(run("callbacks")).toEqual(CLEAN);
  });

  test("can be aborted", () => {
    expect(run("abort")).toEqual(CLEAN);
  });

  test("may be training when the process exits", () => {
    expect(run("exit")).toEqual(CLEAN);
  });
});
