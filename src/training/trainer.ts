/** What a model's `compile`, `fit`, `evaluate` and `predict` do: checks, then passes over data. */

import type { CallbackLike, Logs, TrainedModel } from "./callbacks";
import { Dataset } from "../data/dataset";
import { checkFlag, checkOptions } from "../tensor/options";
import { Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import { type BatchSize, checkBatchSize, checkInteger, checkSignal } from "./arguments";
import {
  Batches,
  type PredictionData,
  type TensorOrValues,
  type TrainingData,
  batched,
  pairOf,
  sizeFor,
} from "./batches";
import { type CompileOptions, Compiled, type Network } from "./compiled";
import { type FitRun, runFit } from "./fit";
import type { FileSource } from "../formats";
import type { History } from "./history";
import { type Pass, createPass } from "./pass";
import { Predictor } from "./predict";
import { resumeFrom, resumeSource } from "./saving/resume";
import type { FitStanding } from "./standing";
import type { Verbosity } from "./verbosity";
import { Turns } from "./turns";

export interface EvaluateOptions {
  /** Samples a batch, or "full" for all at once; 256 for data in memory. */
  batchSize?: BatchSize;
  /** Ends the run within a step; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
}

export type PredictOptions = EvaluateOptions;

export interface FitOptions {
  /** Number of epochs, those before `initialEpoch` included; 1 by default. */
  epochs?: number;
  /** Samples a batch, or "full" for plain gradient descent; 32 for data in memory. */
  batchSize?: BatchSize;
  /** What is evaluated after each epoch. */
  validationData?: TrainingData;
  /** The share of the samples, the last ones, that is kept for validation, in (0, 1). */
  validationSplit?: number;
  /** Whether the samples get a new order each epoch; true. Datasets have a `shuffle` of their own. */
  shuffle?: boolean;
  callbacks?: CallbackLike | readonly CallbackLike[];
  /** Ends training within a step; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
  /**
   * 0: silent. 1 ("auto", the default): a progress bar where stderr is a terminal, and a line an
   * epoch. 2: the line alone.
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
}

const FIT_OPTIONS: readonly (keyof FitOptions)[] = [
  ...(["epochs", "batchSize", "validationData", "validationSplit", "shuffle"] as const),
  ...(["callbacks", "signal", "verbose", "initialEpoch", "terminateOnNaN"] as const),
  "resumeFrom",
];

const TRAINING_BATCH = 32;
/** Large enough for matrix products to be fast, small enough for the caches. */
const EVALUATION_BATCH = 256;

interface Columns {
  train: Dataset<unknown>;
  validation: Dataset<unknown> | undefined;
}

export class Trainer {
  private compiled: Compiled | undefined;
  private predictor: Predictor | undefined;
  private readonly turns = new Turns();
  private standingNow: (() => FitStanding) | undefined;

  constructor(private readonly model: TrainedModel & Network) {}

  compile(options: CompileOptions): void {
    if (!this.turns.isIdle) {
      throw new Error(
        "compile: this model is in use; await what fit, evaluate or predict returned",
      );
    }
    this.compiled = new Compiled(this.model, options);
    this.standingNow = undefined;
  }

  /** Where the last run of `fit` stands; undefined if there was none since `compile`. */
  get standing(): FitStanding | undefined {
    return this.standingNow?.();
  }

  /** What `compile` made; undefined before. */
  get current(): Compiled | undefined {
    return this.compiled;
  }

  get optimizer(): Compiled["optimizer"] {
    return this.compiledFor("optimizer").optimizer;
  }

  fit(data: TrainingData | TensorOrValues, y: unknown, options: FitOptions): Promise<History> {
    return this.turns.train(async () => {
      const compiled = this.compiledFor("fit");
      const checked = checkFit(options);
      const made = new Batches("fit");
      const passes: Pass[] = [];
      try {
        const { train, validation } = this.columns(made, data, y, options);
        passes.push(this.trainPass(compiled, train, options));
        if (validation) passes.push(this.testPass("fit", compiled, validation, options));
        const { inCallback } = this.turns;
        const [first, second] = passes as [Pass, Pass | undefined];
        const sides = { model: this.model, compiled, train: first, validation: second };
        const { callbacks } = checked;
        const source = resumeSource(callbacks, options.resumeFrom);
        const resumed =
          source === undefined ? undefined : await resumeFrom(source, { ...sides, callbacks });
        const follow = (standing: () => FitStanding): unknown => (this.standingNow = standing);
        return await runFit({ ...checked, ...sides, inCallback, resumed, follow });
      } finally {
        for (const pass of passes) pass.dispose();
        made.dispose();
      }
    });
  }

  evaluate(
    data: TrainingData | TensorOrValues,
    y: unknown,
    options: EvaluateOptions,
  ): Promise<Logs> {
    return this.turns.use("evaluate", async () => {
      const compiled = this.compiledFor("evaluate");
      checkEvaluation("evaluate", options);
      const made = new Batches("evaluate");
      let pass: Pass | undefined;
      try {
        const { batchSize } = options;
        const dataset = this.dataset(made, data, y, "evaluate", batchSize, EVALUATION_BATCH);
        pass = this.testPass("evaluate", compiled, dataset, options);
        await pass.prepare();
        compiled.reset();
        const batches = await pass.run();
        if (batches > 0) return compiled.results();
        throw new RangeError("evaluate: expected at least one batch but the dataset is empty");
      } finally {
        pass?.dispose();
        made.dispose();
      }
    });
  }

  async predict(data: PredictionData, options: PredictOptions): Promise<Tensor> {
    checkEvaluation("predict", options);
    options.signal?.throwIfAborted();
    this.predictor ??= new Predictor(this.model);
    const { predictor } = this;
    if (data instanceof Tensor && this.turns.isFree && data.rank > 0) {
      const size = sizeFor(options.batchSize ?? EVALUATION_BATCH, data.shape[0], "predict");
      if (predictor.isTiny(data, size)) return predictor.now(data);
    }
    return this.turns.use("predict", () => this.predictBatches(predictor, data, options));
  }

  private async predictBatches(
    predictor: Predictor,
    data: PredictionData,
    options: PredictOptions,
  ): Promise<Tensor> {
    const { signal, batchSize } = options;
    const settings = { signal, reason: reasonOf("predict") };
    if (data instanceof Dataset) {
      const dataset = batched(data as Dataset<unknown>, { method: "predict", batchSize });
      return predictor.predictDataset(dataset, settings);
    }
    const made = new Batches("predict");
    try {
      const x = made.toTensor(data, "x");
      if (x.rank === 0 || x.shape[0] === 0) {
        throw new RangeError(`predict: expected at least one sample but x is ${x.describe()}`);
      }
      const size = sizeFor(batchSize ?? EVALUATION_BATCH, x.shape[0], "predict");
      return await predictor.predict(x, size, settings);
    } finally {
      made.dispose();
    }
  }

  /** Frees plans. */
  dispose(): void {
    this.predictor?.dispose();
    this.predictor = undefined;
  }

  private compiledFor(method: string): Compiled {
    if (this.compiled !== undefined) return this.compiled;
    throw new Error(`${method}: call compile({ optimizer, loss }) on the model first`);
  }

  /** Training and validation data as datasets of batches. */
  private columns(
    made: Batches,
    data: TrainingData | TensorOrValues,
    y: unknown,
    options: FitOptions,
  ): Columns {
    const { batchSize, validationSplit, validationData, shuffle } = options;
    const validation =
      validationData === undefined ? undefined : this.validationSet(made, validationData);
    if (data instanceof Dataset) {
      if (shuffle === true || validationSplit !== undefined) {
        const name = shuffle === true ? "shuffle" : "validationSplit";
        throw new Error(
          `fit: expected arrays or tensors with ${name} but received a dataset; use its methods ` +
            "shuffle, take and skip",
        );
      }
      return { train: this.dataset(made, data, y, "fit", batchSize, TRAINING_BATCH), validation };
    }
    const [xs, ys] = this.pair(made, data, y, "fit");
    const samples = Dataset.fromTensorSlices([xs, ys]) as Dataset<unknown>;
    const kept = keptSamples(xs.shape[0], validationSplit);
    const train = samples.take(kept);
    const ordered = shuffle === false ? train : train.shuffle(kept);
    const size = sizeFor(batchSize ?? TRAINING_BATCH, kept, "fit");
    const held = kept < xs.shape[0] ? samples.skip(kept).batch(EVALUATION_BATCH) : undefined;
    return { train: ordered.batch(size), validation: held ?? validation };
  }

  private validationSet(made: Batches, data: unknown): Dataset<unknown> {
    if (data instanceof Dataset) {
      return batched(data as Dataset<unknown>, {
        method: "fit: validationData",
        batchSize: undefined,
      });
    }
    if (!Array.isArray(data) || data.length !== 2) {
      throw new TypeError(
        `fit: expected a dataset or [x, y] for validationData but received ${describeValue(data)}`,
      );
    }
    const [x, y] = data as unknown[];
    const pair = made.toPair(x, y, this.compiled!.takesLabels, " of validationData");
    return Dataset.fromTensorSlices(pair).batch(EVALUATION_BATCH);
  }

  private dataset(
    made: Batches,
    data: unknown,
    y: unknown,
    method: string,
    batchSize: BatchSize | undefined,
    defaultSize: number,
  ): Dataset<unknown> {
    if (data instanceof Dataset) {
      if (y !== undefined) throw new TypeError(`${method}: expected no y beside a dataset`);
      return batched(data as Dataset<unknown>, { method, batchSize });
    }
    const pair = this.pair(made, data, y, method);
    const size = sizeFor(batchSize ?? defaultSize, pair[0].shape[0], method);
    return Dataset.fromTensorSlices(pair).batch(size);
  }

  private pair(made: Batches, data: unknown, y: unknown, method: string): [Tensor, Tensor] {
    const { takesLabels } = this.compiledFor(method);
    if (y !== undefined) return made.toPair(data, y, takesLabels);
    if (Array.isArray(data) && data.length === 2) {
      return made.toPair(data[0], data[1], takesLabels);
    }
    throw new TypeError(
      `${method}: expected a dataset, x and y, or [x, y] but received ${describeValue(data)} alone`,
    );
  }

  private trainPass(compiled: Compiled, dataset: Dataset<unknown>, options: FitOptions): Pass {
    return createPass(dataset, {
      method: "fit",
      model: this.model,
      training: true,
      step: compiled.trainStep,
      select: pairOf,
      checkRows: compiled.checkLabels,
      finite: options.terminateOnNaN === true ? compiled.lossTotal : undefined,
      signal: options.signal,
      reason: reasonOf("fit"),
    });
  }

  private testPass(
    method: string,
    compiled: Compiled,
    dataset: Dataset<unknown>,
    options: EvaluateOptions,
  ): Pass {
    return createPass(dataset, {
      method,
      model: this.model,
      training: false,
      step: compiled.testStep,
      select: pairOf,
      checkRows: compiled.checkLabels,
      signal: options.signal,
      reason: reasonOf(method),
    });
  }
}

/** Why a Variable cannot be used while a method runs. */
function reasonOf(method: string): string {
  const doing = method === "fit" ? "model is training" : `model runs ${method}`;
  return `the ${doing}; await its promise${method === "fit" ? ", or use it in a callback of fit" : ""}`;
}

type Checked = Pick<FitRun, "epochs" | "initialEpoch" | "terminateOnNaN" | "verbose" | "signal"> & {
  callbacks: readonly CallbackLike[];
};

function checkFit(options: FitOptions): Checked {
  checkOptions(options, FIT_OPTIONS, "fit");
  const { epochs = 1, initialEpoch = 0, shuffle = true, terminateOnNaN = false, signal } = options;
  checkInteger("fit", "epochs", epochs, 1);
  checkInteger("fit", "initialEpoch", initialEpoch, 0);
  checkFlag(shuffle, "fit", "shuffle");
  checkFlag(terminateOnNaN, "fit", "terminateOnNaN");
  checkSplit(options);
  if (options.batchSize !== undefined) checkBatchSize("fit", options.batchSize);
  if (signal !== undefined) checkSignal("fit", signal);
  signal?.throwIfAborted();
  const verbose = verbosityOf(options.verbose);
  const callbacks = callbacksOf(options.callbacks);
  return { epochs, initialEpoch, terminateOnNaN, verbose, signal, callbacks };
}

function checkEvaluation(method: string, options: EvaluateOptions): void {
  checkOptions(options, ["batchSize", "signal"], method);
  if (options.batchSize !== undefined) checkBatchSize(method, options.batchSize);
  if (options.signal !== undefined) checkSignal(method, options.signal);
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

/** How many of the samples train, if a share of them is kept for validation. */
function keptSamples(samples: number, validationSplit: number | undefined): number {
  if (validationSplit === undefined) return samples;
  const kept = Math.floor(samples * (1 - validationSplit));
  if (kept > 0 && kept < samples) return kept;
  throw new RangeError(
    `fit: expected samples on both sides of the validationSplit ${validationSplit} but there are ${samples}`,
  );
}

function verbosityOf(verbose: FitOptions["verbose"]): Verbosity {
  if (verbose === undefined || verbose === "auto" || verbose === true || verbose === 1) return 1;
  if (verbose === false || verbose === 0) return 0;
  if (verbose === 2) return 2;
  throw new RangeError(
    `fit: expected "auto", 0, 1 or 2 for verbose but received ${describeValue(verbose)}`,
  );
}

const CALLBACK_METHODS: readonly (keyof CallbackLike)[] = [
  ...(["setModel", "setParams", "onTrainBegin", "onTrainEnd"] as const),
  ...(["onEpochBegin", "onEpochEnd", "onBatchBegin", "onBatchEnd"] as const),
];

function callbacksOf(callbacks: unknown): CallbackLike[] {
  const list: unknown[] = callbacks === undefined ? [] : [callbacks].flat();
  for (const callback of list) {
    const fits =
      typeof callback === "object" &&
      callback !== null &&
      CALLBACK_METHODS.some((name) => typeof (callback as CallbackLike)[name] === "function");
    if (fits) continue;
    throw new TypeError(
      `fit: expected objects with some of ${CALLBACK_METHODS.slice(2).join(", ")} for callbacks but ` +
        `received ${describeValue(callback)}`,
    );
  }
  return list as CallbackLike[];
}
