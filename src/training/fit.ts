/** The loop of epochs: passes over training and validation data, callbacks, history. */

import { warn } from "../addon/warn";
import {
  type CallbackLike,
  type FitParams,
  type Logs,
  ProgressBar,
  type TrainedModel,
} from "./callbacks";
import { type Compiled, validationName } from "./compiled";
import { readableUnderscored } from "../tensor/spelling";
import { History } from "./history";
import type { Pass, PassHooks } from "./pass";
import { runsNoCodeOfCallers } from "./own-callbacks";
import { type FitStanding, savesCheckpoints } from "./standing";
import type { Verbosity } from "./verbosity";
import { Writing } from "./writing";

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
  /** Whether validation is done after an epoch. */
  validates: (epoch: number) => boolean;
  /** Runs a callback with the model open to others. */
  inCallback: <T>(fn: () => T | Promise<T>) => Promise<T>;
  /** Where another run stood, on which this one goes on. */
  resumed: FitStanding | undefined;
  /** Receives what tells where the run stands, for checkpoints. */
  follow: (standing: () => FitStanding) => void;
}

export async function runFit(given: FitRun): Promise<History> {
  const run = { ...given, callbacks: withProgress(given) };
  const { model, train, validation, callbacks, epochs, verbose } = run;
  await train.prepare();
  await validation?.prepare();
  model.stopTraining = false;
  const directions = directionsOf(run);
  for (const callback of callbacks) {
    callback.setModel?.(model);
    callback.setParams?.({ epochs, steps: train.length, verbose, directions });
  }
  const fit = new Fit(run);
  run.follow(() => fit.standing());
  try {
    return await fit.run();
  } catch (error) {
    await fit.writing.abandon();
    throw error;
  } finally {
    for (const callback of callbacks) if (callback instanceof ProgressBar) callback.close();
    followToTheEnd(run, fit);
  }
}

/** The callbacks, before them the bar that `verbose` asks for unless there is one. */
function withProgress({ callbacks, verbose }: FitRun): readonly CallbackLike[] {
  if (verbose === 0 || callbacks.some((callback) => callback instanceof ProgressBar)) {
    return callbacks;
  }
  return [new ProgressBar({ bar: verbose === 1 }), ...callbacks];
}

/** What stands at the end of a run is kept as it is: evaluations later on change metrics. */
function followToTheEnd(run: FitRun, fit: Fit): void {
  try {
    const last = fit.standing();
    run.follow(() => last);
  } catch {
    // A callback does not tell its state: saveCheckpoint will ask it again, and say so.
  }
}

type Event = "onTrainBegin" | "onTrainEnd" | "onEpochBegin" | "onEpochEnd";

class Fit {
  /** Checkpoints that are on their way to the disk. */
  readonly writing = new Writing();
  private readonly history = new History();
  /** The epoch that is under way, or comes next. */
  private epoch: number;
  /** Whether some of the epoch's batches are done. */
  private isWithinEpoch = false;
  /** Whether all of them are. */
  private isTrained = false;
  /** What they gave, while the model is validated. */
  private trained: Logs | null = null;
  /** The figures of an epoch that is not in the history yet. */
  private ended: Logs | null = null;
  private hasDiverged = false;
  private readonly batchCallbacks: readonly CallbackLike[];
  /** Whether callbacks may change numbers that steps use. */
  private readonly runsCallersCode: boolean;

  constructor(private readonly options: FitRun) {
    this.epoch = options.resumed?.epoch ?? options.initialEpoch;
    this.batchCallbacks = options.callbacks.filter(
      (callback) => callback.onBatchBegin !== undefined || callback.onBatchEnd !== undefined,
    );
    this.runsCallersCode = !options.callbacks.every(runsNoCodeOfCallers);
  }

  async run(): Promise<History> {
    const { model, compiled, epochs } = this.options;
    let logs: Logs = {};
    this.restore();
    await this.call("onTrainBegin");
    while (this.isWithinEpoch || (this.epoch < epochs && !model.stopTraining)) {
      logs = await this.runEpoch();
    }
    compiled.optimizer.finalizeVariableValues(model.trainableWeights);
    await this.writing.settled();
    await this.call("onTrainEnd", logs);
    return this.history;
  }

  /** Where the run stands: between two batches, or between two epochs. */
  standing(): FitStanding {
    const { model, compiled, train, validation, callbacks } = this.options;
    const { epoch, history, isWithinEpoch, trained } = this;
    // An abort may come between the last batch and what follows it.
    const isTrained = this.isTrained || (isWithinEpoch && train.batches >= train.length);
    return {
      ...{ epoch, isWithinEpoch, isTrained, logs: trained },
      stopped: model.stopTraining,
      steps: train.length,
      train: isWithinEpoch && !isTrained ? train.standing : train.upcoming,
      validation: validation?.upcoming ?? null,
      history: copyOf(history, epoch - 1, this.ended),
      metrics: isWithinEpoch && trained === null ? compiled.metricStates() : null,
      callbacks: callbacks.flatMap((callback) =>
        callback.state === undefined
          ? []
          : [{ class: callback.constructor.name, state: callback.state() }],
      ),
    };
  }

