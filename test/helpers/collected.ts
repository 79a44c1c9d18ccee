/**
 * Runs each of `CASES` and says what of it stays alive after collection, as JSON on stdout:
 *
 *   node --expose-gc -r ts-node/register test/helpers/collected.ts
 *
 * A process of its own: where contexts come and go, as in Jest, V8 may stop to call finalizers.
 */

import { setImmediate } from "node:timers/promises";

import { GradientTape, Variable, jit, keep, memory, ones, tidy } from "../../src";

type Alive = Record<"handles" | "plans" | "buffers" | "bytes", number>;

const CASES: Record<string, () => void> = {
  "tensors and Variables that nothing refers to": () => {
    for (let i = 0; i < 10; i++) new Variable(ones([100]).add(i));
  },
  "tensors that were kept, and those a tidy returned": () => {
    tidy(() => void keep(ones([10])));
    tidy(() => ones([10]));
  },
  "what a tape holds whose gradient nobody took": () => {
    const tape = new GradientTape({ persistent: true });
    const x = ones([10]);
    tape.watch(x);
    tape.record(() => void x.exp().square());
  },
  "what many tapes hold that recorded twice in one turn of the event loop": () => {
    for (let i = 0; i < 200; i++) {
      const tape = new GradientTape();
      const x = ones([10]);
      tape.watch(x);
      const y = tape.record(() => x.exp().square());
      tape.record(() => void x.square().exp());
      if (i % 3 === 0) tape.gradient(y, x);
    }
  },
  "the plans of a jit function that nothing refers to": () => {
    const f = jit((x: ReturnType<typeof ones>) => x.add([1, 2, 3]).exp());
    f(ones([3]));
  },
};

function alive(): Alive {
  const { handles, plans, buffers, bytes } = memory();
  return { handles, plans, buffers, bytes };
}

/** Collects garbage until `done`, for at most so many turns of the event loop. */
async function collectUntil(done: () => boolean): Promise<void> {
  for (let turn = 0; turn < 100 && !done(); turn++) {
    (globalThis as unknown as { gc: () => void }).gc();
    await setImmediate();
  }
}

/** What is alive before a case, at its end, and after collection. */
async function run(create: () => void): Promise<Alive[]> {
  const before = alive();
  create();
  const created = alive();
  await collectUntil(() => {
    const { handles, plans } = memory();
    return handles <= before.handles && plans <= before.plans;
  });
  return [before, created, alive()];
}

/** A tensor and a plan that are in use give right results after many collections. */
async function useAfterwards(): Promise<unknown> {
  const kept = ones([3]).add(1);
  const f = jit((x: typeof kept) => x.add([1, 2, 3]));
  f(kept).dispose();
  let turns = 0;
  await collectUntil(() => turns++ === 10);
  const result = f(kept).array();
  for (const item of [kept, f]) item.dispose();
  return result;
}

async function main(): Promise<void> {
  const results: Record<string, Alive[]> = {};
  for (const [title, create] of Object.entries(CASES)) results[title] = await run(create);
  console.log(JSON.stringify({ results, used: await useAfterwards() }));
}

void main();
