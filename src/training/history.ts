/** What `fit` returns. */

import { readableUnderscored } from "../tensor/spelling";
import type { Logs } from "./callbacks";

/** The figures of all epochs that were completed. */
export class History {
  /** Numbers of the epochs, from 0. */
  readonly epoch: number[] = [];
  /**
   * By name (loss, accuracy, valLoss, valAccuracy, ...), one value an epoch. Keras' spelling
   * (`val_loss`) reads the same.
   */
  readonly history: Record<string, number[]> = {};

  /** @internal Begins with the epochs of an earlier run. */
  restore({ epoch, history }: Pick<History, "epoch" | "history">): void {
    this.epoch.push(...epoch);
    for (const [name, values] of Object.entries(history)) this.history[name] = [...values];
    readableUnderscored(this.history);
  }

  /** @internal */
  add(epoch: number, logs: Logs): void {
    this.epoch.push(epoch);
    for (const [name, value] of Object.entries(logs)) (this.history[name] ??= []).push(value);
    readableUnderscored(this.history);
  }
}
