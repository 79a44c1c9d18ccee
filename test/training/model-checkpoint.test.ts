/** ModelCheckpoint, saveCheckpoint and resumeFrom: names, choices, aborts, refusals. */

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  BackupAndRestore,
  Callback,
  type CallbackLike,
  type CallbackState,
  Dense,
  FormatError,
  type FitOptions,
  ModelCheckpoint,
  Sequential,
  input,
  loadModel,
  openSafetensors,
  type Tensor,
  setSeed,
} from "../../src";
import { type Kind, KINDS, modelOf, train } from "../helpers/resumable";
import { uniform } from "../helpers/uniform";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nabla-checkpoint-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const [x, y] = [uniform([20, 4], 1), uniform([20, 2], 2)];
const files = (): string[] => readdirSync(folder).sort();

function small(): Sequential {
  setSeed(3);
  const model = new Sequential([input({ shape: [4] }), new Dense(3), new Dense(2)]);
  return model.compile({ optimizer: "adam", loss: "mse", metrics: ["mae"] });
}

const fit = (
  model: Sequential,
  callbacks: CallbackLike,
  options: FitOptions = {},
): Promise<unknown> =>
  model.fit(x, y, { epochs: 4, batchSize: 5, verbose: 0, callbacks, ...options });

/** Gives each epoch a loss of its own. */
class Told extends ModelCheckpoint {
  losses = [3, 1, 2, 0.5];
  override onEpochEnd(epoch: number, logs: Record<string, number>): void {
    logs.loss = this.losses[epoch];
    super.onEpochEnd(epoch, logs);
  }
}

