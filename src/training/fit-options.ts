/** The options of `fit`, `evaluate` and `predict`, and their checks. */

import type { FileSource } from "../formats";
import { checkFlag, checkOptions } from "../tensor/options";
import { describeValue } from "../tensor/values";
import { type BatchSize, checkBatchSize, checkInteger, checkSignal, isOptions } from "./arguments";
import type { DataTree, TrainingData } from "./batches";
import { Callback, type CallbackLike } from "./callbacks/callback";
import { type ClassWeight, type ClassWeights, classWeightsOf } from "./class-weight";
import type { FitRun } from "./fit";
import type { Verbosity } from "./verbosity";

/** Options of `predict`. */
export interface PredictOptions {
  /** Samples a batch, or "full" for all at once; 256 for data in memory. */
  batchSize?: BatchSize;
  /** Ends the run within a step; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Taken as in Keras; nothing is printed. */
  verbose?: "auto" | boolean | Verbosity;
}

/** Options of `evaluate`. */
export interface EvaluateOptions extends PredictOptions {
  /** 0, the default: silent. Else a line tells the results. */
  verbose?: "auto" | boolean | Verbosity;
  /** A weight for each sample, [samples]; of each output by name or in an array, if there are several. */
  sampleWeight?: DataTree;
  /** Batches that are measured; all by default. */
  steps?: number;
}

/** Options of `testOnBatch`. */
export interface TestOnBatchOptions {
  /** A weight for each sample. */
  sampleWeight?: DataTree;
}

/** Options of `trainOnBatch`. */
export interface TrainOnBatchOptions extends TestOnBatchOptions {
  /** A weight for each class. */
  classWeight?: ClassWeight;
}

/** Options of `fit`. */
export interface FitOptions {
  /** Number of epochs, those before `initialEpoch` included; 1 by default. */
  epochs?: number;
  /** Samples a batch, or "full" for plain gradient descent; 32 for data in memory. */
  batchSize?: BatchSize;
  /** What is evaluated after each epoch. */
  validationData?: TrainingData;
  /** The share of the samples, the last ones, that is kept for validation, in (0, 1). */
  validationSplit?: number;
  /** Samples a batch of validation data in memory; 256 by default. */
  validationBatchSize?: BatchSize;
  /** Batches of validation; all by default. */
  validationSteps?: number;
  /** Every how many epochs validation is done, 1 by default; or after which epochs, the first being 1. */
  validationFreq?: number | readonly number[];
  /**
   * Batches that make an epoch; by default all of them. The next epoch goes on where this one ended; as
   * in Keras one in which the data ends is shorter, and the next begins anew. A dataset without an end
   * needs it.
   */
  stepsPerEpoch?: number;
  /** Whether the samples get a new order each epoch; true. Datasets have a `shuffle` of their own. */
  shuffle?: boolean;
  /**
   * A weight for each sample, [samples]; of each output by name or in an array, if there are several.
   * The loss is the sum of the weighed losses divided by the number of samples. A dataset has its weights
   * in its elements, [x, y, sampleWeight].
   */
  sampleWeight?: DataTree;
  /** A weight for each class, by label, 1 for those left out: { 1: 10 }. For models of one output. */
  classWeight?: ClassWeight;
  /** What is called between epochs and batches, in this order. */
  callbacks?: CallbackLike | readonly CallbackLike[];
  /** Ends training within a step; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
  /**
   * 0: silent. 1 ("auto", the default): a progress bar where stderr is a terminal, and a line an
   * epoch. 2: the line alone. A `ProgressBar` among the callbacks takes the place of both.
   */
  verbose?: "auto" | boolean | Verbosity;
  /** Number of the first epoch, to resume a run; 0. */
  initialEpoch?: number;
  /** Whether training stops after the batch whose loss is NaN or infinite; false. */
  terminateOnNaN?: boolean;
  /**
   * A checkpoint: a path, a `file:` URL, or its bytes. Weights, optimizer, random streams, history,
   * callbacks and the place in the data are put back, and training goes on to the bit, with the
   * `compile` in force and the same data and options.
   */
  resumeFrom?: FileSource;
  /**
   * Whether `predict` works meanwhile, by a copy of the model: with the weights of the start, then of the
   * last epoch; false.
   */
  snapshot?: boolean;
}

