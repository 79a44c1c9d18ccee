/** In what order calls of `predict` are served, and what happens around `fit`. */

import { setTimeout } from "node:timers/promises";

import { Dense, Sequential, type Tensor, input, setSeed } from "../../src";
import { native } from "../../src/addon/native";
import { uniform } from "../helpers/uniform";

const [few, many] = [uniform([2, 4], 1), uniform([9000, 4], 2)];
const [x, y] = [uniform([200, 4], 3), uniform([200, 2], 4)];

function modelOf(): Sequential {
  setSeed(4);
  const layers = [input({ shape: [4] }), new Dense(64, { activation: "tanh" }), new Dense(2)];
  return new Sequential(layers).compile({ optimizer: "adam", loss: "mse" });
}

test("calls are served in their order, whatever their size; one that fails holds up nobody", async () => {
  const model = modelOf();
  await model.predict(few);
  const settled: string[] = [];
  const call = (name: string, data: Tensor, signal?: AbortSignal): Promise<unknown> =>
    model.predict(data, { batchSize: 64, signal }).then(
      () => settled.push(name),
      () => settled.push(`${name} failed`),
    );
  const aborting = new AbortController();
  const all = [
    call("long", many),
    call("short", few),
    call("wrong", uniform([2, 3], 1)),
    call("aborted", many, aborting.signal),
    model.evaluate(x, y).then(() => settled.push("evaluate")),
    call("last", few),
  ];
  aborting.abort();
  await Promise.all(all);
  expect(settled).toEqual(["long", "short", "wrong failed", "aborted failed", "evaluate", "last"]);
});

test("calls of a few samples need no other thread: the first, and those that waited for a turn", async () => {
  const model = modelOf();
  const epochs = jest.spyOn(native, "startEpoch");
  try {
    const first = await model.predict(few);
    expect(epochs).not.toHaveBeenCalled();
    const calls = [many, few, few, [[1, 2, 3, 4]]].map((data) => model.predict(data));
    const [, a, b] = await Promise.all(calls);
    expect(epochs).toHaveBeenCalledTimes(1);
    for (const each of [a, b]) expect(each.array()).toEqual(first.array());
  } finally {
    epochs.mockRestore();
  }
});

test("with nobody before it a call of a few samples is done before another turn of the event loop", async () => {
  const model = modelOf();
  await model.predict(few);
  let hasTurned = false;
  setImmediate(() => (hasTurned = true));
  await Promise.all([model.predict(few), model.predict(few)]);
  expect(hasTurned).toBe(false);
});

test("with a snapshot no call is refused: before, while and after fit runs", async () => {
  const model = modelOf();
  let isOver = false;
  let answers = 0;
  const ask = async (data: Tensor): Promise<void> => {
    while (!isOver) {
      (await model.predict(data)).dispose();
      answers++;
      await setTimeout(0);
    }
  };
  // In microtasks too: between any two steps of fit.
  const spin = async (): Promise<void> => {
    for (let i = 0; i < 2000; i++) {
      (await model.predict(few)).dispose();
      if (i % 100 === 0) await setTimeout(0);
    }
  };
  const asking = Promise.all([ask(few), ask(many), spin()]);
  for (let run = 0; run < 6; run++) {
    await model.fit(x, y, { epochs: 3, verbose: 0, snapshot: true });
  }
  isOver = true;
  await asking;
  expect(answers).toBeGreaterThan(1);
  const first = model.fit(x, y, { verbose: 0, snapshot: true });
  await expect(model.fit(x, y, { verbose: 0, snapshot: true })).rejects.toThrow(
    "this model is training already",
  );
  await model.predict(few);
  await first;
});
