/** The bare GEMM program as a contender: built on demand, kept running, asked for rounds. */

import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { blas } from "nabla";

import { environmentOf } from "../kernels";
import type { Sizes } from "../network";
import { NATIVE_BUILD, ROOT } from "../paths";

let program: string | undefined;

/** With the core type that nabla runs. */
const env = { ...process.env, ...environmentOf(blas()) };

/** Path of the program, which is brought up to date at the first call. */
function built(): string {
  program ??= build();
  return program;
}

function build(): string {
  const run = (...args: string[]): void => {
    execFileSync("cmake", args, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
  };
  run("-S", ".", "-B", NATIVE_BUILD, "-DNABLA_BENCH=ON", "-DCMAKE_BUILD_TYPE=Release");
  run("--build", NATIVE_BUILD, "--target", "bare-gemm", "--config", "Release");
  const name = process.platform === "win32" ? "bare-gemm.exe" : "bare-gemm";
  const places = [join(NATIVE_BUILD, name), join(NATIVE_BUILD, "Release", name)];
  return places.find(existsSync) ?? places[0];
}

export interface BareGemmOptions {
  /** OpenBLAS' own. */
  threads: number;
  batch: number;
  sizes: Sizes;
  /** Only the products of a prediction; by default those of a training step. */
  forwardOnly?: boolean;
}

export interface BareGemm {
  /** Runs `steps` steps; microseconds a step. */
  measure(steps: number): Promise<number>;
  close(): void;
}

/** The GEMM calls of one training step, or one prediction, of a fully connected network. */
export function bareGemm(options: BareGemmOptions): BareGemm {
  const { threads, batch, sizes, forwardOnly } = options;
  const flags = forwardOnly ? ["--forward"] : [];
  const child = spawn(built(), [...flags, ...[threads, batch, ...sizes].map(String)], {
    stdio: ["pipe", "pipe", "inherit"],
    env,
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async measure(steps) {
      child.stdin.write(`${steps}\n`);
      const answer = await answers.next();
      if (answer.done) throw new Error("bare-gemm ended before it answered");
      return Number(answer.value);
    },
    close: () => child.stdin.end(),
  };
}

/** OpenBLAS' version and processor kernels, as it tells them itself; they have to be nabla's. */
export function openblasVersion(): string {
  const version = execFileSync(built(), ["--version"], { encoding: "utf8", env }).trim();
  const { kernels } = blas();
  if (version.endsWith(`, ${kernels} kernels`)) return version;
  throw new Error(`bare-gemm: expected nabla's ${kernels} kernels but received "${version}"`);
}