const FIT_OPTIONS: readonly (keyof FitOptions)[] = [
  ...(["epochs", "batchSize", "validationData", "validationSplit", "validationBatchSize"] as const),
  ...(["validationSteps", "validationFreq", "stepsPerEpoch", "shuffle", "sampleWeight"] as const),
  ...(["classWeight", "callbacks", "signal", "verbose", "initialEpoch", "terminateOnNaN"] as const),
  ...(["resumeFrom", "snapshot"] as const),
];

/** Names of options, to tell them from targets by name. */
const OPTION_NAMES: readonly string[] = [...FIT_OPTIONS, "steps"];

/** What a run of `fit` follows, checked. */
export interface Checked extends Pick<
  FitRun,
  "epochs" | "initialEpoch" | "terminateOnNaN" | "verbose" | "signal" | "callbacks" | "validates"
> {
  classWeights: ClassWeights | null;
}

export function checkFit(options: FitOptions): Checked {
  checkOptions(options, FIT_OPTIONS, "fit");
  const { epochs = 1, initialEpoch = 0, shuffle = true, terminateOnNaN = false, signal } = options;
  checkInteger(epochs, "fit", "epochs", 1);
  checkInteger(initialEpoch, "fit", "initialEpoch", 0);
  checkFlag(shuffle, "fit", "shuffle");
  checkFlag(terminateOnNaN, "fit", "terminateOnNaN");
  if (options.snapshot !== undefined) checkFlag(options.snapshot, "fit", "snapshot");
  checkSplit(options);
  if (options.batchSize !== undefined) checkBatchSize(options.batchSize, "fit");
  if (options.validationBatchSize !== undefined) {
    checkBatchSize(options.validationBatchSize, "fit", "validationBatchSize");
  }
  for (const name of ["stepsPerEpoch", "validationSteps"] as const) {
    if (options[name] !== undefined) checkInteger(options[name], "fit", name, 1);
  }
  const validates = frequencyOf(options.validationFreq);
  const classWeights =
    options.classWeight === undefined ? null : classWeightsOf(options.classWeight);
  if (classWeights !== null && options.sampleWeight !== undefined) {
    throw new Error(
      "fit: expected sampleWeight or classWeight but received both; multiply the weights of the samples by those " +
        "of their classes",
    );
  }
  if (signal !== undefined) checkSignal(signal, "fit");
  signal?.throwIfAborted();
  const verbose = verbosityOf("fit", options.verbose ?? "auto");
  const callbacks = callbacksOf(options.callbacks);
  return {
    epochs,
    initialEpoch,
    terminateOnNaN,
    verbose,
    signal,
    callbacks,
    validates,
    classWeights,
  };
}

export function checkEvaluation(method: string, options: EvaluateOptions): void {
  const names = method === "evaluate" ? ["sampleWeight", "steps"] : [];
  checkOptions(options, ["batchSize", "signal", ...names, "verbose"], method);
  if (options.verbose !== undefined) verbosityOf(method, options.verbose);
  if (options.steps !== undefined) checkInteger(options.steps, method, "steps", 1);
  if (options.batchSize !== undefined) checkBatchSize(options.batchSize, method);
  if (options.signal !== undefined) checkSignal(options.signal, method);
}

function checkSplit({ validationSplit, validationData }: FitOptions): void {
  if (validationSplit === undefined) return;
  if (!(typeof validationSplit === "number" && validationSplit > 0 && validationSplit < 1)) {
    throw new RangeError(
      `fit: expected a number in (0, 1) for validationSplit but received ${describeValue(validationSplit)}`,
    );
  }
  if (validationData === undefined) return;
  throw new Error("fit: expected validationData or validationSplit but received both");
}

