/** The callbacks that come with the library; what they watch and do is compared with Keras'. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  BackupAndRestore,
  CSVLogger,
  type CallbackLike,
  Dense,
  EarlyStopping,
  LambdaCallback,
  LearningRateScheduler,
  type Logs,
  type Model,
  ReduceLROnPlateau,
  Sequential,
  type Tensor,
  TerminateOnNaN,
  Variable,
  optimizers,
  tensor,
} from "../../src";
import { loadGolden } from "../helpers/golden";
import { leakFreeAsync, own } from "../helpers/leak-free";

const silent = { verbose: 0 } as const;

function line(count = 8): [Tensor, Tensor] {
  const x = Float32Array.from({ length: count }, (_, i) => i / count);
  const column = (values: Float32Array): Tensor => own(tensor(values, [count, 1]));
  return [column(x), column(x.map((value) => 2 * value))];
}

function regression(rate: optimizers.Rate = 2): Model {
  const model = own(new Sequential([new Dense(1, { kernelInitializer: "zeros" })]));
  model.build([null, 1]);
  return model.compile({ optimizer: new optimizers.SGD(rate), loss: "mse" });
}

/** Losses that a callback before the others puts into the logs. */
const logged = (values: readonly number[]): CallbackLike => ({
  onEpochEnd: (epoch, logs) => void (logs.valLoss = values[epoch]),
});

interface Followed {
  class: "EarlyStopping" | "ReduceLROnPlateau";
  options: object;
  values: number[];
  rates: number[];
  best: number[];
}

const { callbacks } = loadGolden("keras-fit") as { callbacks: Followed[] };
const classes = { EarlyStopping, ReduceLROnPlateau };

describe.each(
  callbacks.map((item): [string, Followed] => [
    `${item.class} ${JSON.stringify(item.options)}`,
    item,
  ]),
)("%s", (_, { class: name, options, values, rates, best }) => {
  /** Runs epochs from one on; what it watches and the rates, epoch by epoch. */
  async function follow(
    watching: EarlyStopping | ReduceLROnPlateau,
    model: Model,
    from: number,
    until: number,
  ): Promise<[number[], number[]]> {
    const [x, y] = line();
    const seen: [number[], number[]] = [[], []];
    const note: CallbackLike = {
      onEpochEnd: () => {
        seen[0].push(watching.best);
        seen[1].push(model.optimizer.learningRate.item());
      },
    };
    await model.fit(x, y, {
      validationData: [x, y],
      initialEpoch: from,
      epochs: until,
      callbacks: [logged(values), watching, note],
      ...silent,
    });
    return seen;
  }

  test(
    "does as Keras",
    leakFreeAsync(async () => {
      const found = await follow(new classes[name](options), regression(), 0, values.length);
      expect(found).toEqual([best, rates]);
    }),
  );

  test(
    "goes on from its state",
    leakFreeAsync(async () => {
      const half = Math.ceil(rates.length / 2);
      const first = new classes[name](options);
      const model = regression();
      const before = await follow(first, model, 0, half);
      const second = new classes[name](options);
      second.loadState(first.state());
      const after = await follow(second, model, half, values.length);
      expect([0, 1].map((i) => [...before[i], ...after[i]])).toEqual([best, rates]);
    }),
  );
});

test(
  "EarlyStopping keeps the best weights in its state, and says that it stops",
  leakFreeAsync(async () => {
    const model = regression(0.1);
    const [x, y] = line();
    const options = { patience: 2, restoreBestWeights: true };
    const first = new EarlyStopping(options);
    const weights: number[] = [];
    const note: CallbackLike = { onEpochEnd: () => void weights.push(model.weights[0].data()[0]) };
    const values = [3, 1, 2, 2, 2];
    let state = first.state();
    const keep: CallbackLike = { onEpochEnd: () => void (state = first.state()) };
    const callbacks = [logged(values), note, first, keep];
    await model.fit(x, y, { epochs: 3, validationData: [x, y], callbacks, ...silent });
    const second = new EarlyStopping(options);
    second.loadState(state);
    const print = jest.spyOn(console, "log").mockImplementation();
    await model.fit(x, y, {
      ...{ epochs: 5, initialEpoch: 3, validationData: [x, y] },
      ...{ callbacks: [logged(values), note, second], verbose: 2 },
    });
    expect(weights).toHaveLength(4);
    expect(model.weights[0].data()[0]).toBe(weights[1]);
    expect(print).toHaveBeenCalledWith(
      "Epoch 4: training stops early, valLoss was best in epoch 2",
    );
    print.mockRestore();
  }),
);