  private restore(): void {
    const { resumed, compiled, model } = this.options;
    if (resumed === undefined) return;
    this.isWithinEpoch = resumed.isWithinEpoch;
    this.isTrained = resumed.isTrained;
    this.trained = resumed.logs;
    this.history.restore(resumed.history);
    model.stopTraining = resumed.stopped;
    if (resumed.metrics !== null) compiled.loadMetricStates(resumed.metrics);
  }

  private async runEpoch(): Promise<Logs> {
    const { epoch } = this;
    const { compiled, model, terminateOnNaN } = this.options;
    if (!this.isWithinEpoch) {
      compiled.reset();
      await this.call("onEpochBegin", epoch);
    }
    this.writing.check();
    if (this.runsCallersCode) this.options.train.unsettle();
    if (!this.isTrained) await this.trainOnce(epoch);
    const { batches } = this.options.train;
    const logs = this.trained ?? compiled.results();
    this.trained = { ...logs };
    this.tellProgress(batches, logs); // stands there while the model is validated
    const diverged = terminateOnNaN && !Number.isFinite(logs.loss);
    Object.assign(logs, await this.validate(epoch));
    this.noteDivergence(epoch, logs.loss);
    this.endEpoch();
    this.ended = logs;
    await this.call("onEpochEnd", epoch, readableUnderscored(logs));
    this.ended = null;
    this.history.add(epoch, logs);
    if (diverged) model.stopTraining = true;
    await this.savePending();
    return logs;
  }

  /** From here on the run stands before the next epoch. */
  private endEpoch(): void {
    this.isWithinEpoch = this.isTrained = false;
    this.trained = null;
    this.epoch++;
  }

  /**
   * Begins to write checkpoints that are due, once every callback has seen the batch or epoch. Training
   * goes on meanwhile: one copy of the state at most is on its way to the disk.
   */
  private async savePending(): Promise<void> {
    for (const callback of this.options.callbacks) {
      if (!savesCheckpoints(callback) || !callback.isDue) continue;
      await this.writing.settled();
      await this.inCallback(() => this.writing.begin(() => callback.savePending()));
    }
  }

  private async trainOnce(epoch: number): Promise<void> {
    const { train, compiled, model, epochs } = this.options;
    const isFollowed = epoch + 1 < epochs;
    const hasBatchCallbacks = this.batchCallbacks.length > 0;
    const first = this.isWithinEpoch ? this.options.resumed!.train.batches : 0;
    let ended = first;
    this.isWithinEpoch = true;
    const hooks: PassHooks = { isFollowed, isStopped: () => model.stopTraining };
    if (this.isFollowedWithin) {
      hooks.onTick = (done) => this.tellProgress(done, compiled.results());
    }
    if (hasBatchCallbacks) {
      hooks.onBatch = async (done) => {
        ended = done;
        await this.endBatch(done - 1);
        if (!model.stopTraining) await this.beginBatch(done);
      };
      await this.beginBatch(first);
    }
    const done = await train.run(hooks);
    if (done === 0)
      throw new RangeError("fit: expected at least one batch but the dataset is empty");
    this.isTrained = true;
    if (hasBatchCallbacks && done > ended) await this.endBatch(done - 1);
  }

  /** Whether a callback wants to know of progress within an epoch. */
  private get isFollowedWithin(): boolean {
    return this.options.callbacks.some(
      (callback) =>
        callback.onProgress !== undefined &&
        (!(callback instanceof ProgressBar) || callback.isDrawn),
    );
  }

  private tellProgress(batches: number, logs: Logs): void {
    if (this.options.callbacks.length === 0) return;
    const readable = readableUnderscored({ ...logs });
    for (const callback of this.options.callbacks) callback.onProgress?.(batches, readable);
  }

  private async validate(epoch: number): Promise<Logs> {
    const { validation, compiled, validates } = this.options;
    if (validation === undefined || !validates(epoch)) return {};
    compiled.reset();
    if (this.runsCallersCode) validation.unsettle();
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
    warn(
      "NABLA_NAN_LOSS",
      `fit: the loss is ${loss} in epoch ${epoch + 1}. Usual causes: NaN or huge values in x or y (scale x, fill ` +
        "in what is missing), a learning rate that is too high (try a tenth, or clipnorm: 1), a logarithm, " +
        "root or quotient of 0 in a loss or layer of your own. terminateOnNaN: true ends training there",
    );
  }

  private async endBatch(batch: number): Promise<void> {
    const logs = readableUnderscored(this.options.compiled.results());
    for (const callback of this.batchCallbacks) {
      await this.inCallback(() => callback.onBatchEnd?.(batch, logs));
    }
    if (this.options.model.stopTraining) this.isTrained = true;
    await this.savePending();
  }

  private async call(event: Event, ...args: unknown[]): Promise<void> {
    for (const callback of this.options.callbacks) {
      if (callback[event] === undefined) continue;
      const method = callback[event].bind(callback) as (...args: unknown[]) => unknown;
      await this.inCallback(() => method(...args));
    }
  }

  private async inCallback(fn: () => unknown): Promise<void> {
    this.writing.check();
    await this.options.inCallback(fn);
    this.options.signal?.throwIfAborted();
  }
}

/** @param ended the figures of an epoch that comes to those of the history */
function copyOf(history: History, epoch: number, ended: Logs | null): History {
  const copy = new History();
  copy.restore(history);
  if (ended !== null) copy.add(epoch, ended);
  return copy;
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
