/** Models: modules that can be built, summed up, trained and asked for predictions. */

import type { DType } from "../tensor/dtype";
import { Layer, type LayerOptions } from "../nn/layer";
import { Module } from "../nn/module";
import { type KnownShape, shapesOf } from "../nn/types-alone";
import { checkFunction } from "../tensor/options";
import { checkArray } from "../ops/arguments";
import type { Optimizer } from "../optimizers";
import type { Tensor } from "../tensor/tensor";
import { summarize } from "./summary";
import { isOptions } from "./arguments";
import type { PredictionData, TensorOrValues, TrainingData } from "./batches";
import type { CompileOptions } from "./compiled";
import type { History } from "./history";
import { type EvaluateOptions, type FitOptions, type PredictOptions, Trainer } from "./trainer";
import { describeValue } from "../tensor/values";

/**
 * A network. Subclass it: layers in fields, their use in `forward`.
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
 */
export abstract class Model extends Layer {
  /** Set to true, in a callback of `fit`, to end training after the batch or epoch. */
  stopTraining = false;
  readonly #trainer = new Trainer(this);

  constructor(options: LayerOptions = {}) {
    super(options);
  }

  abstract override forward(x: Tensor): Tensor;

  /**
   * Creates the weights of all layers, by a run of `forward` on types alone: nothing is computed.
   * @param inputShape with the batch's axis, which may be null: [null, 28, 28]
   * @param dtype of the input; "float32" by default
   */
  override build(inputShape: KnownShape, dtype: DType = "float32"): this {
    const forward = this.forward.bind(this) as (x: unknown) => unknown;
    shapesOf(forward, inputShape, dtype);
    return this;
  }

  /** @internal */
  protected override createsWeights(): boolean {
    return (Object.getPrototypeOf(this) as Model).build !== Model.prototype.build;
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
  fit(x: TensorOrValues, y: TensorOrValues, options?: FitOptions): Promise<History>;
  async fit(
    data: TrainingData | TensorOrValues,
    second?: TensorOrValues | FitOptions,
    third?: FitOptions,
  ): Promise<History> {
    const [y, options] = isOptions(second) ? [undefined, second ?? third] : [second, third];
    return this.#trainer.fit(data, y, (options ?? {}) as FitOptions);
  }

  /**
   * The loss and the metrics by name, means over all samples, with layers in inference mode.
   * @throws as `fit`
   */
  evaluate(data: TrainingData, options?: EvaluateOptions): Promise<Record<string, number>>;
  evaluate(
    x: TensorOrValues,
    y: TensorOrValues,
    options?: EvaluateOptions,
  ): Promise<Record<string, number>>;
  async evaluate(
    data: TrainingData | TensorOrValues,
    second?: TensorOrValues | EvaluateOptions,
    third?: EvaluateOptions,
  ): Promise<Record<string, number>> {
    const [y, options] = isOptions(second) ? [undefined, second ?? third] : [second, third];
    return this.#trainer.evaluate(data, y, (options ?? {}) as EvaluateOptions);
  }

  /**
   * What the model computes for each sample, with layers in inference mode; the tensor is the
   * caller's. Needs no `compile`.
   * @param data [samples, ...], or a dataset of batches, whose targets do not matter
   */
  async predict(data: PredictionData, options: PredictOptions = {}): Promise<Tensor> {
    return this.#trainer.predict(data, options);
  }

  /** Frees the weights, random streams, and the plans that `predict` keeps. The model cannot be used any more. */
  dispose(): void {
    this.#trainer.dispose();
    for (const variable of Object.values(this.state())) variable.dispose();
  }
}

/** Layers one after the other. */
export class Sequential extends Model {
  readonly layers: Module[] = [];

  constructor(layers: readonly Module[] = []) {
    super();
    checkArray(layers, "Sequential", "layers");
    for (const layer of layers) this.add(layer);
  }

  /** Appends a layer. */
  add(layer: Module): this {
    if (!(layer instanceof Module)) {
      throw new TypeError(`Sequential: expected a layer but received ${describeValue(layer)}`);
    }
    this.layers.push(layer);
    return this;
  }

  forward(x: Tensor): Tensor {
    let y = x;
    for (const layer of this.layers)
      y = (layer as Module & { forward(x: Tensor): Tensor }).forward(y);
    return y;
  }
}