/** Whether validation is done after an epoch, from 0. */
function frequencyOf(given: FitOptions["validationFreq"] = 1): (epoch: number) => boolean {
  const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;
  if (typeof given === "number" && isCount(given)) return (epoch) => (epoch + 1) % given === 0;
  if (Array.isArray(given) && given.every(isCount)) return (epoch) => given.includes(epoch + 1);
  throw new RangeError(
    "fit: expected a positive integer, or an array of numbers of epochs, for validationFreq but received " +
      describeValue(given),
  );
}

/** How many of the samples train, if a share of them is kept for validation. */
export function keptSamples(samples: number, validationSplit: number | undefined): number {
  if (validationSplit === undefined) return samples;
  const kept = Math.floor(samples * (1 - validationSplit));
  if (kept > 0 && kept < samples) return kept;
  throw new RangeError(
    `fit: expected samples on both sides of the validationSplit ${validationSplit} but there are ${samples}`,
  );
}

function verbosityOf(method: string, verbose: "auto" | boolean | Verbosity): Verbosity {
  if (verbose === "auto" || verbose === true || verbose === 1) return 1;
  if (verbose === false || verbose === 0) return 0;
  if (verbose === 2) return 2;
  throw new RangeError(
    `${method}: expected "auto", 0, 1 or 2 for verbose but received ${describeValue(verbose)}`,
  );
}

const CALLBACK_METHODS: readonly (keyof CallbackLike)[] = [
  ...(["setModel", "setParams", "onTrainBegin", "onTrainEnd"] as const),
  ...(["onEpochBegin", "onEpochEnd", "onBatchBegin", "onBatchEnd", "onProgress"] as const),
];

/** Names that Keras and TensorFlow.js have, and what stands for them. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  ...{ onTrainBatchBegin: "onBatchBegin", onTrainBatchEnd: "onBatchEnd" },
  ...{ on_epoch_begin: "onEpochBegin", on_epoch_end: "onEpochEnd" },
  ...{ on_train_begin: "onTrainBegin", on_train_end: "onTrainEnd" },
  ...{ on_batch_begin: "onBatchBegin", on_batch_end: "onBatchEnd" },
  ...{ on_train_batch_begin: "onBatchBegin", on_train_batch_end: "onBatchEnd" },
};

function callbacksOf(callbacks: unknown): CallbackLike[] {
  const list: unknown[] = callbacks === undefined ? [] : [callbacks].flat();
  for (const callback of list) {
    const other = Object.keys(OTHER_NAMES).find((name) => name in Object(callback));
    if (other !== undefined) {
      throw new TypeError(
        `fit: expected ${OTHER_NAMES[other]} for callbacks but received ${other}`,
      );
    }
    const fits =
      typeof callback === "object" &&
      callback !== null &&
      CALLBACK_METHODS.some((name) => typeof (callback as CallbackLike)[name] === "function");
    if (fits) continue;
    const hint = isCallbackClass(callback) ? `; make an object of it, new ${callback.name}()` : "";
    throw new TypeError(
      `fit: expected objects with some of ${CALLBACK_METHODS.slice(2).join(", ")} for callbacks but ` +
        `received ${describeValue(callback)}${hint}`,
    );
  }
  return list as CallbackLike[];
}

function isCallbackClass(value: unknown): value is { readonly name: string } {
  return typeof value === "function" && value.prototype instanceof Callback;
}

/** Targets and options of a call; options may stand in the place of targets. */
export function dataAndOptions<T>(second: unknown, third: T | undefined): [y: unknown, options: T] {
  const isAlone = third === undefined && isOptions(second, OPTION_NAMES);
  return isAlone ? [undefined, (second ?? {}) as T] : [second, third ?? ({} as T)];
}