test(
  "LearningRateScheduler sets the rate, of the epoch and the rate before",
  leakFreeAsync(async () => {
    const model = regression();
    const [x, y] = line();
    const asked: [number, number][] = [];
    const schedule = (epoch: number, rate: number): number => {
      asked.push([epoch, rate]);
      return epoch === 0 ? 0.5 : rate / 2;
    };
    const callbacks = new LearningRateScheduler(schedule);
    const { history } = await model.fit(x, y, { epochs: 3, callbacks, ...silent });
    expect(asked).toEqual([[0, 2], [1, 0.5], [2, 0.25]]); // prettier-ignore
    expect(history.learningRate).toEqual([0.5, 0.25, 0.125]);
    const wrong = new LearningRateScheduler(() => NaN);
    await expect(model.fit(x, y, { callbacks: wrong, ...silent })).rejects.toThrow(
      "expected a schedule that returns a non-negative number but for epoch 0 received NaN",
    );
    expect(() => new LearningRateScheduler(0.1 as never)).toThrow(/function for schedule/);
  }),
);

test(
  "a rate that follows a schedule cannot be set",
  leakFreeAsync(async () => {
    const schedule = { initialLearningRate: 0.1, decaySteps: 5, decayRate: 0.5 };
    const model = regression(new optimizers.schedules.ExponentialDecay(schedule));
    const [x, y] = line();
    const callbacks = new LearningRateScheduler(() => 0.1);
    await expect(model.fit(x, y, { callbacks, ...silent })).rejects.toThrow(
      "make the optimizer with a number to set numbers",
    );
  }),
);

describe("CSVLogger", () => {
  const folder = mkdtempSync(join(tmpdir(), "nabla-csv-"));
  const path = join(folder, "log.csv");
  afterAll(() => rmSync(folder, { recursive: true }));

  test(
    "writes what callbacks are told, and adds to a file",
    leakFreeAsync(async () => {
      const [x, y] = line();
      const model = regression(0.1);
      const rows: string[] = [];
      const note = (epoch: number, { loss, valLoss }: Logs): void =>
        void rows.push(`${epoch};${loss};${valLoss}`);
      const run = (epochs: number, initialEpoch: number, append: boolean) =>
        model.fit(x, y, {
          ...{ epochs, initialEpoch, validationData: [x, y] },
          callbacks: [{ onEpochEnd: note }, new CSVLogger(path, { append, separator: ";" })],
          ...silent,
        });
      writeFileSync(path, "old\n");
      await run(2, 0, false);
      await run(3, 2, true);
      const lines = ["epoch;loss;valLoss", ...rows];
      expect(readFileSync(path, "utf8")).toBe(lines.map((row) => `${row}\n`).join(""));
    }),
  );

  test("goes on behind the lines of a run that is resumed", async () => {
    const [x, y] = line();
    const backup = join(folder, "backup.safetensors");
    const crash = {
      onEpochEnd: (epoch: number): void => {
        if (epoch === 3) throw new Error("crash"); // its line is written, its checkpoint is not
      },
    };
    const run = (...more: CallbackLike[]): Promise<unknown> => {
      const callbacks = [new CSVLogger(path), ...more];
      return regression(0.1).fit(x, y, { epochs: 6, shuffle: false, callbacks, ...silent });
    };
    await run();
    const whole = readFileSync(path, "utf8");
    await expect(run(new BackupAndRestore(backup), crash)).rejects.toThrow("crash");
    expect(readFileSync(path, "utf8")).toBe(whole.split("\n", 5).join("\n") + "\n");
    await run(new BackupAndRestore(backup));
    expect(readFileSync(path, "utf8")).toBe(whole);
  });

  test(
    "finds before training that it cannot write",
    leakFreeAsync(async () => {
      const model = regression();
      const [x, y] = line();
      const callbacks = new CSVLogger(join(folder, "none", "log.csv"));
      await expect(model.fit(x, y, { callbacks, ...silent })).rejects.toThrow(
        /CSVLogger: expected a file that can be written to .*ENOENT/,
      );
      const asFolder = new CSVLogger(pathToFileURL(folder));
      await expect(model.fit(x, y, { callbacks: asFolder, ...silent })).rejects.toThrow(/EISDIR/);
      expect(() => new CSVLogger("")).toThrow("CSVLogger: expected a string for filename");
      expect(model.optimizer.iterations.item()).toBe(0);
    }),
  );
});

