/** What nabla takes beside time for arithmetic: import, capture, the event loop, memory. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { COMPILED, ROOT } from "../paths";
import { median } from "../statistics";
import type { Case, Context } from "./context";

const MIB = 2 ** 20;
const PROGRAMS = join(COMPILED, "programs");

/** What a program of this benchmark prints. */
function runProgram(
  name: string,
  args: readonly (string | number)[],
  flags: string[] = [],
): string {
  return execFileSync(
    process.execPath,
    [...flags, join(PROGRAMS, `${name}.js`), ...args.map(String)],
    { encoding: "utf8", maxBuffer: 2 ** 26 },
  );
}

/** Milliseconds from start to end of `node -e code`, in the project's folder. */
function lifetime(code: string): number {
  const start = performance.now();
  execFileSync(process.execPath, ["-e", code], { cwd: ROOT, stdio: "ignore" });
  return performance.now() - start;
}

function importTime(times: number): number {
  const both = Array.from({ length: times }, () => ({
    full: lifetime(`require(${JSON.stringify(ROOT)})`),
    empty: lifetime("0"),
  }));
  return median(both.map(({ full }) => full)) - median(both.map(({ empty }) => empty));
}

const importCase: Case = {
  key: "import",
  title: "import: median of `node -e 'require(...)'` minus that of `node -e 0`",
  run({ findings, isQuick }) {
    findings.set("import", importTime(isQuick ? 3 : 20));
    return Promise.resolve();
  },
};

const captureCase: Case = {
  key: "capture",
  title: "capture: the first call of the tutorial's step in a process, minus a later one",
  run({ data, findings, isQuick }) {
    const times = Array.from({ length: isQuick ? 3 : 11 }, () =>
      Number(runProgram("capture", [data.folder])),
    );
    findings.set("capture of the tutorial's step", median(times));
    return Promise.resolve();
  },
};

interface Delays {
  p99: number;
  firings: number;
  seconds: number;
}

const eventLoopCase: Case = {
  key: "eventLoop",
  title: "event loop while model.fit trains on 2 threads",
  run({ data, findings, isQuick }) {
    const all = Array.from({ length: isQuick ? 1 : 3 }, () => {
      const text = runProgram("event-loop", [data.folder, isQuick ? 5 : 60]);
      return JSON.parse(text) as Delays;
    });
    const note = `over ${median(all.map(({ seconds }) => seconds)).toFixed(1)} s of training`;
    const of = (key: keyof Delays) => ({ value: median(all.map((delays) => delays[key])), note });
    findings.set("event loop during fit: 99th percentile of delay", of("p99"));
    findings.set("event loop during fit: firings of a 1 ms interval", of("firings"));
    return Promise.resolve();
  },
};

/** Bytes that train-mnist.ts, compiled, holds at most. */
function tutorialPeak({ mnist, isQuick }: Context): number {
  const folder = mkdtempSync(join(tmpdir(), "nabla-bench-peak-"));
  const file = join(folder, "peak");
  const program = join(ROOT, "build", "scripts", "train-mnist.js");
  const digits = mnist === undefined ? [] : ["--data", mnist];
  const args = [...digits, "--seed", "0", "--epochs", isQuick ? "2" : "20"];
  try {
    execFileSync(
      process.execPath,
      ["--require", join(PROGRAMS, "peak-memory.js"), program, ...args],
      { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, NABLA_BENCH_PEAK: file } },
    );
    return Number(readFileSync(file, "utf8"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const memoryCase: Case = {
  key: "memory",
  title: "memory: the tutorial program's peak, growth over 100,000 steps",
  run(context) {
    const { data, findings, isQuick } = context;
    const steps = isQuick ? 10_000 : 100_000;
    const growth = Number(runProgram("memory-growth", [data.folder, steps], ["--expose-gc"]));
    findings.set("memory: peak of the tutorial program", tutorialPeak(context) / MIB);
    findings.set("memory: growth over 100,000 steps", {
      value: growth / MIB,
      ...(isQuick && { note: `over ${steps} steps` }),
    });
    return Promise.resolve();
  },
};

export const footprintCases: readonly Case[] = [importCase, captureCase, eventLoopCase, memoryCase];