describe("ModelCheckpoint", () => {
  test("writes a file an epoch, with figures in its name, and keeps the latest", async () => {
    const path = join(folder, "m-{epoch:02d}-{loss:.1f}.safetensors");
    const model = small();
    await fit(model, new Told(path, { keep: 2 }));
    expect(files()).toEqual(["m-03-2.0.safetensors", "m-04-0.5.safetensors"]);
    const loaded = await loadModel(join(folder, "m-04-0.5.safetensors"));
    expect((await loaded.predict(x)).array()).toEqual((await model.predict(x)).array());
  });

  test("makes the folder of a file; so does BackupAndRestore", async () => {
    const path = join(folder, "new", "{epoch}", "m.safetensors");
    const backup = join(folder, "new", "backup", "b.safetensors");
    const callbacks = [new ModelCheckpoint(path), new BackupAndRestore(backup)];
    await small().fit(x, y, { epochs: 2, verbose: 0, callbacks });
    await loadModel(join(folder, "new", "2", "m.safetensors"));
    expect(readdirSync(join(folder, "new", "backup"))).toEqual([]);
    rmSync(join(folder, "new"), { recursive: true });
    writeFileSync(join(folder, "new"), "a file");
    await expect(
      small().fit(x, y, { verbose: 0, callbacks: new ModelCheckpoint(path) }),
    ).rejects.toThrow("ModelCheckpoint: could not make the folder of");
    rmSync(join(folder, "new"));
  });

  test("a file of BackupAndRestore that does not fit says how to begin anew", async () => {
    const path = join(folder, "old.safetensors");
    const other = new Sequential([input({ shape: [4] }), new Dense(2)]);
    await other.compile({ optimizer: "adam", loss: "mse" }).saveCheckpoint(path);
    const run = (): Promise<unknown> => fit(small(), new BackupAndRestore(path));
    const way = /old.safetensors: .*To begin anew, delete .*old.safetensors$/;
    await expect(run()).rejects.toThrow(way);
    writeFileSync(path, "no checkpoint");
    await expect(run()).rejects.toThrow(way);
    rmSync(path);
    await run();
  });

  test("names the callback whose state cannot be kept", async () => {
    class Keeping extends Callback {
      state = (): CallbackState => ({ seen: [1, 2] as never });
    }
    const callbacks = [new Keeping(), new ModelCheckpoint(join(folder, "told.safetensors"))];
    await expect(small().fit(x, y, { verbose: 0, callbacks })).rejects.toThrow(
      /numbers and typed arrays from state\(\) of the callback Keeping but received .* for seen/,
    );
  });

  test("writes where what it watches improves, after what its metric says is better", async () => {
    const path = join(folder, "best-{epoch}.safetensors");
    await fit(small(), new Told(path, { monitor: "loss", saveBestOnly: true }));
    expect(files()).toEqual(["best-1", "best-2", "best-4"].map((name) => `${name}.safetensors`));
    const more = join(folder, "more-{epoch}.safetensors");
    const options = {
      monitor: "loss",
      saveBestOnly: true,
      mode: "max",
      initialValueThreshold: 1.5,
    };
    await fit(small(), new Told(more, options as object));
    expect(files().filter((name) => name.startsWith("more"))).toEqual(["more-1.safetensors"]);
    const missing = fit(small(), new ModelCheckpoint(path, { saveBestOnly: true }));
    await expect(missing).rejects.toThrow("expected one of loss, mae for monitor");
  });

  test("writes after so many batches, counted over the epochs", async () => {
    const path = join(folder, "b-{epoch}-{batch:2d}.safetensors");
    await fit(small(), new ModelCheckpoint(path, { saveFreq: 3 }), { epochs: 3 });
    expect(files()).toEqual(
      ["b-1- 3", "b-2- 2", "b-3- 1", "b-3- 4"].map((n) => `${n}.safetensors`),
    );
  });

  test("writes weights alone", async () => {
    const path = join(folder, "weights.safetensors");
    const model = small();
    await fit(model, new ModelCheckpoint(path, { saveWeightsOnly: true }));
    const file = await openSafetensors(path);
    expect([...file.tensors.keys()].sort()).toEqual(Object.keys(model.state()).sort());
    await file.close();
    const resumed = small();
    await expect(fit(resumed, [] as never, { resumeFrom: path })).rejects.toThrow(
      'found no "optimizer:',
    );
  });

  test("refuses bad options", () => {
    const wrong: [unknown, object, string][] = [
      [3, {}, "ModelCheckpoint: expected a path"],
      ["a", { saveFreq: 0 }, 'expected "epoch" or a positive number of batches for saveFreq'],
      ["a", { keep: 2 }, "expected a path with {epoch} or the like beside keep"],
      ["a-{epoch}", { keep: 0 }, "keep"],
      ["a", { minDelta: "x" }, "minDelta"],
      ["a", { every: 3 }, "every"],
      ["a-{batch}", {}, "expected a path without {batch}, or a number of batches for saveFreq"],
      ["a-{epoch}-{batch:03d}", { saveFreq: "epoch" }, "expected a path without {batch}"],
    ];
    for (const [path, options, message] of wrong) {
      expect(() => new ModelCheckpoint(path as string, options)).toThrow(message);
    }
    expect(() => new BackupAndRestore("", {})).toThrow("BackupAndRestore: expected a path");
    expect(() => new BackupAndRestore("a", { saveFreq: 1.5 })).toThrow("saveFreq");
  });

  test("names what the path may have", async () => {
    const callback = new ModelCheckpoint(join(folder, "{valLoss}"));
    await expect(fit(small(), callback)).rejects.toThrow(
      "expected one of loss, mae, epoch in the path but received {valLoss}",
    );
  });
});

