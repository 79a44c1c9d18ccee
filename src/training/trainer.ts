/** What a model's `compile`, `fit`, `evaluate` and `predict` do: checks, then passes over data. */

import { Dataset } from "../data/dataset";
import type { Graph } from "../nn/graph";
import { SymbolicTensor } from "../nn/symbolic";
import { checkOptions } from "../tensor/options";
import { outsideRecording } from "../tensor/recorder";
import { Tensor } from "../tensor/tensor";
import type { Variable } from "../tensor/variable";
import { BatchSteps } from "./batch-steps";
import { Batches, type ModelForm, type PredictionData, batched, sizeFor } from "./batches";
import type { Logs, TrainedModel } from "./callbacks";
import { type ClassWeights, classWeightsOf, weighed } from "./class-weight";
import { type CompileOptions, Compiled, type Network } from "./compiled";
import { type Batch, ElementForm } from "./element";
import { runFit } from "./fit";
import {
  type TestOnBatchOptions,
  type EvaluateOptions,
  type FitOptions,
  type PredictOptions,
  type TrainOnBatchOptions,
  checkEvaluation,
  checkFit,
} from "./fit-options";
import type { History } from "./history";
import { formatBatches, formatLogs } from "./log-line";
import type { OutputNames } from "./outputs";
import { createPass } from "./create-pass";
import type { Pass } from "./pass";
import { Predictor } from "./predict";
import { checkNotResumed, resumeFrom, resumeSource } from "./saving/resume";
import { type PredictingModel, Snapshot } from "./snapshot";
import type { FitStanding } from "./standing";
import { EVALUATION_BATCH, evaluationSet, setsFor } from "./training-data";
import { Turns } from "./turns";
import type { BatchSource } from "./windows";

export class Trainer {
  private compiled: Compiled | undefined;
  private predictor: Predictor | undefined;
  private readonly steps = new BatchSteps();
  private readonly turns = new Turns();
  private standingNow: (() => FitStanding) | undefined;
  /** What predicts while `fit` runs. */
  private snapshot: Snapshot | undefined;

  constructor(
    private readonly model: TrainedModel &
      Network &
      PredictingModel & { readonly graph: Graph | null },
  ) {}

  /** Runs `fn` once predictions and evaluations that were begun have ended. */
  whenFree<T>(fn: () => Promise<T>): Promise<T> {
    return this.turns.use("whenFree", fn);
  }

  compile(options: CompileOptions): void {
    if (!this.turns.isIdle) {
      throw new Error(
        "compile: this model is in use; await what fit, evaluate or predict returned",
      );
    }
    this.compiled = new Compiled(this.model, options, this.outputNames);
    this.steps.dispose();
    this.standingNow = undefined;
  }

  /** Where the last run of `fit` stands; undefined if there was none since `compile`. */
  get standing(): FitStanding | undefined {
    return this.standingNow?.();
  }

  /** Whether `fit` runs. */
  get isTraining(): boolean {
    return this.turns.isTraining;
  }

  /** What `compile` made; undefined before. */
  get current(): Compiled | undefined {
    return this.compiled;
  }

  get optimizer(): Compiled["optimizer"] {
    return this.compiledFor("optimizer").optimizer;
  }

  async fit(data: unknown, y: unknown, options: FitOptions): Promise<History> {
    let snapshot: Snapshot | undefined;
    const copy = (): void => {
      this.snapshot = snapshot = new Snapshot(this.model);
    };
    try {
      return await this.turns.train(
        () => this.train(data, y, options, snapshot),
        options.snapshot === true ? copy : undefined,
      );
    } finally {
      // It answers until the model itself does.
      if (this.snapshot === snapshot) this.snapshot = undefined;
      await snapshot?.close();
    }
  }

