/** One training step: gather, forward, loss, backward, SGD, no metrics. */

import { againstBestPeer, find, lossDeviation, ratio } from "../compare";
import {
  BARE_GEMM,
  BRAIN,
  NABLA_EAGER,
  NABLA_JIT,
  PYTORCH,
  TFJS_CPU,
  TFJS_WASM,
} from "../contenders/names";
import * as goals from "../goals";
import { STEP_SAMPLES, type Sizes, TUTORIAL, WIDE } from "../network";
import type { Result } from "../race";
import type { Findings } from "../report";
import { type Case, raceCase, stepTask } from "./context";

interface StepCase {
  key: string;
  name: (typeof goals.STEPS)[number];
  sizes: Sizes;
  batch: number;
}

export const STEP_CASES: readonly StepCase[] = [
  { key: "step32", name: goals.STEP_32, sizes: TUTORIAL, batch: 32 },
  { key: "step128", name: goals.STEP_128, sizes: TUTORIAL, batch: 128 },
  { key: "step1024", name: goals.STEP_1024, sizes: TUTORIAL, batch: 1024 },
  { key: "stepWide", name: goals.STEP_WIDE, sizes: WIDE, batch: 128 },
];

export const stepCases: readonly Case[] = STEP_CASES.map(({ key, name, sizes, batch }) => ({
  key,
  title: `${name} of ${sizes.join("-")}`,
  async run(context) {
    const results = await raceCase(context, name, stepTask(sizes, batch, STEP_SAMPLES));
    judge(context.findings, name, results);
  },
}));

function judge(findings: Findings, name: StepCase["name"], results: readonly Result[]): void {
  const gemm = find(results, BARE_GEMM, 1);
  const one = find(results, NABLA_JIT, 1);
  const two = find(results, NABLA_JIT, 2);
  findings.set(goals.bestPeerGoal(name), againstBestPeer(results, NABLA_JIT));
  findings.set(goals.lossGoal(name), lossDeviation(results));
  if (name === goals.STEP_1024) {
    findings.set(`${name}: 2 threads / bare GEMM, 1 thread`, ratio(two, gemm));
  } else if (name === goals.STEP_WIDE) {
    const gemm2 = find(results, BARE_GEMM, 2);
    findings.set(`${name}: 2 threads / bare GEMM, 2 threads`, ratio(two, gemm2));
  } else if (name === goals.STEP_32) {
    findings.set(`${name}: 1 thread / bare GEMM, 1 thread`, ratio(one, gemm));
    findings.set(`${name}: 2 threads / bare GEMM, 1 thread`, ratio(two, gemm));
    judgePeers(findings, name, results);
  }
}

/** Everybody at the number of threads that suits it best. */
function judgePeers(findings: Findings, name: string, results: readonly Result[]): void {
  const own = find(results, NABLA_JIT);
  const eager = find(results, NABLA_EAGER);
  const bare = find(results, BARE_GEMM, 1);
  findings.set(`${name}: eager / bare GEMM, 1 thread`, ratio(eager, bare));
  findings.set(`${name}: PyTorch eager / nabla eager`, ratio(find(results, PYTORCH), eager));
  for (const peer of [PYTORCH, TFJS_WASM, TFJS_CPU, BRAIN]) {
    findings.set(`${name}: ${peer} / nabla`, ratio(find(results, peer), own));
  }
}
