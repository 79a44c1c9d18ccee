import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { NODE_ARGUMENTS } from "../helpers/program";

/** Milliseconds, far more than a program takes: only one that hangs is ended by it. */
const LIMIT = 240_000;
jest.setTimeout(LIMIT + 10_000);

/** Runs a program of `helpers/run-workers.ts` in a process of its own. */
function run(program: string): { status: number | null; signal: string | null; stderr: string } {
  const script = join(__dirname, "..", "helpers", "run-workers.ts");
  const { status, signal, stderr } = spawnSync(
    process.execPath,
    [...NODE_ARGUMENTS, script, program],
    { cwd: resolve(__dirname, "..", ".."), encoding: "utf8", timeout: LIMIT },
  );
  return { status, signal, stderr };
}

const CLEAN = { status: 0, signal: null, stderr: "" };

describe("worker threads", () => {
  test("train at once, beside the main thread, and compute the same as alone", () => {
    expect(run("together")).toEqual(CLEAN);
  });

  test("load, use and leave the addon when the main thread never loads it", () => {
    expect(run("workersAlone")).toEqual(CLEAN);
  });

  test("can be terminated in the middle of training and leave no buffer", () => {
    expect(run("terminate")).toEqual(CLEAN);
  });

  test("can be terminated within a call", () => {
    expect(run("terminateWithinCall")).toEqual(CLEAN);
  });

  test("can be terminated while they load the library", () => {
    expect(run("terminateEarly")).toEqual(CLEAN);
  });

  test("may be training when the process exits", () => {
    expect(run("exit")).toEqual(CLEAN);
  });

  test("may be training when a process exits that loaded the addon nowhere else", () => {
    expect(run("exitWithoutAddon")).toEqual(CLEAN);
  });

  test("end alone on an error that nobody catches", () => {
    expect(run("error")).toEqual(CLEAN);
  });
});
