/**
 * Calls the addon's functions with arguments that nobody should pass, in a process of its own:
 *
 *   node -r ts-node/register test/helpers/fuzz-addon.ts arguments|steps|plans|words <seed> <rounds>
 *
 * Prints how many calls succeeded and how many threw an Error; anything else ends the process.
 */

import { loadAddon } from "../../src/addon/load-addon";
import type { Native } from "../../src/addon/native";
import { FuzzedPlans } from "./fuzz-plans";
import { FuzzedSteps } from "./fuzz-steps";
import { argument, detached, pick } from "./hostile";
import { integer, series } from "./numbers";
import { Tally } from "./tally";

const native = loadAddon() as Native;

function fuzzArguments(tally: Tally, next: () => number, rounds: number): void {
  const functions = Object.values(native).filter((value) => typeof value === "function") as ((
    ...args: unknown[]
  ) => unknown)[];
  native.create(0, [4], new Float32Array(4));
  for (let i = 0; i < rounds; i++) {
    const args = Array.from({ length: integer(next, 0, 5) }, () => argument(next));
    tally.call(() => pick(next, functions)(...args));
    // As many as a test can run on any machine.
    native.setThreads(2);
  }
  for (let handle = 0; handle < rounds; handle++) native.release(handle);
}

/** Takes away the memory in which steps are described. */
function detachWords(tally: Tally, rounds: number): void {
  const handle = native.create(0, [4], new Float32Array(4));
  const plan = native.createPlan(Float64Array.of(0, 0, 0, 0), true);
  tally.call(() => native.runPlan(plan));
  detached(native.words);
  for (let i = 0; i < rounds; i++) {
    tally.call(() => native.runStep());
    tally.call(() => native.runPlan(plan));
    tally.call(() => native.releaseMany(i));
  }
  native.releasePlan(plan);
  native.release(handle);
}

const [phase, seed, rounds] = process.argv.slice(2);
const tally = new Tally();
const next = series(Number(seed));
if (phase === "arguments") fuzzArguments(tally, next, Number(rounds));
if (phase === "steps") new FuzzedSteps(native, next).run(tally, Number(rounds));
if (phase === "plans") new FuzzedPlans(native, next).run(tally, Number(rounds));
if (phase === "words") detachWords(tally, Number(rounds));

const { handles, plans, buffers } = native.memory();
console.log(JSON.stringify({ ...tally.counts, handles, plans, buffers }));
