/**
 * Programs with far more models at work than there are threads, each in a process of its own:
 *
 *   node -r ts-node/register test/helpers/run-crowds.ts <program>
 *
 * A program checks what it can by assertions and must end by itself with status 0.
 */

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import {
  Dense,
  Sequential,
  type Tensor,
  getThreads,
  randomNormal,
  setSeed,
  setThreads,
} from "../../src";
import { eventually } from "./eventually";

/** Threads of the pool at most, beside the team's: more only on machines of many cores. */
const POOL = 32;

/** Threads of this process; 0 where the system does not tell. */
function threadsAlive(): number {
  return process.platform === "linux" ? readdirSync("/proc/self/task").length : 0;
}

/** Watches how many threads there are until it is asked for the most. */
function watchThreads(): () => number {
  let most = threadsAlive();
  const timer = setInterval(() => (most = Math.max(most, threadsAlive())), 2);
  return () => {
    clearInterval(timer);
    return Math.max(most, threadsAlive());
  };
}

/** Runs `work` and checks the number of threads meanwhile, and once those that it needed may end. */
async function withBoundedThreads<T>(work: () => Promise<T>): Promise<T> {
  await sleep(5000); // until those of earlier work have ended
  const before = threadsAlive();
  const most = watchThreads();
  const result = await work();
  assert.ok(most() - before < POOL + getThreads(), `${most()} threads, ${before} before`);
  assert.ok(await eventually(() => threadsAlive() <= before), `${threadsAlive()} threads stay`);
  return result;
}

function createModel(): Sequential {
  const model = new Sequential([new Dense(48, { activation: "relu" }), new Dense(3)]);
  model.compile({ optimizer: "sgd", loss: "mse" });
  return model.build([null, 32]);
}

/** Models of their own weights, the same at each call. */
function createModels(count: number): Sequential[] {
  setSeed(7);
  return Array.from({ length: count }, createModel);
}

const numbers = (x: Tensor): number[] => [...x.data()];

const programs: Record<string, () => Promise<void>> = {
  async predict() {
    const models = createModels(500);
    const x = randomNormal([700, 32]);
    const expected = models.map((model) => numbers(model.forward(x)));
    const found = await withBoundedThreads(() =>
      Promise.all(models.map((model) => model.predict(x, { batchSize: 64 }))),
    );
    found.forEach((y, i) => {
      const values = numbers(y);
      const error = Math.max(...values.map((value, k) => Math.abs(value - expected[i][k])));
      assert.ok(error < 1e-4, `model ${i} is off by ${error}`);
    });
  },

  async fit() {
    const options = { epochs: 3, batchSize: 16, shuffle: false, verbose: 0 } as const;
    setSeed(8);
    const [x, y] = [randomNormal([400, 32]), randomNormal([400, 3])];
    const alone: number[][] = [];
    for (const model of createModels(200)) {
      alone.push((await model.fit(x, y, options)).history.loss);
    }
    const models = createModels(200);
    const histories = await withBoundedThreads(() =>
      Promise.all(models.map((model) => model.fit(x, y, options))),
    );
    assert.deepEqual(
      histories.map(({ history }) => history.loss),
      alone,
    );
  },

  /** Callbacks that wait for other models, while more fits than threads are parked. */
  async callbacks() {
    setThreads(2);
    const models = createModels(100);
    const others = createModels(100);
    const shared = createModel();
    const [x, y] = [randomNormal([64, 32]), randomNormal([64, 3])];
    const long = randomNormal([20_000, 32]);
    let seen = 0;
    await Promise.all(
      models.map((model, i) =>
        model.fit(x, y, {
          epochs: 2,
          batchSize: 16,
          verbose: 0,
          callbacks: {
            onBatchEnd: async () => {
              const results = await Promise.all([others[i].predict(long), shared.predict(long)]);
              for (const result of results) result.dispose();
              seen++;
            },
          },
        }),
      ),
    );
    assert.equal(seen, 100 * 2 * 4);
  },

  /** A crowd can be aborted at any moment; nobody waits for the others. */
  async abort() {
    const models = createModels(100);
    const [x, y] = [randomNormal([3200, 32]), randomNormal([3200, 3])];
    const controllers = models.map(() => new AbortController());
    const fits = models.map((model, i) =>
      model.fit(x, y, { epochs: 1e6, signal: controllers[i].signal, verbose: 0 }),
    );
    await sleep(100);
    for (const controller of controllers) controller.abort(new Error("enough"));
    for (const { status } of await Promise.allSettled(fits)) assert.equal(status, "rejected");
    const history = await models[0].fit(x, y, { verbose: 0 });
    assert.ok(Number.isFinite(history.history.loss[0]));
  },

  /** The process exits in the middle. */
  async exit() {
    const [x, y] = [randomNormal([3200, 32]), randomNormal([3200, 3])];
    for (const model of createModels(100)) void model.fit(x, y, { epochs: 1e6, verbose: 0 });
    await sleep(200);
    process.exit(0);
  },
};

const [name] = process.argv.slice(2);
void programs[name]();
