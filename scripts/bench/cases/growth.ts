/** Cost against depth and width: the step should grow as its arithmetic does. */

import { find, ratio } from "../compare";
import { BARE_GEMM, NABLA_JIT, PYTORCH } from "../contenders/names";
import { STEP_SAMPLES, type Sizes } from "../network";
import { type Case, type Context, named, raceCase, stepTask } from "./context";

const BATCH = 32;
const DEPTHS = [2, 4, 8, 16, 32, 64];
const WIDTHS = [16, 32, 64, 128, 256, 512, 1024, 2048];
const CONTENDERS = [NABLA_JIT, BARE_GEMM, PYTORCH];

/** So many layers in all, the hidden ones 64 wide. */
function deep(layers: number): Sizes {
  return [784, ...new Array<number>(layers - 1).fill(64), 10];
}

/** Two hidden layers. */
function wide(units: number): Sizes {
  return [784, units, units, 10];
}

/** nabla's growth from the first size to the last, divided by that of the bare matrix products. */
async function growth(
  context: Context,
  label: string,
  values: readonly number[],
  network: (value: number) => Sizes,
): Promise<number | null> {
  const contenders = named(context.contenders, CONTENDERS);
  const pace = { ...context.pace, rounds: Math.ceil(context.pace.rounds / 2) };
  const costs: (number | null)[] = [];
  for (const value of values) {
    const task = { ...stepTask(network(value), BATCH, STEP_SAMPLES), withoutLoss: true };
    const results = await raceCase(context, `${label} ${value}`, task, contenders, pace);
    costs.push(ratio(find(results, NABLA_JIT, 1), find(results, BARE_GEMM, 1)));
  }
  const [first, last] = [costs[0], costs[costs.length - 1]];
  return first === null || last === null ? null : last / first;
}

export const growthCases: readonly Case[] = [
  {
    key: "depth",
    title: `depth: ${DEPTHS[0]} to ${DEPTHS[DEPTHS.length - 1]} layers of 64 at batch ${BATCH}`,
    async run(context) {
      context.findings.set(
        "depth 2 to 64: growth / that of bare GEMM",
        await growth(context, "depth", DEPTHS, deep),
      );
    },
  },
  {
    key: "width",
    title: `width: two hidden layers of ${WIDTHS[0]} to 2,048 at batch ${BATCH}`,
    async run(context) {
      context.findings.set(
        "width 16 to 2,048: growth / that of bare GEMM",
        await growth(context, "width", WIDTHS, wide),
      );
    },
  },
];
