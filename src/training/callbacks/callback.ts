/** What `fit` calls between its steps, with the names of Keras. */

import type { TypedArray } from "../../tensor/dtype";
import type { Direction } from "../../nn/metrics";
import type { Module } from "../../nn/module";
import type { Optimizer } from "../../optimizers";

/**
 * Means over the samples of an epoch so far, by name: loss, accuracy, valLoss, ... Keras' spelling
 * (`logs.val_loss`) reads the same values.
 */
export type Logs = Record<string, number>;

/** The model that is trained, as callbacks see it. */
export interface TrainedModel extends Module {
  /** Set to true to end training after the batch or epoch. */
  stopTraining: boolean;
  /** The optimizer that `compile` was given; its rate may be set. */
  readonly optimizer: Optimizer;
  /** Writes the model and where training stands: for `fit({ resumeFrom })`. */
  saveCheckpoint(file: string | URL): Promise<void>;
  /** Writes the weights alone. */
  saveWeights(file: string | URL): Promise<void>;
}

/** The run of `fit` that a callback belongs to. */
export interface FitParams {
  /** Number of epochs that were asked for. */
  epochs: number;
  /** Batches an epoch; NaN if that is not known. */
  steps: number;
  /** 0, 1 or 2, as `fit` understood it. */
  verbose: number;
  /**
   * Whether a greater value of each log is better ("max"), or a lesser one ("min"); null where neither
   * is known. Its names are those that logs will have.
   */
  directions: Readonly<Record<string, Direction>>;
}

/** What a callback knows of the run so far, by name: what `state` gives, `loadState` takes back. */
export type CallbackState = Record<string, number | TypedArray>;

/**
 * What is called during `fit`; each may return a promise, which is awaited. Meanwhile the loop is
 * parked, and the model's Variables may be read and assigned. Epochs and batches count from 0. What
 * a callback throws ends training and rejects fit's promise.
 *
 * Batch callbacks stop the native loop after every batch: leave them out where they are not needed.
 */
export interface CallbackLike {
  /** Called first: with the model that is trained. */
  setModel?(model: TrainedModel): void;
  /** Called next: with the run that begins. */
  setParams?(params: FitParams): void;
  /** Before the first epoch. */
  onTrainBegin?(): void | Promise<void>;
  /** Not called when training ends by an error or an abort. */
  onTrainEnd?(logs: Logs): void | Promise<void>;
  /** Before an epoch, counted from 0. */
  onEpochBegin?(epoch: number): void | Promise<void>;
  /** After validation. What it puts into the logs stands in the history too. */
  onEpochEnd?(epoch: number, logs: Logs): void | Promise<void>;
  /** Before a batch, counted from 0 in each epoch. */
  onBatchBegin?(batch: number): void | Promise<void>;
  /** After a batch; the logs are means over the samples of the epoch so far. */
  onBatchEnd?(batch: number, logs: Logs): void | Promise<void>;
  /**
   * Now and then while batches are trained on, at most ten times a second, and after the last one, with
   * the number of those done. The loop is parked meanwhile; a promise is not awaited.
   */
  onProgress?(batchesDone: number, logs: Logs): void;
  /** What a run that was interrupted needs to go on as if it had not been. */
  state?(): CallbackState;
  /** To be called before `fit`, whose run then goes on from this state. */
  loadState?(state: CallbackState): void;
}

/** Base of callbacks that refer to the model. A plain object with some of the methods does as well. */
export abstract class Callback implements CallbackLike {
  /** The model that is trained; set when `fit` begins. */
  protected model!: TrainedModel;
  /** The run of `fit`; set when it begins. */
  protected params!: FitParams;

  /** Called by `fit`: keeps the model. */
  setModel(model: TrainedModel): void {
    this.model = model;
  }

  /** Called by `fit`: keeps what it says of the run. */
  setParams(params: FitParams): void {
    this.params = params;
  }
}
