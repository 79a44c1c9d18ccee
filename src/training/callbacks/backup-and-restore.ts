import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { resolve } from "node:path";

import { makeFolderOf, removeStale } from "../../formats/write-file";
import { checkedPath } from "../../formats/byte-source";
import { type ValuesOf, readOptions } from "../../tensor/option-kinds";
import { Callback, type Logs } from "./callback";
import { type SaveFrequency, saveFrequency } from "./save-frequency";

/** Options of `BackupAndRestore`. */
export interface BackupAndRestoreOptions {
  /** "epoch", the default, or a number of batches. */
  saveFreq?: SaveFrequency;
}

const OPTIONS = { saveFreq: saveFrequency() };

/**
 * Keeps a checkpoint of the run, from which the same call of `fit` goes on to the bit if the process
 * ended in between. The file goes once training ends in good order. Its folder is made, as in Keras.
 */
export class BackupAndRestore extends Callback {
  private readonly options: ValuesOf<typeof OPTIONS>;
  private readonly path: string;
  private batches = 0;
  /** @internal Whether a checkpoint is to be written. */
  isDue = false;
  /** Where batches count. */
  onBatchEnd?: (batch: number, logs: Logs) => void;

  constructor(path: string | URL, options: BackupAndRestoreOptions = {}) {
    super();
    this.path = checkedPath(path, "BackupAndRestore");
    this.options = readOptions(OPTIONS, options, "BackupAndRestore");
    const { saveFreq } = this.options;
    if (saveFreq === "epoch") return;
    this.onBatchEnd = () => {
      this.batches++;
      if (this.batches % saveFreq === 0) this.isDue = true;
    };
  }

  /** @internal */
  resumeFile(): string | null {
    return existsSync(this.path) ? this.path : null;
  }

  /** Called by `fit`: a checkpoint is due, if it is one an epoch. */
  onEpochEnd(): void {
    if (this.options.saveFreq === "epoch") this.isDue = true;
  }

  /** @internal */
  async savePending(): Promise<void> {
    this.isDue = false;
    makeFolderOf(this.path, "BackupAndRestore");
    await this.model.saveCheckpoint(this.path);
  }

  /** Called by `fit`: removes the file, since the run has come to its end. */
  async onTrainEnd(): Promise<void> {
    await rm(this.path, { force: true });
    await removeStale(resolve(this.path));
  }
}
