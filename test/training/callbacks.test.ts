import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";

import {
  Callback,
  type CallbackLike,
  Dataset,
  Dense,
  EarlyStopping,
  type Logs,
  type Model,
  Sequential,
  type Tensor,
  losses,
  metrics,
  optimizers,
  tensor,
  tidy,
} from "../../src";
import { leakFreeAsync, own } from "../helpers/leak-free";

const silent = { verbose: 0 } as const;

/** y = 2 x, as tensors that the test owns. */
function line(count = 40): [Tensor, Tensor] {
  const x = Float32Array.from({ length: count }, (_, i) => i / count);
  const column = (values: Float32Array): Tensor => own(tensor(values, [count, 1]));
  return [column(x), column(x.map((value) => 2 * value))];
}

function regression(rate = 0.1): Model {
  const model = own(new Sequential([new Dense(1, { kernelInitializer: "zeros" })]));
  model.build([null, 1]);
  return model.compile({ optimizer: new optimizers.SGD(rate), loss: "mse", metrics: ["mae"] });
}

/** Waits until a `fit` that runs has begun three epochs more, so that it has done steps and is within one. */
async function untilTrained(run: Promise<unknown>): Promise<void> {
  const begun = jest.spyOn(Dataset.prototype, "nextEpoch");
  const ended = run.then(() => {
    throw new Error("expected a run that goes on");
  });
  try {
    while (begun.mock.calls.length < 3) await Promise.race([turn(), ended]);
  } finally {
    begun.mockRestore();
  }
}

/** In memory, and as what is fed batch by batch. */
const KINDS = [
  ["in memory", (data: Dataset<[Tensor, Tensor]>) => data],
  ["fed", (data: Dataset<[Tensor, Tensor]>) => data.map((element) => element)],
] as const;

describe.each(KINDS)("callbacks over data %s", (_, change) => {
  const data = (batch = 16): Dataset<[Tensor, Tensor]> =>
    change(Dataset.fromTensorSlices(line()).batch(batch));

  test(
    "are called in Keras' order, with logs, and may be plain objects",
    leakFreeAsync(async () => {
      const calls: string[] = [];
      const note = (name: string) => (first?: unknown, logs?: Logs) => {
        const numbers = logs === undefined ? "" : ` ${Object.keys(logs).join()}`;
        calls.push(`${name}${typeof first === "number" ? ` ${first}` : ""}${numbers}`);
      };
      const callbacks: CallbackLike = {
        onTrainBegin: note("train begins"),
        onTrainEnd: note("train ends"),
        onEpochBegin: note("epoch begins"),
        onEpochEnd: note("epoch ends"),
        onBatchBegin: note("batch begins"),
        onBatchEnd: note("batch ends"),
      };
      await regression().fit(data(), { validationData: data(), callbacks, ...silent });
      const batches = [0, 1, 2].flatMap((i) => [`batch begins ${i}`, `batch ends ${i} loss,mae`]);
      const last = "epoch ends 0 loss,mae,valLoss,valMae";
      expect(calls).toEqual(["train begins", "epoch begins 0", ...batches, last, "train ends"]);
    }),
  );

  test(
    "may use and change the model: weights, learning rate, frozen layers, predictions",
    leakFreeAsync(async () => {
      const model = regression();
      const [kernel, bias] = model.weights;
      const seen: number[] = [];
      const onBatchEnd = async (batch: number): Promise<void> => {
        await sleep(1);
        seen.push(kernel.data()[0]);
        if (batch === 0) tidy(() => kernel.assign([[5]]));
        if (batch === 0) bias.trainable = false;
        if (batch === 1) tidy(() => (model.optimizer.learningRate = 0));
        (await model.predict([[1]])).dispose();
        const { loss } = await model.evaluate([[[1]], [[2]]]);
        expect(loss).toBeGreaterThan(0);
      };
      await model.fit(data(8), { callbacks: { onBatchEnd }, ...silent });
      expect(seen).toHaveLength(5);
      expect(seen[1]).toBeGreaterThan(3); // from 5, one step
      expect(seen[2]).toBe(seen[1]);
      expect(kernel.data()[0]).toBe(seen[1]);
      expect(model.optimizer.iterations.item()).toBe(5);
    }),
  );

  test(
    "that throw end training and reject the promise; the model can train again",
    leakFreeAsync(async () => {
      const model = regression();
      let ended = false;
      const callbacks: CallbackLike = {
        onBatchEnd: (batch) => {
          if (batch === 1) throw new RangeError("enough");
        },
        onTrainEnd: () => void (ended = true),
      };
      await expect(model.fit(data(8), { callbacks, ...silent })).rejects.toThrow("enough");
      expect(ended).toBe(false);
      expect(model.optimizer.iterations.item()).toBe(2);
      await model.fit(data(8), silent);
      expect(model.optimizer.iterations.item()).toBe(7);
    }),
  );

  test(
    "stop training by stopTraining, after the batch or the epoch",
    leakFreeAsync(async () => {
      const model = regression();
      const stop = (): void => void (model.stopTraining = true);
      const byBatch = await model.fit(data(8), {
        epochs: 3,
        callbacks: { onBatchEnd: stop },
        ...silent,
      });
      expect([byBatch.epoch, model.optimizer.iterations.item()]).toEqual([[0], 1]);
      const byEpoch = await model.fit(data(8), {
        epochs: 3,
        callbacks: { onEpochEnd: stop },
        ...silent,
      });
      expect([byEpoch.epoch, model.optimizer.iterations.item()]).toEqual([[0], 6]);
    }),
  );

  test(
    "may be slow while the run is aborted",
    leakFreeAsync(async () => {
      const model = regression();
      const controller = new AbortController();
      const onBatchEnd = async (batch: number): Promise<void> => {
        if (batch !== 1) return;
        controller.abort(new Error("stop"));
        await sleep(20);
      };
      const { signal } = controller;
      const run = model.fit(data(8), { signal, callbacks: { onBatchEnd }, ...silent });
      await expect(run).rejects.toThrow("stop");
      expect(model.optimizer.iterations.item()).toBe(2);
      await sleep(30);
      expect(model.weights[0].data()).toHaveLength(1);
    }),
  );

  test(
    "are not needed for an abort to take effect within a step",
    leakFreeAsync(async () => {
      const model = regression();
      const controller = new AbortController();
      const run = model.fit(data(1), { epochs: 1e6, signal: controller.signal, ...silent });
      await untilTrained(run);
      const [kernel] = model.weights;
      expect(() => kernel.data()).toThrow(/is in use: the model is training/);
      controller.abort();
      await expect(run).rejects.toMatchObject({ name: "AbortError" });
      const steps = model.optimizer.iterations.item();
      expect(steps).toBeGreaterThan(0);
      expect(Number.isFinite(kernel.data()[0])).toBe(true);
      await model.fit(data(8), silent);
      expect(model.optimizer.iterations.item()).toBe(steps + 5);
    }),
  );
});

