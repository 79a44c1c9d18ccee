/** Predictions while a model trains. */

import { Dense, Dropout, Layer, Sequential, type Tensor, input, setSeed } from "../../src";
import { uniform } from "../helpers/uniform";

const [x, y] = [uniform([60, 4], 1), uniform([60, 2], 2)];

function modelOf(): Sequential {
  setSeed(4);
  const layers = [input({ shape: [4] }), new Dense(5), new Dropout(0.3), new Dense(2)];
  return new Sequential(layers).compile({ optimizer: "adam", loss: "mse" });
}

test("predict answers by the weights of the start and of each epoch, and nothing is disturbed", async () => {
  const whole = modelOf();
  const expected = await whole.fit(x, y, { epochs: 150, verbose: 0 });
  const model = modelOf();
  const states = [JSON.stringify((await model.predict(x)).array())];
  const onEpochEnd = async (): Promise<void> => {
    states.push(JSON.stringify((await model.predict(x)).array()));
  };
  let isOver = false;
  const options = { epochs: 150, verbose: 0 as const, snapshot: true, callbacks: { onEpochEnd } };
  const training = model.fit(x, y, options).finally(() => (isOver = true));
  const answers: string[] = [];
  while (!isOver) {
    await new Promise((resolve) => setImmediate(resolve));
    if (isOver) break;
    const both = await Promise.all([model.predict(x), model.predict(x, { batchSize: 7 })]);
    answers.push(...both.map((each) => JSON.stringify(each.array())));
  }
  expect(await training).toEqual(expected);
  expect(answers.length).toBeGreaterThan(0);
  for (const answer of answers) expect(states).toContain(answer);
  const [a, b] = [whole, model].map((each) => each.getWeights().map((w) => w.array()));
  expect(b).toEqual(a);
});

test("the model predicts by itself again after the run, also after one that failed", async () => {
  const model = modelOf();
  const callbacks = {
    onEpochEnd: () => {
      throw new Error("stop");
    },
  };
  const run = model.fit(x, y, { verbose: 0, snapshot: true, callbacks });
  await expect(run).rejects.toThrow("stop");
  const predicted = (await model.predict(x)).array();
  expect((await model.clone().predict(x)).array()).toEqual(predicted);
  await expect(model.fit(x, y, { snapshot: 1 as never })).rejects.toThrow("snapshot");
  const open = new Sequential([new Dense(2)]).compile({ optimizer: "sgd", loss: "mse" });
  await expect(open.fit(x, y, { snapshot: true })).rejects.toThrow("call its build first");
});

test("without it predict says that the model is training", async () => {
  const model = modelOf();
  const running = model.fit(x, y, { epochs: 3, verbose: 0 });
  await expect(model.predict(x)).rejects.toThrow("this model is training");
  await running;
});

/** Notes when JavaScript of the model runs. */
const events: string[] = [];

class Noting extends Layer {
  override forward(given: Tensor): Tensor {
    events.push("forward");
    return given.mul(1);
  }
}

test("requests have a turn between all that a run prepares", async () => {
  const layers = [input({ shape: [4] }), new Noting(), new Dense(2)];
  const model = new Sequential(layers).compile({ optimizer: "adam", loss: "mse" });
  events.length = 0;
  let isOver = false;
  const turn = (): void => {
    events.push("turn");
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  // Two sizes of batches: each is captured, and compared with a second capture.
  const options = { epochs: 2, batchSize: 32, verbose: 0 as const, snapshot: true };
  await model.fit(x, y, options).finally(() => (isOver = true));
  // What comes first is the copy.
  const captures = events.flatMap((event, i) => (event === "forward" ? [i] : [])).slice(-4);
  expect(captures).toHaveLength(4);
  expect(events[0]).toBe("turn");
  for (const i of captures) expect([events[i - 1], events[i + 1]]).toEqual(["turn", "turn"]);
});
