/** That training leaves the event loop its turns, however short each step is. */

import { Dense, RestrictedBoltzmannMachine, Sequential, ones } from "../../src";
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
    spin(4);
    return epoch;
  });
  jest.spyOn(native, "resumeEpoch").mockImplementation((epoch) => {
    real.resumeEpoch(epoch);
    spin(4);
  });
});

afterEach(() => jest.restoreAllMocks());

const STEPS = 12;

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
  "fit, eagerly": (onBatchEnd) =>
    modelOf({ runEagerly: true }).fit(x, y, { ...perBatch, callbacks: { onBatchEnd } }),
  "a Boltzmann machine": (onEpochEnd) =>
    new RestrictedBoltzmannMachine(3, 2).fit(x, { epochs: STEPS, onEpochEnd }),
};

test.each(Object.keys(works))("%s: a turn after each step that takes long", async (name) => {
  expect(await mostBetweenTurns(works[name])).toBeLessThanOrEqual(2);
});

test("a timer can abort a long fit that runs eagerly, of one batch an epoch too", async () => {
  const model = modelOf({ runEagerly: true });
  for (const batchSize of [1, STEPS]) {
    const options = { epochs: 20_000, batchSize, verbose: 0 } as const;
    const signal = AbortSignal.timeout(20);
    await expect(model.fit(x, y, { ...options, signal })).rejects.toThrow("timeout");
  }
  await expect(model.evaluate(x, y, { signal: AbortSignal.abort() })).rejects.toThrow("aborted");
});