describe("a model that trains", () => {
  /** A run that goes on until it is aborted. */
  async function whileTraining(model: Model, check: () => Promise<void> | void): Promise<void> {
    const controller = new AbortController();
    const [x, y] = line();
    const run = model.fit(x, y, { epochs: 1e6, signal: controller.signal, ...silent });
    await untilTrained(run);
    try {
      await check();
    } finally {
      controller.abort();
      await expect(run).rejects.toMatchObject({ name: "AbortError" });
    }
  }

  test(
    "leases its Variables",
    leakFreeAsync(async () => {
      const model = regression();
      const inUse = /is in use: the model is training; await its promise/;
      await whileTraining(model, () => {
        const variables = [...model.weights, ...Object.values(model.optimizer.state())];
        for (const variable of variables) {
          expect(() => variable.data()).toThrow(inUse);
          expect(() => tidy(() => variable.assign(variable.rank === 0 ? 1 : [[1]]))).toThrow();
          expect(() => variable.dispose()).toThrow(inUse);
          expect(variable.toString()).toMatch(inUse);
          expect(variable.isDisposed).toBe(false);
        }
        expect(() => tidy(() => model.forward(tensor([[1]])))).toThrow(inUse);
      });
      expect(model.weights[0].data()).toHaveLength(1);
    }),
  );

  test(
    "leases its Variables again after each callback",
    leakFreeAsync(async () => {
      const model = regression();
      const [kernel] = model.weights;
      const controller = new AbortController();
      const errors: string[] = [];
      const look = (): void => {
        try {
          kernel.data();
          errors.push("none");
        } catch (error) {
          errors.push((error as Error).message);
        }
        if (errors.length === 3) controller.abort();
      };
      const onBatchEnd = (): void => {
        expect(kernel.data()).toHaveLength(1);
        setImmediate(look); // runs once the loop has gone on
      };
      const samples = Dataset.fromTensorSlices(line(20_000)).batch(1);
      const options = { callbacks: { onBatchEnd }, signal: controller.signal, ...silent };
      await expect(model.fit(samples, options)).rejects.toMatchObject({ name: "AbortError" });
      const inUse = expect.stringMatching(/is in use: the model is training/) as string;
      expect(errors.slice(0, 3)).toEqual([inUse, inUse, inUse]);
    }),
  );

  test(
    "refuses a second fit, compile, evaluate and predict",
    leakFreeAsync(async () => {
      const model = regression();
      await whileTraining(model, async () => {
        const [x, y] = line(4);
        await expect(model.fit(x, y)).rejects.toThrow(/this model is training already/);
        await expect(model.evaluate(x, y)).rejects.toThrow(/evaluate: this model is training/);
        await expect(model.predict(x)).rejects.toThrow(/predict: this model is training/);
        expect(() => model.compile({ optimizer: "sgd", loss: "mse" })).toThrow(/in use/);
      });
    }),
  );

  test(
    "waits for predictions that were begun before",
    leakFreeAsync(async () => {
      const model = regression();
      const [x, y] = line();
      const [predicted] = await Promise.all([model.predict(x), model.fit(x, y, silent)]);
      expect(
        own(predicted)
          .data()
          .every((value) => value === 0),
      ).toBe(true);
    }),
  );
});