  private async train(
    data: unknown,
    y: unknown,
    options: FitOptions,
    snapshot: Snapshot | undefined,
  ): Promise<History> {
    const compiled = this.compiledFor("fit");
    const { classWeights, ...checked } = checkFit(options);
    const made = new Batches("fit", this.model);
    const passes: Pass[] = [];
    try {
      const { train, validation } = setsFor(made, data, y, options, this.formFor(compiled));
      passes.push(this.trainPass(compiled, train, options, classWeights));
      if (validation) passes.push(this.testPass("fit", compiled, validation, options));
      const { inCallback } = this.turns;
      const [first, second] = passes as [Pass, Pass | undefined];
      const sides = { model: this.model, compiled, train: first, validation: second };
      const callbacks =
        snapshot === undefined ? checked.callbacks : [...checked.callbacks, snapshot];
      if (options.stepsPerEpoch !== undefined) checkNotResumed(callbacks, options.resumeFrom);
      const source = resumeSource(callbacks, options.resumeFrom);
      const resumed =
        source === undefined ? undefined : await resumeFrom(source, { ...sides, callbacks });
      const follow = (standing: () => FitStanding): unknown => (this.standingNow = standing);
      return await runFit({ ...checked, callbacks, ...sides, inCallback, resumed, follow });
    } finally {
      for (const pass of passes) pass.dispose();
      made.dispose();
    }
  }

  evaluate(data: unknown, y: unknown, options: EvaluateOptions): Promise<Logs> {
    return this.turns.use("evaluate", async () => {
      const compiled = this.compiledFor("evaluate");
      checkEvaluation("evaluate", options);
      const made = new Batches("evaluate", this.model);
      let pass: Pass | undefined;
      try {
        const dataset = evaluationSet(made, data, y, options, this.formFor(compiled));
        pass = this.testPass("evaluate", compiled, dataset, options);
        await pass.prepare();
        compiled.reset();
        const batches = await pass.run();
        if (batches === 0) {
          throw new RangeError("evaluate: expected at least one batch but the dataset is empty");
        }
        const results = compiled.results();
        if (options.verbose) console.log(`${formatBatches(batches)}${formatLogs(results)}`);
        return results;
      } finally {
        pass?.dispose();
        made.dispose();
      }
    });
  }

  async predict(data: PredictionData, options: PredictOptions): Promise<unknown> {
    checkEvaluation("predict", options);
    options.signal?.throwIfAborted();
    if (this.snapshot !== undefined && !this.turns.isOpen) {
      return this.snapshot.predict(data, options);
    }
    this.predictor ??= new Predictor(this.model);
    const { predictor } = this;
    if (data instanceof Tensor && this.turns.isFree && data.rank > 0) {
      const size = sizeFor(options.batchSize ?? EVALUATION_BATCH, data.shape[0], "predict");
      if (predictor.isTiny(data, size)) return predictor.now(data);
    }
    return this.turns.use("predict", () => this.predictBatches(predictor, data, options));
  }

  trainOnBatch(x: unknown, y: unknown, options: TrainOnBatchOptions): Promise<Logs> {
    checkOptions(options, ["sampleWeight", "classWeight"], "trainOnBatch");
    const { classWeight } = options;
    const classWeights = classWeight === undefined ? null : classWeightsOf(classWeight);
    return this.onBatch("trainOnBatch", x, y, options, classWeights);
  }

  testOnBatch(x: unknown, y: unknown, options: TestOnBatchOptions): Promise<Logs> {
    checkOptions(options, ["sampleWeight"], "testOnBatch");
    return this.onBatch("testOnBatch", x, y, options, null);
  }

  predictOnBatch(x: unknown): Promise<unknown> {
    this.predictor ??= new Predictor(this.model);
    const { predictor } = this;
    return this.turns.use("predictOnBatch", async () => {
      const made = new Batches("predictOnBatch", this.model);
      try {
        return await Promise.resolve(predictor.now(made.toSamples(x, "x", { parts: this.inputs })));
      } finally {
        made.dispose();
      }
    });
  }

  resetMetrics(): void {
    this.compiledFor("resetMetrics").reset();
  }

