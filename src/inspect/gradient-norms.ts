/** How strongly a loss pulls at each layer: the norms of the weight gradients. */

import { Callback } from "../training/callbacks";
import { isFloat } from "../tensor/dtype";
import { tidy } from "../tensor/memory";
import { Module } from "../nn/module";
import { square } from "../ops/arithmetic";
import { mean } from "../ops/reduce";
import { cast, sum } from "../ops/shape";
import { checkOptions } from "../tensor/options";
import { GradientTape } from "../autograd/tape";
import { Tensor, noTensor } from "../tensor/tensor";
import { type LossLike, lossOf } from "../training/names";
import { describeValue } from "../tensor/values";
import type { Variable } from "../tensor/variable";

/** Options of `gradientNorms` and of the callback `GradientNorms`. */
export interface GradientNormOptions {
  /** The loss whose gradient is measured: a function or its name, as in `compile`. */
  loss: LossLike;
  /** Over the samples: "mean" by default, what `fit` follows; or "sum". */
  reduction?: "mean" | "sum";
}

/** The gradient's norm in one layer. */
export interface LayerGradientNorm {
  /** Path of the layer within the model, such as "dense1" or "layers.0". */
  layer: string;
  /** Euclidean norm of the gradient with respect to all of the layer's trainable weights. */
  norm: number;
  /** The same of each weight alone, by its path within the layer: `kernel`, `bias`. */
  weights: Record<string, number>;
}

/**
 * Euclidean norms of a loss's gradient with respect to the trainable weights, layer by layer: of one
 * batch, with the weights as they are. Where they shrink from the last layer to the first by orders of
 * magnitude, the first ones hardly learn (the vanishing gradient: Hochreiter 1991; Bengio, Simard and
 * Frasconi 1994); where they grow, training is likely to diverge.
 *
 * The model is run in inference mode, without dropout, and is left as it was. Squares are added up in
 * float64, in which the smallest float32 gradients do not underflow. A weight that the loss does not
 * depend on has norm 0.
 *
 * ```ts
 * const norms = gradientNorms(model, x, y, { loss: "sparseCategoricalCrossentropy" });
 * for (const { layer, norm } of norms) console.log(layer, norm);
 * ```
 *
 * @param model any module from x to predictions; one that was not built yet builds itself
 * @param x a batch [samples, ...]
 * @param yTrue what `loss` takes beside the predictions: labels [samples] or targets
 * @returns an entry for each layer that holds trainable weights, in the order of `namedWeights()`
 */
export function gradientNorms(
  model: Module,
  x: Tensor,
  yTrue: Tensor,
  options: GradientNormOptions,
): LayerGradientNorm[] {
  checkModel(model);
  checkBatch(x, yTrue);
  checkGradientNormOptions(options);
  return tidy(() => {
    const tape = new GradientTape();
    const target = model.inMode(false, () =>
      tape.record(() => reducedLoss(model, x, yTrue, options)),
    );
    const weights = namedTrainableWeights(model);
    const sources = weights.map(([, weight]) => weight);
    const gradients = tape.gradient(target, sources, { unconnected: "zero" });
    const squares = gradients.map((gradient) => sum(square(cast(gradient, "float64"))).item());
    return normsByLayer(
      modulePaths(model),
      weights.map(([path], i) => [path, squares[i]]),
      model.constructor.name,
    );
  });
}

/** Norms recorded at one moment of training. */
export interface GradientNormRecord {
  /** The epoch, or whatever the program counts by; 0 before training. */
  step: number;
  /** One for each layer with weights, in their order. */
  layers: LayerGradientNorm[];
}

/**
 * Records `gradientNorms` of one fixed batch while a model trains, so that records differ by the
 * weights alone. As a callback of `fit` it does so before the first and after every epoch; in a
 * handwritten loop call `record` wherever they are to be measured.
 *
 * ```ts
 * const norms = new GradientNorms(x, y, { loss: "sparseCategoricalCrossentropy" });
 * await model.fit(trainSet, { epochs: 5, callbacks: [norms] });
 * for (const { step, layers } of norms.history) console.log(step, layers[0].norm);
 * ```
 */
export class GradientNorms extends Callback {
  /** In the order of recording. */
  readonly history: GradientNormRecord[] = [];
  /** The step that was recorded before the current `fit`. */
  private stepBefore = 0;