describe("EarlyStopping", () => {
  /** Losses that a callback before it puts into the logs. */
  const logged = (values: readonly number[]): CallbackLike => ({
    onEpochEnd: (epoch, logs) => void (logs.valLoss = values[epoch]),
  });

  async function epochsOf(
    values: readonly number[],
    options: ConstructorParameters<typeof EarlyStopping>[0],
  ): Promise<number> {
    const [x, y] = line();
    const callbacks = [logged(values), new EarlyStopping(options)];
    const { epoch } = await regression().fit(x, y, {
      epochs: values.length,
      validationData: [x, y],
      callbacks,
      ...silent,
    });
    return epoch.length;
  }

  test.each([
    ["at once without patience", [3, 2, 2.5, 1], {}, 3],
    ["after as many epochs as patience says", [3, 2, 2.5, 2.1, 2, 1], { patience: 2 }, 4],
    ["counting anew after an improvement", [3, 4, 2, 4, 4, 1], { patience: 2 }, 5],
    ["where the change is below minDelta", [3, 2.9, 2.8, 2.7], { minDelta: 0.5 }, 2],
    ["not at all while it improves", [3, 2, 1], { patience: 1 }, 3],
    ["with more for better", [1, 2, 1.5, 3], { mode: "max", monitor: "val_loss" }, 3],
    ["where the baseline is never met", [3, 2.9, 2.9, 2.8], { baseline: 1, patience: 2 }, 3],
    ["not before startFromEpoch", [1, 2, 3, 2, 4], { startFromEpoch: 2 }, 5],
  ] as const)("stops %s", async (_, values, options, epochs) => {
    await leakFreeAsync(async () => expect(await epochsOf(values, options)).toBe(epochs))();
  });

  test(
    "puts the best weights back",
    leakFreeAsync(async () => {
      const model = regression();
      const [x, y] = line();
      const weights: number[] = [];
      const stopping = new EarlyStopping({ patience: 2, restoreBestWeights: true });
      const note: CallbackLike = {
        onEpochEnd: () => void weights.push(model.weights[0].data()[0]),
      };
      const values = [3, 1, 2, 2, 2];
      const callbacks = [logged(values), note, stopping];
      await model.fit(x, y, { epochs: 5, validationData: [x, y], callbacks, ...silent });
      expect(weights).toHaveLength(4);
      expect(model.weights[0].data()[0]).toBe(weights[1]);
      expect([stopping.bestEpoch, stopping.best, stopping.stoppedEpoch]).toEqual([1, 1, 3]);
    }),
  );

  test(
    "says what there is to monitor, before it trains",
    leakFreeAsync(async () => {
      const [x, y] = line();
      const model = regression();
      const run = model.fit(x, y, { callbacks: new EarlyStopping(), ...silent });
      await expect(run).rejects.toThrow(
        'expected one of loss, mae for monitor but received "valLoss", which needs validationData',
      );
      expect(model.optimizer.iterations.item()).toBe(0);
    }),
  );

  test(
    "takes from the metric which way is better, under either spelling of its name",
    leakFreeAsync(async () => {
      const model = own(new Sequential([new Dense(1, { activation: "sigmoid" })]));
      model.build([null, 1]);
      model.compile({
        optimizer: new optimizers.SGD(0),
        loss: "binaryCrossentropy",
        metrics: [new metrics.Precision(), "binary_accuracy", "meanSquaredError"],
      });
      const [x] = line(8);
      const y = own(tensor([0, 1, 0, 1, 0, 1, 0, 1], [8, 1]));
      const bestOf = async (monitor: string, values: readonly number[]): Promise<number> => {
        const stopping = new EarlyStopping({ monitor, patience: 9 });
        const put: CallbackLike = {
          onEpochEnd: (epoch, logs) => {
            for (const name of Object.keys(logs)) logs[name] = values[epoch];
          },
        };
        const callbacks = [put, stopping];
        await model.fit(x, y, { epochs: 3, validationData: [x, y], callbacks, ...silent });
        return stopping.best;
      };
      expect(await bestOf("precision", [1, 3, 2])).toBe(3);
      expect(await bestOf("val_binary_accuracy", [1, 3, 2])).toBe(3);
      expect(await bestOf("valMeanSquaredError", [2, 1, 3])).toBe(1);
      expect(await bestOf("val_loss", [2, 1, 3])).toBe(1);
    }),
  );

  test(
    "wants a mode where nothing says which way is better",
    leakFreeAsync(async () => {
      const [x, y] = line();
      const model = regression();
      const bias = (yTrue: Tensor, yPred: Tensor): Tensor => yPred.sub(yTrue).mean(-1);
      model.compile({ optimizer: "sgd", loss: "mse", metrics: [bias] });
      const run = (options: object): Promise<unknown> =>
        model.fit(x, y, { callbacks: new EarlyStopping(options), ...silent });
      await expect(run({ monitor: "bias" })).rejects.toThrow(
        'expected mode "min" or "max" for bias',
      );
      await run({ monitor: "bias", mode: "min" });
    }),
  );

  test("checks its options", () => {
    expect(() => new EarlyStopping({ patience: -1 })).toThrow(/patience but received -1/);
    expect(() => new EarlyStopping({ mode: "most" as "max" })).toThrow(/mode but received "most"/);
    expect(() => new EarlyStopping({ minDelta: NaN })).toThrow(/minDelta but received NaN/);
    expect(() => new EarlyStopping({ patients: 2 } as object)).toThrow(/received patients/);
  });
});

