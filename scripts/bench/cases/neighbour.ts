/** The step cases beside a process that keeps one core busy. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

import { find, ratio } from "../compare";
import { BARE_GEMM, NABLA_JIT, PYTORCH } from "../contenders/names";
import { neighbourGoal } from "../goals";
import { STEP_SAMPLES } from "../network";
import { type Case, named, raceCase, stepTask } from "./context";
import { STEP_CASES } from "./steps";

const CONTENDERS = [NABLA_JIT, BARE_GEMM, PYTORCH, "JAX jit"];
/** It ends with its standard input, so that it does not outlive a benchmark that is broken off. */
const PROGRAM = `
  process.stdin.on("end", () => process.exit()).resume();
  (function spin() {
    for (const end = Date.now() + 50; Date.now() < end; );
    setImmediate(spin);
  })();
`;
const BUSY = [process.execPath, "-e", PROGRAM];

/** Where the system can pin a process, it stays on the first core. */
function startNeighbour(): ChildProcess {
  const [program, ...args] = process.platform === "linux" ? ["taskset", "-c", "0", ...BUSY] : BUSY;
  return spawn(program, args, { stdio: ["pipe", "ignore", "ignore"] });
}

async function beside(act: () => Promise<void>): Promise<void> {
  const neighbour = startNeighbour();
  await once(neighbour, "spawn");
  try {
    await act();
  } finally {
    neighbour.kill("SIGKILL");
  }
}

const neighbourCase: Case = {
  key: "neighbour",
  title: "the steps beside a busy neighbour on one core",
  async run(context) {
    const contenders = named(context.contenders, CONTENDERS);
    for (const { name, sizes, batch } of STEP_CASES) {
      await beside(async () => {
        const task = { ...stepTask(sizes, batch, STEP_SAMPLES), withoutLoss: true };
        const results = await raceCase(context, `${name}, busy neighbour`, task, contenders);
        const [one, two] = [1, 2].map((threads) => find(results, NABLA_JIT, threads));
        context.findings.set(neighbourGoal(name), ratio(two, one));
      });
    }
  },
};

export const neighbourCases: readonly Case[] = [neighbourCase];
