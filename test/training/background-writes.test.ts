/** Checkpoints are written while training goes on, of what stood when they were due. */

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  BackupAndRestore,
  type CallbackLike,
  Dense,
  ModelCheckpoint,
  Sequential,
  input,
  loadModel,
  memory,
  randomNormal,
  setSeed,
} from "../../src";

let folder = "";
let path = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nabla-background-"));
  path = join(folder, "{epoch}.safetensors");
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

function modelOf(): Sequential {
  setSeed(3);
  const model = new Sequential([input({ shape: [4] }), new Dense(3), new Dense(1)]);
  return model.compile({ optimizer: "adam", loss: "mse" });
}

async function train(
  model: Sequential,
  callbacks: readonly CallbackLike[],
  epochs = 4,
): Promise<void> {
  const [x, y] = [randomNormal([32, 4]), randomNormal([32, 1])];
  try {
    await model.fit(x, y, { epochs, batchSize: 8, verbose: 0, callbacks: [...callbacks] });
  } finally {
    x.dispose();
    y.dispose();
  }
}

const weightsOf = (model: Sequential): unknown => model.weights.map((weight) => weight.array());

type Open = typeof fs.open;

/** Has files opened once `opened` has settled. */
function holdFiles(opened: (...args: Parameters<Open>) => Promise<void>): void {
  const { open } = fs;
  jest.spyOn(fs, "open").mockImplementation(async (...args: Parameters<Open>) => {
    if (args[1] === "wx") await opened(...args);
    return open(...args);
  });
}

test("training goes on meanwhile, and the files hold what stood when they were due", async () => {
  const model = modelOf();
  const weights: unknown[] = [];
  let letGo = (): void => undefined;
  const held = new Promise<void>((done) => (letGo = done));
  const events: string[] = [];
  holdFiles(async () => {
    await held;
    events.push("a file is written");
  });
  const follow: CallbackLike = {
    onEpochEnd: (epoch) => {
      events.push(`epoch ${epoch}`);
      weights.push(weightsOf(model));
      if (epoch === 1) letGo();
    },
  };
  await train(model, [new ModelCheckpoint(path), follow]);
  // The second is copied once the first is written.
  expect(events.slice(0, 3)).toEqual(["epoch 0", "epoch 1", "a file is written"]);
  expect(events.filter((event) => event === "a file is written")).toHaveLength(4);
  expect(readdirSync(folder)).toHaveLength(4);
  for (const epoch of [0, 1, 2, 3]) {
    const loaded = await loadModel(join(folder, `${epoch + 1}.safetensors`));
    expect(weightsOf(loaded as Sequential)).toEqual(weights[epoch]);
    loaded.dispose();
  }
});

test("what saves in a callback and does not await it writes the weights of the call", async () => {
  const model = modelOf();
  const file = join(folder, "own.safetensors");
  let saving: Promise<void> | undefined;
  let expected: unknown;
  const own: CallbackLike = {
    onEpochEnd: (epoch) => {
      if (epoch > 0) return;
      expected = weightsOf(model);
      saving = model.save(file);
    },
  };
  await train(model, [own]);
  await saving;
  expect(weightsOf((await loadModel(file)) as Sequential)).toEqual(expected);
});

const full = (): Promise<void> =>
  Promise.reject(Object.assign(new Error("ENOSPC"), { code: "ENOSPC" }));

test("a file that cannot be written ends training with its error, and leaves no copies", async () => {
  const model = modelOf();
  const seen: number[] = [];
  const handles: number[] = [];
  holdFiles(full);
  const follow: CallbackLike = { onEpochEnd: (epoch) => void seen.push(epoch) };
  for (let run = 0; run < 2; run++) {
    const training = train(model, [new BackupAndRestore(join(folder, "backup")), follow], 100);
    await expect(training).rejects.toThrow(
      `saveCheckpoint: could not write ${join(folder, "backup")}: the disk is full (ENOSPC)`,
    );
    handles.push(memory().handles);
  }
  expect(seen.length).toBeLessThan(100);
  expect(readdirSync(folder)).toEqual([]);
  expect(handles[1]).toBeLessThanOrEqual(handles[0]); // garbage of earlier tests may go
});

test("the last file, too", async () => {
  holdFiles(full);
  const training = train(modelOf(), [new ModelCheckpoint(join(folder, "last"))], 1);
  await expect(training).rejects.toThrow("saveCheckpoint: could not write");
});

test("beside another error it is a warning", async () => {
  const warned = jest.spyOn(process, "emitWarning").mockImplementation(() => undefined);
  let letGo = (): void => undefined;
  const held = new Promise<void>((done) => (letGo = done));
  holdFiles(() => held.then(full));
  const failing: CallbackLike = {
    onEpochBegin: (epoch) => {
      if (epoch === 0) return;
      letGo();
      throw new Error("of its own");
    },
  };
  const training = train(modelOf(), [new ModelCheckpoint(path), failing], 2);
  await expect(training).rejects.toThrow("of its own");
  expect(warned.mock.calls).toEqual([
    [
      expect.stringMatching(/^fit: a checkpoint is missing: saveCheckpoint: .*\(ENOSPC\)$/),
      { type: "NablaWarning", code: "NABLA_LOST_CHECKPOINT" },
    ],
  ]);
});

test("a run that is aborted waits for the file that is being written", async () => {
  let isWritten = false;
  holdFiles(async () => {
    await new Promise((done) => setTimeout(done, 50));
    isWritten = true;
  });
  const ending = new AbortController();
  const abort: CallbackLike = {
    onEpochBegin: (epoch) => {
      if (epoch === 1) ending.abort();
    },
  };
  const model = modelOf();
  const [x, y] = [randomNormal([32, 4]), randomNormal([32, 1])];
  const callbacks = [new ModelCheckpoint(path), abort];
  const training = model.fit(x, y, { epochs: 3, verbose: 0, callbacks, signal: ending.signal });
  await expect(training).rejects.toThrow(/abort/i);
  expect(isWritten).toBe(true);
  expect(readdirSync(folder)).toEqual(["1.safetensors"]);
});