describe("faults", () => {
  const [labels, floats] = [
    [0, 1, 2, 1],
    [[0.5], [1], [2], [3]],
  ];
  const classifier = (): Model =>
    own(new Sequential([new Dense(3, { activation: "softmax" })])).compile({
      optimizer: "adam",
      loss: "sparse_categorical_crossentropy",
      metrics: ["accuracy"],
    });
  const untyped = (value: unknown): never => value as never;
  const pairs = (targets: number[] = labels): Dataset<[Tensor, Tensor]> =>
    Dataset.fromTensorSlices([own(tensor(floats)), own(tensor(Int32Array.from(targets)))]);

  test.each([
    ["epochs", { epochs: 0 }, /integer of at least 1 for epochs but received 0/],
    ["batchSize", { batchSize: 0 }, /positive integer or "full" for batchSize but received 0/],
    ["batchSize", { batchSize: "all" }, /batchSize but received "all"/],
    ["validationSplit", { validationSplit: 1 }, /number in \(0, 1\) for validationSplit/],
    ["validationSplit", { validationSplit: 0.99 }, /samples on both sides/],
    ["validationData", { validationData: 5 }, /dataset, \[x, y\] or .* for validationData/],
    ["shuffle", { shuffle: "batch" }, /boolean for shuffle but received "batch"/],
    ["verbose", { verbose: 3 }, /"auto", 0, 1 or 2 for verbose but received 3/],
    ["signal", { signal: {} }, /AbortSignal for signal/],
    ["callbacks", { callbacks: [{ onEpoch: 1 }] }, /some of onTrainBegin.* for callbacks/],
    ["a misspelt option", { batch_size: 3 }, /received batch_size/],
    ["a label", { validationData: [floats, [0, 1, 2, 3]] }, /labels in \[0, 3\).* y has 3/],
    ["rows", { validationData: [floats, [0, 1]] }, /as many rows in x of validationData and y/],
  ])("in %s are told before anything is written", async (_, options, message) => {
    await leakFreeAsync(async () => {
      const model = classifier();
      const run = model.fit(floats, labels, untyped({ ...silent, ...options }));
      await expect(run).rejects.toThrow(message);
      expect(model.optimizer.iterations.item()).toBe(0);
    })();
  });

  test.each([
    ["no targets", () => [floats], /x and y, or \[x, y\]/],
    ["more samples than targets", () => [floats, [0, 1]], /as many rows in x and y but received/],
    ["no samples", () => [[], []], /at least one sample but x has none/],
    [
      "labels out of range",
      () => [floats, [0, 1, 3, 1]],
      /labels in \[0, 3\).*y has 3 at position 2/,
    ],
    ["labels that are no integers", () => [floats, [0, 1, 0.5, 1]], /int32 integer/],
    ["targets of another shape", () => [floats, floats.map(() => [0, 1])], /sparse/i],
    ["what is no data", () => [new Map(), labels], /typed array or nested arrays for x/],
    ["single samples", () => [pairs()], /dataset of batches/],
    ["an endless dataset", () => [pairs().batch(2).repeat()], /ends/],
    ["an empty dataset", () => [pairs().take(0).batch(2)], /empty/],
    ["an empty generator", () => [Dataset.fromGenerator(() => [])], /dataset is empty/],
    [
      "elements without targets",
      () => [Dataset.fromTensorSlices(own(tensor(floats))).batch(2)],
      /elements \[x, y\]/,
    ],
  ] as const)("%s are told", async (_, data, message) => {
    await leakFreeAsync(async () => {
      const model = classifier();
      const [x, y = silent] = data() as unknown[];
      const run = model.fit(untyped(x), untyped(y), untyped(y === silent ? undefined : silent));
      await expect(run).rejects.toThrow(message);
      expect(model.optimizer.iterations.item()).toBe(0);
    })();
  });

  test(
    "of a batch that is fed end the run",
    leakFreeAsync(async () => {
      const model = classifier();
      const data = pairs([0, 1, 2, 7])
        .batch(2)
        .map((e) => e);
      const run = model.fit(untyped(data), silent);
      await expect(run).rejects.toThrow(/label 7 at position 1 is outside \[0, 3\)/);
      expect(model.optimizer.iterations.item()).toBe(1);
      const failing = pairs()
        .batch(2)
        .map(() => {
          throw new Error("no more");
        });
      await expect(model.fit(untyped(failing), silent)).rejects.toThrow("no more");
    }),
  );

  test(
    "in compile are told",
    leakFreeAsync(async () => {
      const model = own(new Sequential([new Dense(1)]));
      await expect(model.fit([floats, floats])).rejects.toThrow(/call compile/);
      await expect(model.evaluate([floats, floats])).rejects.toThrow(/call compile/);
      const compile = (options: object) => () => model.compile(untyped(options));
      expect(compile({ loss: "mse" })).toThrow(
        /one of .*adam, .*sgd for optimizer but received undefined/,
      );
      expect(compile({ optimizer: "sgd", loss: "mze" })).toThrow(/for loss but received "mze"/);
      expect(compile({ optimizer: "sgd", loss: "mse", metrics: ["f1"] })).toThrow(/received "f1"/);
      const mean = [new metrics.Mean()];
      expect(compile({ optimizer: "sgd", loss: "mse", metrics: mean })).toThrow(/expected metrics/);
      expect(compile({ optimiser: "sgd", loss: "mse" })).toThrow(/received optimiser/);
    }),
  );
});

