/** That training, and loops over datasets, leave the event loop its turns, however short each step is. */

import { Dataset, Dense, RestrictedBoltzmannMachine, Sequential, ones } from "../../src";
import { native } from "../../src/addon/native";
import { own } from "../helpers/leak-free";

function spin(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** What starts a thread ends after its report has come: Node.js asks for that without a turn. */
beforeEach(() => {
  const real = { ...native };
  jest.spyOn(native, "startEpoch").mockImplementation((request, report) => {
    const epoch = real.startEpoch(request, report);
    spin(2);
    return epoch;
  });
  jest.spyOn(native, "resumeEpoch").mockImplementation((epoch) => {
    real.resumeEpoch(epoch);
    spin(2);
  });
});

afterEach(() => jest.restoreAllMocks());

const STEPS = 8;

/** How often at most `work` calls what it is given, which takes 11 ms, between two turns. */
async function mostBetweenTurns(work: (step: () => void) => Promise<unknown>): Promise<number> {
  let isOver = false;
  let [steps, since, most] = [0, 0, 0];
  const turn = (): void => {
    since = 0;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await work(() => {
    steps++;
    most = Math.max(most, ++since);
    spin(11);
  });
  isOver = true;
  expect(steps).toBe(STEPS);
  return most;
}

const [x, y] = [own(ones([STEPS, 3])), own(ones([STEPS, 1]))];
const perBatch = { batchSize: 1, verbose: 0 } as const;
const perEpoch = { epochs: STEPS, verbose: 0 } as const;

function modelOf(options: { runEagerly?: boolean } = {}): Sequential {
  return new Sequential([new Dense(1)]).compile({ optimizer: "sgd", loss: "mse", ...options });
}

const works: Record<string, (step: () => void) => Promise<unknown>> = {
  "fit, batch by batch": (onBatchEnd) =>
    modelOf().fit(x, y, { ...perBatch, callbacks: { onBatchEnd } }),
  "fit, epoch by epoch": (onEpochEnd) =>
    modelOf().fit(x, y, { ...perEpoch, callbacks: { onEpochEnd } }),
  "fit, of a dataset with a map": (onBatchEnd) => {
    const rows = Dataset.fromTensorSlices([x, y]).map(([a, b]) => [a.mul(2), b.mul(2)]);
    return modelOf().fit(rows.batch(1), { verbose: 0, callbacks: { onBatchEnd } });
  },
  "fit, eagerly": (onBatchEnd) =>
    modelOf({ runEagerly: true }).fit(x, y, { ...perBatch, callbacks: { onBatchEnd } }),
  "evaluate, again and again": async (step) => {
    const model = modelOf();
    for (let i = 0; i < STEPS; i++) {
      await model.evaluate(x, y);
      step();
    }
  },
  "a Boltzmann machine": (onEpochEnd) =>
    new RestrictedBoltzmannMachine(3, 2).fit(x, { epochs: STEPS, onEpochEnd }),
  "for await": async (step) => {
    for await (const row of Dataset.fromTensorSlices(x)) {
      expect(row.shape).toEqual([3]);
      step();
    }
  },
  "for await over a generator, whose elements are left out": async (step) => {
    const numbers = Dataset.fromGenerator(async function* () {
      for (let i = 0; i < STEPS; i++) {
        step();
        yield await Promise.resolve(i);
      }
    });
    for await (const none of numbers.filter(() => false)) expect(none).toBeUndefined();
  },
};

test.each(Object.keys(works))("%s: a turn after each step that takes long", async (name) => {
  expect(await mostBetweenTurns(works[name])).toBeLessThanOrEqual(2);
});

test.each([false, true])("a timer can abort a long fit; run eagerly: %s", async (runEagerly) => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error("enough")), 1);
  const options = { epochs: 1e6, signal: controller.signal, verbose: 0 } as const;
  await expect(modelOf({ runEagerly }).fit(x, y, options)).rejects.toThrow("enough");
});
