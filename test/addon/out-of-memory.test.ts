/** Allocations of the addon that fail: an error each time, and the process lives. */

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NODE_ARGUMENTS } from "../helpers/program";
import { onlyWhere } from "../helpers/only-where";

const root = join(__dirname, "..", "..");

interface Report {
  loaded: boolean;
  done: number;
  errors: Record<string, number>;
}

const ROUNDS = 4;

const onLinux = onlyWhere(
  process.platform === "linux",
  "failing allocations are not tested: LD_PRELOAD is Linux' own",
);

onLinux.describe("allocations that fail", () => {
  let directory: string;
  let library: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "nabla-"));
    library = join(directory, "failing-allocations.so");
    const source = join(root, "native", "test", "failing", "failing-allocations.cpp");
    execFileSync("c++", ["-std=c++17", "-O1", "-shared", "-fPIC", source, "-o", library]);
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  function run(args: readonly string[], env: Record<string, string>): Report {
    const script = join(root, "test", "helpers", "run-out-of-memory.ts");
    const { status, signal, stdout, stderr } = spawnSync(
      process.execPath,
      [...NODE_ARGUMENTS, script, String(ROUNDS), ...args],
      {
        cwd: root,
        encoding: "utf8",
        timeout: 60_000,
        env: { ...process.env, LD_PRELOAD: library, ...env },
      },
    );
    expect({ status, signal, stderr }).toMatchObject({ status: 0, signal: null });
    return JSON.parse(stdout) as Report;
  }

  it.each([3, 17, 101])("every allocation number %i is told as an error", (every) => {
    const { done, errors } = run([String(every)], {});
    const kinds = Object.keys(errors);
    expect(kinds.filter((kind) => kind !== "out of memory")).toEqual([]);
    expect(errors["out of memory"]).toBeGreaterThan(0);
    expect(done + errors["out of memory"]).toBe(3 * ROUNDS);
  });

  it.each([1, 2, 10])("the import is refused where number %i fails", (every) => {
    const { loaded } = run([], { NABLA_FAIL_EVERY: String(every) });
    expect(loaded).toBe(false);
  });
});