test(
  "LambdaCallback calls its functions, and refuses others",
  leakFreeAsync(async () => {
    const [x, y] = line();
    const calls: string[] = [];
    const callbacks = new LambdaCallback({
      onTrainBegin: () => void calls.push("begin"),
      onEpochEnd: (epoch, logs) => void calls.push(`${epoch} ${Object.keys(logs).join()}`),
    });
    await regression().fit(x, y, { callbacks, ...silent });
    expect(calls).toEqual(["begin", "0 loss"]);
    expect(() => new LambdaCallback({ onEpoch: () => undefined } as object)).toThrow(
      /onEpochEnd, onBatchBegin, onBatchEnd, onProgress but received onEpoch/,
    );
  }),
);

test(
  "a loss that is no number ends training where it is asked for, and is told of once",
  leakFreeAsync(async () => {
    const [x, y] = line();
    const emit = jest.spyOn(process, "emitWarning").mockImplementation();
    const run = (options: object): Promise<number[]> => {
      const model = regression(1e30);
      return model
        .fit(x, y, { epochs: 5, batchSize: 2, ...options, ...silent })
        .then(({ epoch }) => epoch);
    };
    expect(await run({})).toHaveLength(5);
    expect(emit.mock.calls).toEqual([
      [
        expect.stringMatching(/^fit: the loss is (NaN|Infinity) in epoch 1\. Usual causes: NaN/),
        { type: "NablaWarning", code: "NABLA_NAN_LOSS" },
      ],
    ]);
    expect(await run({ callbacks: new TerminateOnNaN() })).toEqual([0]);
    expect(await run({ terminateOnNaN: true })).toEqual([0]);
    emit.mockRestore();
  }),
);

test(
  "logs and the history are read in Keras' spelling too",
  leakFreeAsync(async () => {
    const [x, y] = line();
    const seen: number[][] = [];
    const onEpochEnd = (_epoch: number, logs: Logs): void =>
      void seen.push([logs.val_loss, logs.valLoss]);
    const callbacks = { onEpochEnd };
    const { history } = await regression(0.1).fit(x, y, {
      ...{ validationData: [x, y], callbacks },
      ...silent,
    });
    expect(seen).toEqual([[history.valLoss[0], history.valLoss[0]]]);
    expect(history.val_loss).toBe(history.valLoss);
    expect(Object.keys(history)).toEqual(["loss", "valLoss"]);
    expect(seen[0][0]).toBeGreaterThan(0);
  }),
);

test("a Variable as rate is lowered in place", async () => {
  const rate = new Variable(2);
  const model = regression(rate);
  const [x, y] = line();
  const callbacks = [
    logged([1, 1, 1]),
    new ReduceLROnPlateau({ patience: 1, factor: 0.5, mode: "min" }),
  ];
  await model.fit(x, y, { epochs: 3, validationData: [x, y], callbacks, ...silent });
  expect(rate.item()).toBe(0.5);
});