  /** The batch stays the caller's, who disposes of it after the last `record`. */
  constructor(
    private readonly x: Tensor,
    private readonly yTrue: Tensor,
    private readonly options: GradientNormOptions,
  ) {
    super();
    checkBatch(x, yTrue);
    checkGradientNormOptions(options);
  }

  /** Measures, appends to `history` and returns the record. */
  record(model: Module, step: number): GradientNormRecord {
    if (!Number.isFinite(step)) {
      throw new TypeError(
        `GradientNorms: expected a finite number for step but received ${describeValue(step)}`,
      );
    }
    const record = { step, layers: gradientNorms(model, this.x, this.yTrue, this.options) };
    this.history.push(record);
    return record;
  }

  /** Called by `fit`: records the weights that training starts from, as step 0. */
  onTrainBegin(): void {
    this.stepBefore = this.history.at(-1)?.step ?? 0;
    if (this.history.length === 0) this.record(this.model, 0);
  }

  /** Called by `fit`, whose epochs count from 0: the first epoch ends at step 1. */
  onEpochEnd(epoch: number): void {
    this.record(this.model, this.stepBefore + epoch + 1);
  }
}

/** A scalar; throws unless the loss is a float tensor. */
function reducedLoss(
  model: Module,
  x: Tensor,
  yTrue: Tensor,
  { loss, reduction = "mean" }: GradientNormOptions,
): Tensor {
  const predicted = (model as Module & { forward(x: Tensor): unknown }).forward(x);
  const value: unknown = lossOf(loss).perSample(yTrue, predicted as Tensor);
  if (!(value instanceof Tensor) || !isFloat(value.dtype)) {
    const found = value instanceof Tensor ? value.describe() : describeValue(value);
    throw new TypeError(
      `gradientNorms: expected a float tensor from the loss but received ${found}`,
    );
  }
  return reduction === "mean" ? mean(value) : sum(value);
}

function namedTrainableWeights(model: Module): [path: string, weight: Variable][] {
  const trainable = new Set(model.trainableWeights);
  const named = model.namedWeights().filter(([, weight]) => trainable.has(weight));
  if (named.length > 0) return named;
  throw new Error(
    `gradientNorms: expected a model with trainable weights but received ${model.constructor.name}, ` +
      "which has none",
  );
}

/** Paths of the modules below `module`, each before those within it. */
function modulePaths(module: Module, path = "", seen = new Set([module])): string[] {
  return module.childModules().flatMap(([key, child]) => {
    if (seen.has(child)) return [];
    seen.add(child);
    const childPath = path === "" ? key : `${path}.${key}`;
    return [childPath, ...modulePaths(child, childPath, seen)];
  });
}

/** Gathers the weights' squared norms under the innermost module that holds each. */
function normsByLayer(
  modules: readonly string[],
  squares: readonly [path: string, square: number][],
  modelName: string,
): LayerGradientNorm[] {
  const layers = new Map<string, [name: string, square: number][]>();
  for (const [path, square] of squares) {
    const owner = modules.findLast((module) => path.startsWith(`${module}.`));
    const name = owner === undefined ? path : path.slice(owner.length + 1);
    const layer = owner ?? modelName;
    layers.set(layer, [...(layers.get(layer) ?? []), [name, square]]);
  }
  return [...layers].map(([layer, weights]) => ({
    layer,
    norm: Math.sqrt(weights.reduce((total, [, square]) => total + square, 0)),
    weights: Object.fromEntries(weights.map(([name, square]) => [name, Math.sqrt(square)])),
  }));
}

function checkModel(model: unknown): asserts model is Module {
  if (model instanceof Module) return;
  throw new TypeError(
    `gradientNorms: expected a Model for model but received ${describeValue(model)}`,
  );
}

function checkBatch(x: unknown, yTrue: unknown): void {
  for (const [name, value] of Object.entries({ x, yTrue })) {
    if (!(value instanceof Tensor)) throw noTensor(value, "gradientNorms", name);
  }
}

function checkGradientNormOptions(options: GradientNormOptions): void {
  checkOptions(options, ["loss", "reduction"], "gradientNorms");
  const { loss, reduction = "mean" } = options;
  lossOf(loss, "gradientNorms");
  if (reduction === "mean" || reduction === "sum") return;
  throw new TypeError(
    `gradientNorms: expected "mean" or "sum" for reduction but received ${describeValue(reduction)}`,
  );
}