test(
  "compile takes names, objects and functions",
  leakFreeAsync(async () => {
    class Watching extends Callback {
      steps = 0;
      onEpochEnd(): void {
        this.steps = this.params.steps * this.model.weights.length;
      }
    }
    const model = own(new Sequential([new Dense(1, { activation: "sigmoid" })]));
    const squared = (yTrue: Tensor, yPred: Tensor): Tensor => losses.meanSquaredError(yTrue, yPred);
    model.compile({
      optimizer: "adam",
      loss: (yTrue, yPred) => squared(yTrue, yPred).mean(),
      metrics: ["accuracy", new metrics.BinaryAccuracy({ threshold: 0.9 }), "mse", "mse", squared],
    });
    const watching = new Watching();
    const y = new Uint8Array([0, 1, 0, 1, 1]);
    const x = [[0], [1], [0], [1], [1]];
    const options = { batchSize: 2, callbacks: watching, ...silent };
    const { history } = await model.fit(x, y, options);
    expect(Object.keys(history)).toEqual([
      "loss",
      "accuracy",
      "binaryAccuracy",
      "mse",
      "mse2",
      "squared",
    ]);
    expect(history.loss[0]).toBeCloseTo(history.mse[0], 6);
    expect(history.mse2).toEqual(history.mse);
    expect(history.squared).toEqual(history.mse);
    expect(watching.steps).toBe(6);
  }),
);
