/** Where a run of `fit` stands: all that a run which goes on from there needs beside the model's state. */

import type { CallbackState, Logs } from "./callbacks";
import type { MetricStates } from "./compiled";
import type { History } from "./history";
import type { PassStanding } from "./pass";

export interface FitStanding {
  /** The epoch that is under way, or comes next. */
  readonly epoch: number;
  /** Whether some of its batches are done. */
  readonly isWithinEpoch: boolean;
  /** Whether all of them are, or none is to follow. */
  readonly isTrained: boolean;
  /** What they gave, once the model is being validated; null before. */
  readonly logs: Logs | null;
  /** Whether the model's `stopTraining` is set. */
  readonly stopped: boolean;
  /** Batches an epoch; NaN if that is not known. */
  readonly steps: number;
  readonly train: PassStanding;
  readonly validation: PassStanding | null;
  readonly history: Pick<History, "epoch" | "history">;
  /** Within an epoch. */
  readonly metrics: MetricStates | null;
  readonly callbacks: readonly SavedCallback[];
}

export interface SavedCallback {
  readonly class: string;
  readonly state: CallbackState;
}

/** A callback that writes checkpoints once all callbacks have seen a batch or an epoch. */
export interface CheckpointSaver {
  readonly isDue: boolean;
  /** Takes a copy before it first waits; settles once the file is written. */
  savePending(): Promise<void>;
}

export function savesCheckpoints(callback: object): callback is CheckpointSaver {
  return typeof (callback as Partial<CheckpointSaver>).savePending === "function";
}

/** A callback that goes on from a file of its own. */
export interface Resumer {
  /** The file to resume from; null for none. */
  resumeFile(): string | null;
}

export function resumes(callback: object): callback is Resumer {
  return typeof (callback as Partial<Resumer>).resumeFile === "function";
}
