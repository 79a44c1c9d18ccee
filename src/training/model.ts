/** Models: modules that can be built, summed up, trained and asked for predictions. */

import type { DType } from "../tensor/dtype";
import { answerToOtherNames } from "../tensor/other-names";
import { type Graph, graphConfig, graphFrom } from "../nn/graph";
import { Layer, type LayerOptions } from "../nn/layer";
import type { Module } from "../nn/module";
import { type Config, register } from "../nn/registry";
import { type KnownShape, TypeOnly, mapTypes, shapesOf, typesIn, typesOf } from "../nn/types-alone";
import { checkFunction } from "../tensor/options";
import type { Optimizer } from "../optimizers";
import { Tensor } from "../tensor/tensor";
import { summarize } from "./summary";
import type { DataTree, PredictionData, TrainingData } from "./batches";
import type { CompileOptions } from "./compiled";
import {
  type TestOnBatchOptions,
  type EvaluateOptions,
  type FitOptions,
  type PredictOptions,
  type TrainOnBatchOptions,
  dataAndOptions,
} from "./fit-options";
import type { History } from "./history";
import { type Results, inOrder } from "./results";
import { Trainer } from "./trainer";
import { describeValue } from "../tensor/values";
import type { FileSource } from "../formats";
import {
  type LoadOptions,
  type LoadWeightsOptions,
  loadWeights,
  readModel,
} from "./saving/read-model";
import { saveCheckpoint } from "./saving/checkpoint";
import type { WeightsReport } from "./saving/read-state";
import { type SaveOptions, modelBytes, saveModel, saveWeights } from "./saving/write-model";

export interface ModelOptions<I = Tensor, O = Tensor> extends LayerOptions {
  /** Symbolic inputs: one, or several in an array or an object. */
  inputs?: I;
  /** What layers made of the inputs, likewise. */
  outputs?: O;
}

/**
 * A network. Put it together as a graph, from symbolic inputs (see `input`):
 *
 * ```ts
 * const x = input({ shape: [784] });
 * const h = new Dense(64, { activation: "relu" }).forward(x);
 * const model = new Model({ inputs: x, outputs: new Dense(10).forward(h) });
 * ```
 *
 * or subclass it: layers in fields, their use in `forward`.
 *
 * ```ts
 * class Classifier extends Model {
 *   hidden = new Dense(64, { activation: "relu" });
 *   output = new Dense(10, { activation: "softmax" });
 *   forward(x: Tensor): Tensor {
 *     return this.output.forward(this.hidden.forward(x));
 *   }
 * }
 * ```
 *
 * @typeParam I what `forward` takes: a tensor, or an array or object of them
 * @typeParam O what it returns, likewise
 */
export class Model<I = Tensor, O = Tensor> extends Layer {
  /** The layers of the graph in Keras' order, or those in the fields of a subclass. */
  declare readonly layers: readonly Module[];
  readonly #trainer = new Trainer(this as unknown as Model);
  readonly #graph: Graph | null;
  #stopTraining = false;