  private onBatch(
    method: "trainOnBatch" | "testOnBatch",
    x: unknown,
    y: unknown,
    { sampleWeight }: TestOnBatchOptions,
    classWeights: ClassWeights | null,
  ): Promise<Logs> {
    return this.turns.use(method, async () => {
      const compiled = this.compiledFor(method);
      const made = new Batches(method, this.model);
      try {
        const element = made.toElement({ x, y, sampleWeight }, this.formFor(compiled));
        const step = this.steps.stepFor(element, compiled, method, classWeights);
        outsideRecording(() => this.model.inMode(method === "trainOnBatch", step));
        return await Promise.resolve(compiled.results());
      } finally {
        made.dispose();
      }
    });
  }

  private async predictBatches(
    predictor: Predictor,
    data: PredictionData,
    options: PredictOptions,
  ): Promise<unknown> {
    const { signal, batchSize } = options;
    const settings = { signal, reason: reasonOf("predict") };
    if (data instanceof Dataset) {
      const dataset = batched(data as Dataset<unknown>, { method: "predict", batchSize });
      return predictor.predictDataset(dataset, settings);
    }
    const made = new Batches("predict", this.model);
    try {
      const x = made.toSamples(data, "x", { parts: this.inputs });
      const rows = predictor.rowsOf(x);
      const size = sizeFor(batchSize ?? EVALUATION_BATCH, rows, "predict");
      signal?.throwIfAborted();
      if (x instanceof Tensor && predictor.isTiny(x, size)) return predictor.now(x);
      return await predictor.predict(x, size, settings);
    } finally {
      made.dispose();
    }
  }

  /** Frees plans. */
  dispose(): void {
    this.predictor?.dispose();
    this.predictor = undefined;
    this.steps.dispose();
  }

  private compiledFor(method: string): Compiled {
    if (this.compiled !== undefined) return this.compiled;
    throw new Error(`${method}: call compile({ optimizer, loss }) on the model first`);
  }

  /** Number of inputs, if the model takes an array of them. */
  private get inputs(): number {
    const inputs = this.model.graph?.inputs ?? this.model.inputType;
    return Array.isArray(inputs) ? inputs.length : 0;
  }

  /** Names of the outputs; null for a single one, or if they are not known before the model runs. */
  private get outputNames(): OutputNames {
    const { graph } = this.model;
    return graph === null || graph.outputs instanceof SymbolicTensor ? null : graph.outputNames;
  }

  private formFor(compiled: Compiled): ModelForm {
    return {
      inputs: this.inputs,
      outputs: this.outputNames?.length ?? compiled.outputs,
      takesLabels: (key) => compiled.takesLabels(key),
    };
  }

  private trainPass(
    compiled: Compiled,
    dataset: BatchSource,
    options: FitOptions,
    classWeights: ClassWeights | null,
  ): Pass {
    const step = (batch: Batch): void => compiled.trainStep(weighed(batch, classWeights));
    const finite = options.terminateOnNaN === true ? compiled.lossTotal : undefined;
    return this.passOf("fit", compiled, dataset, { training: true, step, finite }, options);
  }

  private testPass(
    method: string,
    compiled: Compiled,
    dataset: BatchSource,
    options: PredictOptions,
  ): Pass {
    const step = (batch: Batch): void => compiled.testStep(batch);
    return this.passOf(method, compiled, dataset, { training: false, step }, options);
  }

  private passOf(
    method: string,
    compiled: Compiled,
    dataset: BatchSource,
    { step, ...settings }: { training: boolean; step: (batch: Batch) => void; finite?: Variable },
    { signal }: PredictOptions,
  ): Pass {
    const form = new ElementForm(method);
    return createPass(dataset, {
      ...settings,
      method,
      model: this.model,
      step: (...tensors) => step(form.restore(tensors)),
      select: form.flatten,
      checkLabels: (columns, rows) => compiled.checkLabels(form.restore(columns), rows),
      runEagerly: compiled.runEagerly,
      watched: compiled.metrics,
      runsOwnCode: () => compiled.runsOwnCode,
      signal,
      reason: reasonOf(method),
    });
  }
}

/** Why a Variable cannot be used while a method runs. */
function reasonOf(method: string): string {
  const doing = method === "fit" ? "model is training" : `model runs ${method}`;
  return `the ${doing}; await its promise${method === "fit" ? ", or use it in a callback of fit" : ""}`;
}
