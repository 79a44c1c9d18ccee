/**
 * Programs with worker threads, each in a process of its own:
 *
 *   node -r ts-node/register test/helpers/run-workers.ts <program>
 *
 * A program checks what it can by assertions and must end by itself with status 0.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";

import { NODE_ARGUMENTS } from "./program";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const STEPS = 120;

function start(seed: number, steps: number, file = "worker-train.ts"): Worker {
  return new Worker(join(__dirname, file), {
    workerData: { seed, steps },
    execArgv: [...NODE_ARGUMENTS],
  });
}

/** The message that a worker posts after so many others. */
function message(worker: Worker, skip = 0): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let left = skip;
    worker.on("message", (value) => {
      if (left-- === 0) resolve(value);
    });
    worker.once("error", reject);
  });
}

function ended(worker: Worker): Promise<number> {
  return new Promise((resolve) => worker.once("exit", resolve));
}

/** Those that are left once garbage was collected. */
async function buffersInUse(memory: Library["memory"]): Promise<number> {
  for (let turn = 0; turn < 10; turn++) {
    collect();
    await setImmediate();
  }
  return memory().buffers;
}

type Library = typeof import("./small-training") & Pick<typeof import("../../src"), "memory">;

/** Loaded late: some programs leave the addon to their workers. */
function library(): Library {
  return {
    ...(module.require("./small-training") as typeof import("./small-training")),
    ...(module.require("../../src") as typeof import("../../src")),
  };
}

const programs: Record<string, () => Promise<void>> = {
  /** Two workers and the main thread train at once and compute what each would compute alone. */
  async together() {
    const { train } = library();
    const alone = [1, 2, 3].map((seed) => train(seed, STEPS));
    const workers = [1, 2].map((seed) => start(seed, STEPS));
    const exits = workers.map(ended);
    const results = workers.map((worker) => message(worker, 1));
    await Promise.all(workers.map((worker) => message(worker)));
    assert.deepEqual(train(3, STEPS), alone[2]);
    assert.deepEqual(await Promise.all(results), alone.slice(0, 2));
    assert.deepEqual(await Promise.all(exits), [0, 0]);
  },

  /** The addon is loaded, used and left by workers alone, one after the other. */
  async workersAlone() {
    const first = start(1, STEPS);
    const firstLosses = await message(first, 1);
    await ended(first);
    const second = start(1, STEPS);
    assert.deepEqual(await message(second, 1), firstLosses);
    await ended(second);
  },

  /** Workers that are terminated in the middle leave no buffer and harm nobody. */
  async terminate() {
    const { memory, train } = library();
    const before = train(5, STEPS);
    const buffers = await buffersInUse(memory);
    for (let round = 0; round < 2; round++) {
      const workers = [1, 2].map((seed) => start(seed, Infinity));
      await Promise.all(workers.map((worker) => message(worker)));
      await sleep(20 + 40 * round);
      assert.deepEqual(await Promise.all(workers.map((worker) => worker.terminate())), [1, 1]);
    }
    assert.equal(await buffersInUse(memory), buffers);
    assert.deepEqual(train(5, STEPS), before);
  },

  /** Terminated within a call, when no error can be thrown any more. */
  async terminateWithinCall() {
    for (let round = 0; round < 6; round++) {
      const worker = start(1, Infinity, "worker-calls.ts");
      await message(worker);
      await sleep(10);
      assert.equal(await worker.terminate(), 1);
    }
  },

  /** Terminated while it loads the library, or hardly later. */
  async terminateEarly() {
    const { train } = library();
    for (const delay of [0, 100, 300, 500]) {
      const worker = start(1, Infinity);
      await sleep(delay);
      await worker.terminate();
    }
    assert.equal(train(1, 2).length, 2);
  },

  /** The process exits while workers run. */
  async exit() {
    const workers = [1, 2].map((seed) => start(seed, Infinity));
    await Promise.all(workers.map((worker) => message(worker)));
    const { train } = library();
    train(3, 10);
    process.exit(0);
  },

  /** The process exits while workers run and the main thread never loaded the addon. */
  async exitWithoutAddon() {
    const worker = start(1, Infinity);
    await message(worker);
    process.exit(0);
  },

  /** An error in a worker ends the worker alone. */
  async error() {
    const { train } = library();
    const worker = start(1, 0, "worker-fail.ts");
    await assert.rejects(message(worker), /label 9 at position 1 is outside \[0, 4\)/);
    assert.equal(train(1, 2).length, 2);
  },
};

const [name] = process.argv.slice(2);
void programs[name]().then(() => console.log("done"));
