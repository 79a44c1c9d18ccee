/** What takes part in the benchmark. */

import type { Sizes } from "../network";
import type { PictureNetwork } from "../pictures";

/**
 * What is timed: one training step, one prediction, an epoch, or the tutorial's whole program; of a
 * convolutional network a step or a prediction.
 */
export type Kind = "step" | "predict" | "epoch" | "tutorial" | "pictureStep" | "picturePredict";

export interface Task {
  kind: Kind;
  sizes: Sizes;
  /** Rows of a step or a prediction. */
  batch: number;
  /** How many samples of the shared data the task reads. */
  samples: number;
  /** Learning rate. */
  rate: number;
  /** Of the tutorial's split: samples to train and to validate; the rest is for the test. */
  train?: number;
  valid?: number;
  epochs?: number;
  /** For pictures: the network, which has no `sizes` nor `samples`, and its rate of dropout. */
  network?: PictureNetwork;
  dropout?: number;
  /** Leaves out the comparison of losses. */
  withoutLoss?: boolean;
}

export interface Measured {
  /** Of one unit: a step, a prediction, an epoch, a program. */
  microseconds: number;
  /** Of the test, by the whole program. */
  accuracy?: number;
}

/** A contender that has made ready for a task. */
export interface Session {
  /** Runs `repeat` units. */
  measure(repeat: number): Promise<Measured>;
  /** Mean loss of the first batch after so many steps from the initial weights; null if it has none. */
  loss(steps: number): Promise<number | null>;
  close(): Promise<void>;
}

export interface Contender {
  /** With its mode: "PyTorch eager". */
  name: string;
  threads: number;
  /** Null if it is not to be had. */
  version: string | null;
  /** Why it is not to be had, or what its figures leave out. */
  note?: string;
  /** Whether it takes part in this task; what would take minutes does not. */
  runs(task: Task): boolean;
  open(task: Task, folder: string): Promise<Session>;
  stop(): Promise<void>;
}