  constructor(options: ModelOptions<I, O> = {}) {
    if (options instanceof Tensor) {
      throw new TypeError(
        `Model: expected new Model({ inputs, outputs }) but received ${describeValue(options)}`,
      );
    }
    super(options, ["inputs", "outputs", "graph"]);
    this.#graph = graphFrom(this.options);
    if (this.#graph === null) return;
    (this as { layers: unknown }).layers = Object.freeze([...this.#graph.modules]);
    this.builtFor(typesIn(this.#graph.inputs));
  }

  /** The result for a tensor in the place of each input. A subclass has its own. */
  forward(x: I): O {
    if (this.#graph !== null) return this.#graph.run(x, this.name) as O;
    throw new Error(
      `${this.constructor.name}: expected a method forward, or inputs and outputs: new Model({ inputs, outputs })`,
    );
  }

  /** Set to true, in a callback of `fit`, to end training after the batch or epoch. */
  get stopTraining(): boolean {
    return this.#stopTraining;
  }

  set stopTraining(value: boolean) {
    this.#stopTraining = value;
  }

  /** @internal The graph of a model that was made of inputs and outputs. */
  get graph(): Graph | null {
    return this.#graph;
  }

  override config(): Config {
    const { inputs: _inputs, outputs: _outputs, graph: _graph, ...rest } = super.config();
    return this.#graph === null ? rest : { ...rest, graph: graphConfig(this.#graph) };
  }

  /** A layer by its name, or by its place in `layers`, from the end if negative. */
  getLayer(which: string | number): Module {
    const { layers } = this;
    const found =
      typeof which === "number"
        ? [layers.at(which)].filter((layer) => layer !== undefined)
        : layers.filter((layer) => nameOf(layer) === which);
    if (found.length === 1) return found[0];
    throw new RangeError(
      `getLayer: expected ${found.length > 1 ? "a name that one layer alone has" : "a name or a place"} ` +
        `among ${layers.map(nameOf).join(", ")} but received ${describeValue(which)}`,
    );
  }

  /**
   * Creates the weights of all layers, by a run of `forward` on types alone: nothing is computed.
   * @param inputShape with the batch's axis, which may be null: [null, 28, 28]
   * @param dtype of the input; by default that of the model, "float32"
   */
  override build(inputShape: KnownShape, dtype: DType = this.dtype): this {
    const forward = this.forward.bind(this) as (x: unknown) => unknown;
    shapesOf(forward, inputShape, dtype);
    return this;
  }

  /** @internal */
  override buildLike(inputType: unknown): void {
    if (this.isBuilt || inputType === null) return;
    const types = mapTypes(inputType, ({ shape, dtype }) => new TypeOnly(shape, dtype));
    typesOf(this.forward.bind(this) as (x: unknown) => unknown, [types]);
  }

  /** @internal */
  protected override createsWeights(): boolean {
    const { build } = Object.getPrototypeOf(this) as { build: unknown };
    return build !== (Model.prototype as { build: unknown }).build;
  }

  /**
   * A table of layers, output shapes and numbers of parameters.
   * @param print receives the text; the console by default
   */
  summary(print: (text: string) => void = console.log): void {
    checkFunction(print, "summary", "print");
    print(summarize(this));
  }

  /**
   * Says how the model is trained. The loss that training follows is the mean over the batch, as in
   * Keras. Compiling again begins with a new optimizer state and new metrics.
   */
  compile(options: CompileOptions): this {
    this.#trainer.compile(options);
    return this;
  }

  /** @internal Runs `fn` once predictions and evaluations that were begun have ended. */
  whenFree<T>(fn: () => Promise<T>): Promise<T> {
    return this.#trainer.whenFree(fn);
  }

  /** The optimizer that the model was compiled with. */
  get optimizer(): Optimizer {
    return this.#trainer.optimizer;
  }

  /**
   * Trains on batches of samples and targets: a dataset of batches [x, y], or both as tensors, typed
   * arrays or nested arrays, which are shuffled and cut into batches of 32.
   *
   * The steps run on threads of their own. Data in memory is trained on by whole epochs; a dataset
   * with a `map` or of a generator is asked for one batch after the other. Meanwhile the model's
   * Variables cannot be used, except in callbacks.
   *
   * @returns the figures of each epoch: `loss`, the metrics by name, and with validation `valLoss`
   *   and the like
   * @throws the signal's reason on an abort, what a callback throws, or an Error about the data; the
   *   model then is as the last complete step left it
   */
  fit(data: TrainingData, options?: FitOptions): Promise<History>;
  fit(x: DataTree, y: DataTree, options?: FitOptions): Promise<History>;
  async fit(data: unknown, second?: unknown, third?: FitOptions): Promise<History> {
    const [y, options] = dataAndOptions(second, third);
    return this.#trainer.fit(data, y, options);
  }

  /**
   * The loss and the metrics by name, means over all samples, with layers in inference mode. Their
   * values in this order are what `const [loss, accuracy] = await model.evaluate(x, y)` takes.
   * @throws as `fit`
   */
  evaluate(data: TrainingData, options?: EvaluateOptions): Promise<Results>;
  evaluate(x: DataTree, y: DataTree, options?: EvaluateOptions): Promise<Results>;
  async evaluate(data: unknown, second?: unknown, third?: EvaluateOptions): Promise<Results> {
    const [y, options] = dataAndOptions(second, third);
    return inOrder(await this.#trainer.evaluate(data, y, options));
  }

  /**
   * What the model computes for each sample, with layers in inference mode; the tensors are the
   * caller's. Needs no `compile`.
   * @param data [samples, ...], or a dataset of batches, whose targets do not matter
   * @returns a tensor, or what `forward` makes of several
   */
  async predict(data: PredictionData, options: PredictOptions = {}): Promise<O> {
    return (await this.#trainer.predict(data, options)) as O;
  }

  /**
   * One update by a batch.
   * @returns the loss and the metrics by name: means over this batch and those before, since the last
   *   `resetMetrics`, `fit` or `evaluate`
   */
  async trainOnBatch(
    x: DataTree,
    y: DataTree,
    options: TrainOnBatchOptions = {},
  ): Promise<Results> {
    return inOrder(await this.#trainer.trainOnBatch(x, y, options));
  }

  /** The same without an update, with layers in inference mode. */
  async testOnBatch(x: DataTree, y: DataTree, options: TestOnBatchOptions = {}): Promise<Results> {
    return inOrder(await this.#trainer.testOnBatch(x, y, options));
  }

  /** What the model computes for a batch, with layers in inference mode; at once, on this thread. */
  async predictOnBatch(x: DataTree): Promise<O> {
    return (await this.#trainer.predictOnBatch(x)) as O;
  }

  /** Begins the means of `trainOnBatch` and `testOnBatch` anew. */
  resetMetrics(): void {
    this.#trainer.resetMetrics();
  }

  /**
   * Writes the model to one .safetensors file: weights by path, and in the metadata, as JSON, what the
   * model is made of and compiled with. With the optimizer's state and the random streams, so that
   * training goes on to the bit after `loadModel`. The file takes the place of an old one once it is
   * whole and on the disk; on any error the old one stays as it was. Await it before the weights are
   * changed. In a callback of `fit` a copy is written, which takes the memory of what is saved once
   * more: training may go on meanwhile.
   *
   * What has no registered name (see `register`) is left out with one warning: a loss, metric or
   * optimizer with the whole of `compile`, a layer with the configuration of the model.
   */
  async save(file: string | URL, options: SaveOptions = {}): Promise<void> {
    const { current, isTraining } = this.#trainer;
    await saveModel(file, this, current, options, isTraining);
  }

  /**
   * Writes what `save` writes and where the last `fit` stands: epoch, place in the data, history,
   * metrics, callbacks and the library's random draws. In a callback, or after a `fit` that ended or
   * was aborted. `fit({ resumeFrom })` goes on from it, `loadModel` makes the model of it. Copies in
   * callbacks as `save` does.
   */
  async saveCheckpoint(file: string | URL): Promise<void> {
    const { current, standing, isTraining } = this.#trainer;
    await saveCheckpoint(file, this, current, standing, isTraining);
  }

  /** The file that `save` writes, as bytes: for a database or a message. */
  toBytes(options: SaveOptions = {}): Uint8Array {
    return modelBytes(this, this.#trainer.current, options);
  }

  /** The model that `toBytes` gave. */
  static fromBytes(bytes: Uint8Array, options: LoadOptions = {}): Promise<Model> {
    return readModel("fromBytes", bytes, options, isModel);
  }

  /** Writes the weights alone to a .safetensors file, by path. Copies in callbacks as `save` does. */
  async saveWeights(file: string | URL): Promise<void> {
    await saveWeights(file, this, this.#trainer.isTraining);
  }

  /**
   * Reads weights by path from a .safetensors file, that of `save` included. Everything is checked
   * before anything changes. A model that was not built yet is built for the input that the file names.
   * @param source a path, a `file:` URL, or the file's bytes
   * @param options with `{ strict: false }` weights that fit are loaded whatever else there is
   * @returns what was loaded, and what did not fit
   */
  async loadWeights(source: FileSource, options: LoadWeightsOptions = {}): Promise<WeightsReport> {
    return loadWeights(source, this, options);
  }

  /** Frees the weights, random streams, and the plans that `predict` keeps. The model cannot be used any more. */
  dispose(): void {
    this.#trainer.dispose();
    for (const variable of Object.values(this.state())) variable.dispose();
  }
}

/**
 * The model that `save` wrote, compiled as it was. Nothing in the file is executed: classes are those
 * that the program has registered, or passes.
 * @param source a path, a `file:` URL, or the file's bytes
 * @throws FormatError that names the file and the field for what is no sound model
 */
export function loadModel(source: FileSource, options: LoadOptions = {}): Promise<Model> {
  return readModel("loadModel", source, options, isModel);
}

function isModel(value: unknown): value is Model {
  return value instanceof Model;
}

function nameOf(module: Module): string {
  return module instanceof Layer ? module.name : module.constructor.name;
}

/** The layers of a subclass: the modules in its fields. One's own field of the name takes its place. */
Object.defineProperty(Model.prototype, "layers", {
  configurable: true,
  get(this: Model) {
    return this.childModules().map(([, module]) => module);
  },
  set(this: Model, value: unknown) {
    Object.defineProperty(this, "layers", {
      ...{ value, writable: true, enumerable: true, configurable: true },
    });
  },
});

register("Model", Model);
answerToOtherNames(Model.prototype, { fitDataset: "fit", evaluateDataset: "evaluate" });