describe("resumeFrom", () => {
  test.each(KINDS)(
    "goes on from what saveCheckpoint kept of an aborted run: %s",
    async (kind: Kind) => {
      const whole = await train(kind, modelOf(1), []);
      const path = join(folder, "aborted.safetensors");
      for (const after of [1, 5, 11, 16]) {
        const model = modelOf(1);
        const abort = new AbortController();
        let batches = 0;
        const onBatchEnd = (): void => {
          if (++batches === after) abort.abort(new Error("stop"));
        };
        const options = { signal: abort.signal };
        await expect(train(kind, model, [{ onBatchEnd }], options)).rejects.toThrow("stop");
        await model.saveCheckpoint(path);
        expect(await train(kind, modelOf(999), [], { resumeFrom: path })).toBe(whole);
      }
    },
  );

  test("goes on from an abort at any time, without callbacks of batches", async () => {
    const whole = await train("memory", modelOf(1), [], { epochs: 30 });
    const path = join(folder, "any.safetensors");
    for (const delay of [0, 2, 5, 9]) {
      const model = modelOf(1);
      const signal = AbortSignal.timeout(delay);
      const result = await train("memory", model, [], { epochs: 30, signal }).catch(() => null);
      if (result !== null) continue;
      await model.saveCheckpoint(path);
      const file = await openSafetensors(path);
      const hasBegun = file.metadata.has("training");
      await file.close();
      const [other, more] = hasBegun ? [modelOf(999), { resumeFrom: path }] : [modelOf(1), {}];
      expect(await train("memory", other, [], { epochs: 30, ...more })).toBe(whole);
    }
  });

  test("goes on to the bit by the compile in force, where the loss has no name", async () => {
    const loss = (a: Tensor, b: Tensor): Tensor => a.sub(b).abs().mean(-1);
    const unnamed = (): Sequential => small().compile({ optimizer: "adam", loss, metrics: [loss] });
    const path = join(folder, "unnamed-{epoch}.safetensors");
    const warn = jest.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    try {
      const whole = unnamed();
      const expected = await fit(whole, new ModelCheckpoint(path));
      expect(warn).toHaveBeenCalledTimes(1);
      const resumed = unnamed();
      const file = join(folder, "unnamed-2.safetensors");
      expect(await fit(resumed, new ModelCheckpoint(path), { resumeFrom: file })).toEqual(expected);
      const [a, b] = [whole, resumed].map((each) => each.getWeights().map((w) => w.array()));
      expect(b).toEqual(a);
    } finally {
      warn.mockRestore();
    }
  });

  test("adds epochs to a run that ended", async () => {
    const once = small();
    const history = await fit(once, [] as never, { epochs: 6 });
    const twice = small();
    await fit(twice, [] as never, { epochs: 4 });
    const path = join(folder, "ended.safetensors");
    await twice.saveCheckpoint(path);
    const other = small();
    expect(await fit(other, [] as never, { epochs: 6, resumeFrom: path })).toEqual(history);
    expect(other.getWeights().map((w) => w.array())).toEqual(
      once.getWeights().map((w) => w.array()),
    );
  });

  test("takes a model that save wrote, without a place in the data", async () => {
    const model = small();
    await fit(model, [] as never);
    const other = small();
    const history = await fit(other, [] as never, { epochs: 1, resumeFrom: model.toBytes() });
    expect((history as { epoch: number[] }).epoch).toEqual([0]);
    expect(other.optimizer.iterations.item()).toBe(20);
  });

  test("says what does not fit, and changes nothing", async () => {
    const path = join(folder, "other.safetensors");
    const model = small();
    await fit(
      model,
      {
        onBatchEnd: (batch: number) => (batch === 1 ? model.saveCheckpoint(path) : undefined),
      },
      { epochs: 1 },
    );
    const other = small();
    const before = other.getWeights().map((weight) => weight.array());
    const wider = new Sequential([input({ shape: [4] }), new Dense(5), new Dense(2)]);
    wider.compile({ optimizer: "adam", loss: "mse" });
    await expect(fit(wider, [] as never, { resumeFrom: path })).rejects.toThrow(
      `${path}: expected float32[4, 5] for "layers.0.kernel" but found float32[4, 3]`,
    );
    other.compile({ optimizer: "sgd", loss: "mse" });
    await expect(fit(other, [] as never, { resumeFrom: path })).rejects.toThrow(
      'the optimizer SGD has no "optimizer:',
    );
    expect(other.getWeights().map((weight) => weight.array())).toEqual(before);
    const less = model.fit(x, y, { batchSize: 4, verbose: 0, resumeFrom: path });
    await expect(less).rejects.toThrow(
      "expected the data of the run that is resumed, 4 batches an epoch, but received 5",
    );
    writeFileSync(path, "no file");
    await expect(fit(small(), [] as never, { resumeFrom: path })).rejects.toThrow(FormatError);
    await expect(fit(small(), [] as never, { resumeFrom: join(folder, "none") })).rejects.toThrow(
      "there is no such file",
    );
  });
});

test("a run by steps is not resumed, and nothing changes", async () => {
  const model = small();
  const before = model.getWeights().map((weight) => weight.array());
  const path = join(folder, "run.safetensors");
  await model.saveCheckpoint(path);
  const steps = { epochs: 1, verbose: 0, stepsPerEpoch: 2 } as const;
  for (const options of [{ resumeFrom: path }, { callbacks: [new BackupAndRestore(path)] }]) {
    await expect(model.fit(x, y, { ...steps, ...options })).rejects.toThrow(
      "expected a run without stepsPerEpoch to resume",
    );
  }
  expect(model.getWeights().map((weight) => weight.array())).toEqual(before);
});
