/** Runs whose batches are drawn in several pieces: nobody can tell where one ends. */

import {
  Dataset,
  Dense,
  GradientTape,
  type Logs,
  Sequential,
  Tensor,
  jit,
  losses,
  mean,
  optimizers,
  randomNormal,
  range,
  setSeed,
  tensor,
  tidy,
  zeros,
} from "../../src";
import { PIECE } from "../../src/training/pass";
import { own } from "../helpers/leak-free";

const ROWS = 1000;
const BATCH = 384;

/** Rounds of the rows that make two whole pieces and some of a third. */
const ROUNDS = Math.ceil((2.3 * PIECE) / ROWS);
const BATCHES = Math.ceil((ROUNDS * ROWS) / BATCH);
const PIECE_BATCHES = Math.ceil(PIECE / BATCH);

function createModel(): Sequential {
  setSeed(5);
  const model = new Sequential([new Dense(4, { activation: "tanh" }), new Dense(1)]);
  model.compile({ optimizer: new optimizers.SGD(0.05), loss: "mse" });
  return model.build([null, 3]);
}

function createPairs(): [Tensor, Tensor] {
  setSeed(6);
  return [own(randomNormal([ROWS, 3])), own(randomNormal([ROWS, 1]))];
}

const manyRounds = (): Dataset<[Tensor, Tensor]> =>
  Dataset.fromTensorSlices(createPairs()).shuffle(300, { seed: 4 }).repeat(ROUNDS).batch(BATCH);

const weightsOf = (model: Sequential): number[][] => model.weights.map((w) => [...w.data()]);

/** The same training by a loop of one's own. */
function trainByHand(model: Sequential, epochs: number): void {
  const optimizer = new optimizers.SGD(0.05);
  const step = jit((x: Tensor, y: Tensor) => {
    const tape = new GradientTape();
    const loss = tape.record(() => mean(losses.meanSquaredError(y, model.forward(x))));
    optimizer.applyGradients(tape.gradient(loss, model.trainableWeights), model.trainableWeights);
  });
  const dataset = manyRounds();
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const [x, y] of dataset) tidy(() => step(x, y));
  }
  step.dispose();
}

test("training is that of a loop over the same batches, bit for bit", async () => {
  const [found, expected] = [createModel(), createModel()];
  await found.fit(manyRounds(), { epochs: 2, verbose: 0 });
  trainByHand(expected, 2);
  expect(weightsOf(found)).toEqual(weightsOf(expected));
});

test("callbacks hear of each batch once, and change nothing", async () => {
  const [found, expected] = [createModel(), createModel()];
  const seen: number[] = [];
  const begun: number[] = [];
  const callbacks = {
    onBatchBegin: (batch: number) => void begun.push(batch),
    onBatchEnd: (batch: number) => void seen.push(batch),
  };
  await found.fit(manyRounds(), { verbose: 0, callbacks });
  await expected.fit(manyRounds(), { verbose: 0 });
  expect(seen).toEqual(Array.from({ length: BATCHES }, (_, i) => i));
  expect(begun).toEqual(seen);
  expect(weightsOf(found)).toEqual(weightsOf(expected));
});

test.each([PIECE_BATCHES - 2, PIECE_BATCHES - 1, PIECE_BATCHES, 2 * PIECE_BATCHES - 1])(
  "training stops after batch %i, at the border of a piece or near it",
  async (last) => {
    const model = createModel();
    const seen: number[] = [];
    const onBatchEnd = (batch: number): void => {
      seen.push(batch);
      model.stopTraining = batch === last;
    };
    const { epoch } = await model.fit(manyRounds(), {
      epochs: 3,
      verbose: 0,
      callbacks: { onBatchEnd },
    });
    expect(epoch).toEqual([0]);
    expect(seen).toHaveLength(last + 1);
  },
);

test("an abort in a callback at the border of a piece ends the run there", async () => {
  const model = createModel();
  const controller = new AbortController();
  let seen = 0;
  const onBatchEnd = (batch: number): void => {
    seen++;
    if (batch === PIECE_BATCHES - 1) controller.abort(new Error("enough"));
  };
  const fit = model.fit(manyRounds(), {
    verbose: 0,
    callbacks: { onBatchEnd },
    signal: controller.signal,
  });
  await expect(fit).rejects.toThrow("enough");
  expect(seen).toBe(PIECE_BATCHES);
});

test("a loss that is no number ends the run, also in the last batch of a piece", async () => {
  const x = own(tensor(Float32Array.from({ length: 3 * PIECE }, (_, i) => (i === PIECE - 1 ? NaN : 0)), [3 * PIECE, 1])); // prettier-ignore
  const model = new Sequential([new Dense(1)]);
  model.compile({ optimizer: "sgd", loss: "mse" });
  const seen: number[] = [];
  const onBatchEnd = (batch: number, { loss }: Logs): void => void seen.push(batch, loss);
  const dataset = Dataset.fromTensorSlices([x, x] as const).batch(PIECE / 4);
  await model.fit(dataset, { verbose: 0, terminateOnNaN: true, callbacks: { onBatchEnd } });
  expect(seen.filter((_, i) => i % 2 === 0)).toEqual([0, 1, 2, 3]);
});

