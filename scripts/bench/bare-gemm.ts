/** The bare GEMM program as a contender: built on demand, kept running, asked for rounds. */

import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

const ROOT = join(__dirname, "..", "..");
const BUILD = join(ROOT, "build", "bench");

function build(): string {
  const options = {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "inherit"] as ["ignore", "ignore", "inherit"],
  };
  execFileSync(
    "cmake",
    ["-S", ".", "-B", BUILD, "-DNABLA_BENCH=ON", "-DCMAKE_BUILD_TYPE=Release"],
    options,
  );
  execFileSync(
    "cmake",
    ["--build", BUILD, "--target", "bare-gemm", "--config", "Release"],
    options,
  );
  return join(BUILD, process.platform === "win32" ? "bare-gemm.exe" : "bare-gemm");
}

export interface BareGemm {
  /** Runs `steps` steps; microseconds a step. */
  measure(steps: number): Promise<number>;
  close(): void;
}

/** The GEMM calls of one training step of a fully connected network, on `threads` OpenBLAS threads. */
export function bareGemm(threads: number, batch: number, units: readonly number[]): BareGemm {
  const program = spawn(build(), [threads, batch, ...units].map(String), {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const answers = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  return {
    async measure(steps) {
      program.stdin.write(`${steps}\n`);
      const answer = await answers.next();
      if (answer.done) throw new Error("bare-gemm ended before it answered");
      return Number(answer.value);
    },
    close: () => program.stdin.end(),
  };
}
