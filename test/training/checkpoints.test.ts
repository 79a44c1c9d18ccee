/** Checkpoints: runs that are interrupted anywhere come to the same bits as one that is not. */

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { BackupAndRestore, type CallbackLike } from "../../src";
import { KINDS, modelOf, train } from "../helpers/resumable";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nabla-checkpoints-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

type Event = "onBatchBegin" | "onBatchEnd" | "onEpochBegin" | "onEpochEnd";

/** Throws at the event of that number, counted over all events of a kind. */
function crash(event: Event, at: number): CallbackLike {
  let count = 0;
  return {
    [event]: () => {
      if (count++ === at) throw new Error("crash");
    },
  };
}

describe.each(KINDS)("%s", (kind) => {
  let whole = "";
  beforeAll(async () => {
    whole = await train(kind, modelOf(1), []);
  });

  test.each([
    ["onBatchEnd", 0, 1],
    ["onBatchEnd", 4, 3],
    ["onBatchEnd", 6, 1],
    ["onBatchEnd", 7, 7],
    ["onBatchBegin", 13, 2],
    ["onBatchEnd", 25, 4],
    ["onEpochBegin", 2, "epoch"],
    ["onEpochEnd", 1, "epoch"],
    ["onEpochEnd", 3, 5],
  ] as const)(
    "goes on after a crash in %s %d, saved after each %s",
    async (event, at, saveFreq) => {
      const path = join(folder, `${kind}-${event}-${at}.safetensors`);
      const backup = (): BackupAndRestore => new BackupAndRestore(path, { saveFreq });
      const broken = train(kind, modelOf(1), [backup(), crash(event, at)]);
      await expect(broken).rejects.toThrow("crash");
      // Without a file the run starts from the beginning: of its own seed.
      const seed = existsSync(path) ? 999 : 1;
      expect(await train(kind, modelOf(seed), [backup()])).toBe(whole);
      expect(existsSync(path)).toBe(false);
    },
  );
});