test("evaluation counts every row", async () => {
  const model = createModel();
  const [x, y] = createPairs();
  const once = await model.evaluate(x, y);
  const often = await model.evaluate(manyRounds());
  expect(often.loss).toBeCloseTo(once.loss, 5);
});

describe("labels", () => {
  const classifier = async (): Promise<Sequential> => {
    const model = new Sequential([new Dense(2, { activation: "softmax" })]);
    model.compile({ optimizer: "sgd", loss: "sparseCategoricalCrossentropy" });
    await model.predict(own(zeros([1, 1])));
    return model;
  };
  const count = 2 * PIECE;
  const pairs = (faulty: number): Dataset<[Tensor, Tensor]> => {
    const labels = new Int32Array(count);
    labels[faulty] = 7;
    return Dataset.fromTensorSlices([own(zeros([count, 1])), own(tensor(labels))]);
  };

  test("that are none are found before training, wherever they come", async () => {
    const model = await classifier();
    const before = weightsOf(model);
    const fit = model.fit(pairs(count - 3).batch(512), { verbose: 0 });
    await expect(fit).rejects.toThrow(`7 at position ${count - 3}`);
    expect(weightsOf(model)).toEqual(before);
  });

  test("do not matter in rows that are not used", async () => {
    const model = await classifier();
    await model.fit(pairs(count - 3).take(count - 512).batch(512), { verbose: 0 }); // prettier-ignore
  });
});

describe("more rounds than can ever end", () => {
  test("begin at once, leave the event loop free and can be aborted, in little memory", async () => {
    const x = Dataset.fromTensorSlices([own(zeros([60_000, 3])), own(zeros([60_000, 1]))]);
    const dataset = x.shuffle(60_000).repeat(1e6).batch(32);
    const { arrayBuffers } = process.memoryUsage();
    const controller = new AbortController();
    const model = createModel();
    let batches = 0;
    let turns = 0;
    let most = 0;
    const timer = setInterval(() => {
      turns++;
      most = Math.max(most, process.memoryUsage().arrayBuffers);
      if (turns > 20 && batches > 1.2 * (PIECE / 32)) controller.abort(new Error("enough"));
    }, 1);
    // Its value moves on while the model trains.
    const onBatchEnd = (batch: number): void => void (batches = batch);
    const fit = model.fit(dataset, { verbose: 0, signal: controller.signal, callbacks: { onBatchEnd } }); // prettier-ignore
    await expect(fit).rejects.toThrow("enough");
    clearInterval(timer);
    expect(batches).toBeGreaterThan(1.2 * (PIECE / 32));
    expect(most - arrayBuffers).toBeLessThan(2 ** 24);
  });
});

describe("pieces", () => {
  test("one after the other are the whole iteration", () => {
    const x = own(range(700));
    for (const dataset of [
      Dataset.fromTensorSlices(x).shuffle(90, { seed: 2 }).repeat(3).batch(33),
      Dataset.fromTensorSlices(x).batch(64).shuffle(4, { seed: 1 }).repeat(5),
      Dataset.fromTensorSlices(x).skip(699).batch(7).repeat(9),
      Dataset.fromTensorSlices(x).take(0).batch(7),
    ]) {
      const whole = dataset.batchIndices(2);
      for (const rows of [1, 50, 64, 1000, Infinity]) {
        const draw = dataset.drawBatches(2);
        const indices: number[] = [];
        const sizes: number[] = [];
        for (let piece; !draw.isOver;) {
          piece = draw.draw(rows, piece);
          indices.push(...piece.indices);
          for (let b = 1; b < piece.offsets.length; b++) {
            sizes.push(piece.offsets[b] - piece.offsets[b - 1]);
          }
          const last = sizes.at(-1)!;
          expect(piece.indices.length - last).toBeLessThan(rows);
          expect(draw.isOver || piece.indices.length >= rows).toBe(true);
        }
        expect(indices).toEqual([...whole.indices]);
        expect(sizes).toEqual([...whole.offsets].slice(1).map((end, b) => end - whole.offsets[b]));
        expect([...draw.draw(rows).offsets]).toEqual([0]);
      }
    }
  });

  test("are to be had of batches over tensors alone", () => {
    const numbers = Dataset.fromTensorSlices(own(range(3)));
    expect(() => numbers.drawBatches()).toThrow("drawBatches expects a dataset of batches");
    expect(() => numbers.repeat().batch(2).drawBatches()).toThrow("a dataset that ends");
    expect(() => numbers.batch(2).drawBatches(-1)).toThrow("epoch of drawBatches");
    const made = numbers.batch(2);
    made.drawBatches();
    expect(made.nextEpoch()).toBe(1);
  });
});
