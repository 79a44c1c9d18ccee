/** The loop of epochs: passes over training and validation data, callbacks, history. */

import type { CallbackLike, FitParams, Logs, TrainedModel } from "./callbacks";
import type { Compiled } from "./compiled";
import { readableUnderscored } from "../tensor/spelling";
import { History } from "./history";
import type { Pass, PassHooks } from "./pass";
import { type Progress, progressOf } from "./progress";
import type { Verbosity } from "./verbosity";

export interface FitRun {
  model: TrainedModel;
  compiled: Compiled;
  train: Pass;
  validation: Pass | undefined;
  epochs: number;
  initialEpoch: number;
  terminateOnNaN: boolean;
  verbose: Verbosity;
  signal: AbortSignal | undefined;
  callbacks: readonly CallbackLike[];
  /** Runs a callback with the model open to others. */
  inCallback: <T>(fn: () => T | Promise<T>) => Promise<T>;
}

export async function runFit(run: FitRun): Promise<History> {
  const { model, train, validation, callbacks, epochs, verbose } = run;
  await train.prepare();
  await validation?.prepare();
  const progress = progressOf(verbose, epochs, train.length);
  model.stopTraining = false;
  const directions = directionsOf(run);
  for (const callback of callbacks) {
    callback.setModel?.(model);
    callback.setParams?.({ epochs, steps: train.length, verbose, directions });
  }
  try {
    return await new Fit(run, progress).run();
  } finally {
    progress.close();
  }
}

type Event = "onTrainBegin" | "onTrainEnd" | "onEpochBegin" | "onEpochEnd";

class Fit {
  private readonly history = new History();
  private hasDiverged = false;
  private readonly batchCallbacks: readonly CallbackLike[];

  constructor(
    private readonly options: FitRun,
    private readonly progress: Progress,
  ) {
    this.batchCallbacks = options.callbacks.filter(
      (callback) => callback.onBatchBegin !== undefined || callback.onBatchEnd !== undefined,
    );
  }

  async run(): Promise<History> {
    const { model, compiled, initialEpoch, epochs } = this.options;
    let logs: Logs = {};
    await this.call("onTrainBegin");
    for (let epoch = initialEpoch; epoch < epochs && !model.stopTraining; epoch++) {
      logs = await this.runEpoch(epoch);
    }
    compiled.optimizer.finalizeVariableValues(model.trainableWeights);
    await this.call("onTrainEnd", logs);
    return this.history;
  }

  private async runEpoch(epoch: number): Promise<Logs> {
    const { progress } = this;
    const { compiled } = this.options;
    compiled.reset();
    await this.call("onEpochBegin", epoch);
    progress.begin(epoch);
    const batches = await this.trainOnce(epoch);
    const logs = compiled.results();
    progress.tick?.(batches, logs); // stands there while the model is validated
    const diverged = this.options.terminateOnNaN && !Number.isFinite(logs.loss);
    Object.assign(logs, await this.validate());
    progress.end(epoch, batches, logs);
    this.noteDivergence(epoch, logs.loss);
    await this.call("onEpochEnd", epoch, readableUnderscored(logs));
    this.history.add(epoch, logs);
    if (diverged) this.options.model.stopTraining = true;
    return logs;
  }

  /** Resolves to the number of batches done. */
  private async trainOnce(epoch: number): Promise<number> {
    const { train, compiled, model, epochs } = this.options;
    const { tick } = this.progress;
    const isFollowed = epoch + 1 < epochs;
    const hasBatchCallbacks = this.batchCallbacks.length > 0;
    let ended = 0;
    const hooks: PassHooks = { isFollowed, isStopped: () => model.stopTraining };
    if (tick !== null) hooks.onTick = (done) => tick(done, compiled.results());
    if (hasBatchCallbacks) {
      hooks.onBatch = async (done) => {
        ended = done;
        await this.endBatch(done - 1);
        if (!model.stopTraining) await this.beginBatch(done);
      };
      await this.beginBatch(0);
    }
    const done = await train.run(hooks);
    if (done === 0)
      throw new RangeError("fit: expected at least one batch but the dataset is empty");
    if (hasBatchCallbacks && done > ended) await this.endBatch(done - 1);
    return done;
  }

  private async validate(): Promise<Logs> {
    const { validation, compiled } = this.options;
    if (validation === undefined) return {};
    compiled.reset();
    await validation.run({ isFollowed: true });
    const entries = Object.entries(compiled.results());
    return Object.fromEntries(entries.map(([name, value]) => [validationName(name), value]));
  }

  private async beginBatch(batch: number): Promise<void> {
    for (const callback of this.batchCallbacks) {
      await this.inCallback(() => callback.onBatchBegin?.(batch));
    }
  }

  /** Warns once a run of a loss that is no number. */
  private noteDivergence(epoch: number, loss: number): void {
    if (Number.isFinite(loss) || this.hasDiverged) return;
    this.hasDiverged = true;
    process.emitWarning(
      `fit: the loss is ${loss} in epoch ${epoch + 1}. Usual causes: NaN or huge values in x or y (scale x, fill ` +
        "in what is missing), a learning rate that is too high (try a tenth, or clipnorm: 1), a logarithm, " +
        "root or quotient of 0 in a loss or layer of your own. terminateOnNaN: true ends training there",
      { type: "NablaWarning", code: "NABLA_NAN_LOSS" },
    );
  }

  private async endBatch(batch: number): Promise<void> {
    const logs = readableUnderscored(this.options.compiled.results());
    for (const callback of this.batchCallbacks) {
      await this.inCallback(() => callback.onBatchEnd?.(batch, logs));
    }
  }

  private async call(event: Event, ...args: unknown[]): Promise<void> {
    for (const callback of this.options.callbacks) {
      if (callback[event] === undefined) continue;
      const method = callback[event].bind(callback) as (...args: unknown[]) => unknown;
      await this.inCallback(() => method(...args));
    }
  }

  private async inCallback(fn: () => unknown): Promise<void> {
    await this.options.inCallback(fn);
    this.options.signal?.throwIfAborted();
  }
}

/** "accuracy" -> "valAccuracy" */
function validationName(name: string): string {
  return `val${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** Of all that logs will have. */
function directionsOf({ compiled, validation }: FitRun): FitParams["directions"] {
  const { directions } = compiled;
  if (validation === undefined) return directions;
  const validated = Object.entries(directions).map(
    ([name, direction]) => [validationName(name), direction] as const,
  );
  return { ...directions, ...Object.fromEntries(validated) };
}
