import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { NODE_ARGUMENTS } from "../helpers/program";

/** Milliseconds, far more than a program takes: only one that hangs is ended by it. */
const LIMIT = 240_000;
jest.setTimeout(LIMIT + 10_000);

interface Ending {
  code: number | null;
  signal: string | null;
  stderr: string;
}

/** Runs a program of `helpers/run-crowds.ts` in a process of its own. */
function run(program: string): Promise<Ending> {
  const script = join(__dirname, "..", "helpers", "run-crowds.ts");
  const args = [...NODE_ARGUMENTS, script, program];
  const options = { cwd: resolve(__dirname, "..", ".."), timeout: LIMIT };
  return new Promise((done) => {
    const child = execFile(process.execPath, args, options, (_error, _stdout, stderr) =>
      done({ code: child.exitCode, signal: child.signalCode, stderr }),
    );
  });
}

const CLEAN = { code: 0, signal: null, stderr: "" };

describe("a crowd of models", () => {
  test.concurrent(
    "predicts right on a bounded number of threads, which end when idle",
    async () => {
      expect(await run("predict")).toEqual(CLEAN);
    },
  );

  test.concurrent(
    "trains as each would alone on a bounded number of threads, which end when idle",
    async () => {
      expect(await run("fit")).toEqual(CLEAN);
    },
  );

  test.concurrent("may wait for other models in callbacks", async () => {
    expect(await run("callbacks")).toEqual(CLEAN);
  });

  test.concurrent("can be aborted", async () => {
    expect(await run("abort")).toEqual(CLEAN);
  });

  test.concurrent("may be training when the process exits", async () => {
    expect(await run("exit")).toEqual(CLEAN);
  });
});
