/** A copy of a model that predicts while `fit` trains the model. */

import type { Layer } from "../nn/layer";
import { libraryRandom, restoreLibraryRandom } from "../ops/random";
import type { PredictionData } from "./batches";
import type { CallbackLike } from "./callbacks";
import type { PredictOptions } from "./fit-options";

/** What a model needs to be able to do to be a snapshot of another. */
export interface PredictingModel extends Layer {
  predict(data: PredictionData, options?: PredictOptions): Promise<unknown>;
  /** Runs `fn` once predictions that were begun have ended. */
  whenFree<T>(fn: () => Promise<T>): Promise<T>;
  dispose(): void;
}

/** Answers from the weights of the start, then of the last epoch. */
export class Snapshot implements CallbackLike {
  private readonly copy: PredictingModel;

  constructor(private readonly model: PredictingModel) {
    if (!model.isBuilt) {
      throw new Error("fit: expected a model that is built for snapshot; call its build first");
    }
    // The copy's layers must not change what the run draws.
    const random = libraryRandom();
    this.copy = model.clone();
    restoreLibraryRandom(random);
  }

  predict(data: PredictionData, options: PredictOptions): Promise<unknown> {
    return this.copy.predict(data, options);
  }

  /** The weights of a run that is resumed are those of its file. */
  onTrainBegin(): Promise<void> {
    return this.takeWeights();
  }

  onEpochEnd(): Promise<void> {
    return this.takeWeights();
  }

  /** Between two predictions of the copy, and of the model, which predicts in callbacks. */
  private takeWeights(): Promise<void> {
    const take = (): Promise<void> => {
      this.copy.setWeights(this.model.weights);
      return Promise.resolve();
    };
    return this.copy.whenFree(() => this.model.whenFree(take));
  }

  /** Frees the copy once its predictions have ended. */
  close(): Promise<void> {
    return this.copy.whenFree(() => {
      this.copy.dispose();
      return Promise.resolve();
    });
  }
}
