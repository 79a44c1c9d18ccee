/**
 * Programs that end while a model trains, each in a process of its own:
 *
 *   node -r ts-node/register test/helpers/run-fits.ts <program>
 *
 * What a program prints and how it ends is for the test to judge.
 */

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker, isMainThread, parentPort } from "node:worker_threads";
import { NODE_ARGUMENTS } from "./program";

type Library = typeof import("../../src");

/** Loaded late: some programs leave the addon to their workers. */
const library = (): Library => module.require("../../src") as Library;

/** Trains for ever, on small batches or on one that takes long. */
async function train(batchSize: number, width: number, epochs = 1e6): Promise<void> {
  const { Dense, Sequential, randomNormal, setThreads } = library();
  setThreads(2);
  const model = new Sequential([new Dense(width, { activation: "relu" }), new Dense(1)]);
  model.compile({ optimizer: "adam", loss: "mse" });
  const [x, y] = [randomNormal([512, 64]), randomNormal([512, 1])];
  const onEpochEnd = (): void => parentPort?.postMessage("epoch");
  const callbacks = isMainThread ? [] : [{ onEpochEnd }];
  await model.fit(x, y, { batchSize, epochs, callbacks, verbose: 0 });
}

const KINDS: readonly [batchSize: number, width: number][] = [
  [8, 16],
  [512, 512],
];

function start(kind: number): Worker {
  return new Worker(__filename, {
    argv: ["train", String(kind)],
    execArgv: [...NODE_ARGUMENTS],
  });
}

function message(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

const programs: Record<string, () => Promise<void>> = {
  /** What a worker runs. */
  async train() {
    await train(...KINDS[Number(process.argv[3])]);
  },

  /** Workers that are terminated in the middle of a fit leave no buffer. */
  async terminate() {
    const { memory } = library();
    const { buffers } = memory();
    for (const delay of [0, 30]) {
      const workers = [0, 1].map(start);
      await Promise.all(workers.map(message));
      await sleep(delay);
      assert.deepEqual(await Promise.all(workers.map((worker) => worker.terminate())), [1, 1]);
      assert.equal(memory().buffers, buffers);
    }
    await train(8, 16, 2);
  },

  /** The addon is loaded by workers alone that are terminated in the middle of a fit. */
  async terminateAlone() {
    for (const kind of [0, 1]) {
      const worker = start(kind);
      await message(worker);
      assert.equal(await worker.terminate(), 1);
    }
  },

  /** The process exits while the main thread and workers train. */
  async exit() {
    const worker = start(0);
    await message(worker);
    for (const kind of KINDS) void train(...kind);
    await sleep(30);
    process.exit(0);
  },

  /** A fit that nobody awaits keeps the process alive until it is done, and no longer. */
  async end() {
    void train(8, 16, 3).then(() => console.log("trained"));
    await Promise.resolve();
  },

  /** An error that nobody catches ends the process in the middle of a fit. */
  async error() {
    void train(...KINDS[1]);
    await sleep(20);
    throw new Error("uncaught");
  },
};

void programs[process.argv[2]]();
