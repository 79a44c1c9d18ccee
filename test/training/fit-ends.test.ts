import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { NODE_ARGUMENTS } from "../helpers/program";

const LIMIT = 120_000;
jest.setTimeout(LIMIT + 10_000);

interface Ending {
  status: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

/** Runs a program of `helpers/run-fits.ts` in a process of its own. */
function run(program: string): Ending {
  const script = join(__dirname, "..", "helpers", "run-fits.ts");
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [...NODE_ARGUMENTS, script, program],
    { cwd: resolve(__dirname, "..", ".."), encoding: "utf8", timeout: LIMIT },
  );
  return { status, signal, stdout, stderr };
}

const CLEAN = { status: 0, signal: null, stdout: "", stderr: "" };

describe("while a model trains", () => {
  test("its worker can be terminated, and leaves no buffer", () => {
    expect(run("terminate")).toEqual(CLEAN);
  });

  test("its worker can be terminated that alone loaded the addon", () => {
    expect(run("terminateAlone")).toEqual(CLEAN);
  });

  test("the process can exit, with a worker that trains, too", () => {
    expect(run("exit")).toEqual(CLEAN);
  });

  test("the process lives on, and ends with it", () => {
    expect(run("end")).toEqual({ ...CLEAN, stdout: "trained\n" });
  });

  test("an error that nobody catches ends the process as ever", () => {
    const { status, signal, stderr } = run("error");
    expect({ status, signal }).toEqual({ status: 1, signal: null });
    expect(stderr).toContain("Error: uncaught");
  });
});
