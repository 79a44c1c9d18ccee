/** Layers: modules that know the options they were made with, and create their weights by themselves. */

import { div } from "../ops/arithmetic";
import type { DType } from "../tensor/dtype";
import { tidy } from "../tensor/memory";
import { forEachLeaf, mapLeaves } from "../tensor/nest";
import {
  type OptionKinds,
  flag,
  floatDType,
  kindsOf,
  optional,
  text,
  valuesOf,
} from "../tensor/option-kinds";
import { checkOptions } from "../tensor/options";
import { answerToOtherNames } from "../tensor/other-names";
import { outsideRecording } from "../tensor/recorder";
import { type Shape, Tensor } from "../tensor/tensor";
import { Variable } from "../tensor/variable";
import { addLossOf, lossesOf } from "./added-losses";
import { type WeightOptions, createWeight } from "./create-weight";
import { type InputSpec, checkInputs, checkShapeForm } from "./input-spec";
import { regularizer } from "./layer-options";
import { uniqueName } from "./layer-name";
import { warnOfLostOptions } from "./lost-options";
import { Module, hide } from "./module";
import { checkArguments, checkNamed, checkOrder } from "./positional";
import { type Config, type Configurable } from "./registry";
import { serialize } from "./serialization";
import type { Regularizer, RegularizerLike } from "./regularizers/regularizer";
import { type KnownShape, mapShapes, openBatch, shapesIn, shapesOf, typesIn } from "./types-alone";
import type { Contents } from "./walk";

/** The options that every layer takes. */
export interface LayerOptions {
  /** By default the class's name with a number, as in Keras: dense, dense_1. */
  name?: string;
  /** Of the weights, and of the input where that matters: "float32" by default. */
  dtype?: DType;
  /** Whether training changes the weights; true. */
  trainable?: boolean;
  /** A penalty on the result, which training adds to the loss. */
  activityRegularizer?: RegularizerLike;
}

const COMMON = {
  name: optional(text()),
  dtype: floatDType("float32"),
  trainable: flag(true),
  activityRegularizer: regularizer(),
};

/**
 * Base of the layers. One of your own gives its options to the constructor of this class, creates its
 * weights in `build` and computes in `forward`:
 *
 * ```ts
 * class Scale extends Layer<{ initial?: number }> {
 *   gain!: Variable;
 *   constructor(options: LayerOptions & { initial?: number } = {}) {
 *     super(options, ["initial"]); // the names of its own options
 *   }
 *   override build(inputShape: readonly (number | null)[]): void {
 *     const initializer = initializers.constant(this.options.initial ?? 1);
 *     this.gain = this.addWeight("gain", [inputShape.at(-1)!], { initializer });
 *   }
 *   forward(x: Tensor): Tensor {
 *     return x.mul(this.gain);
 *   }
 * }
 * register("Scale", Scale);
 * ```
 *
 * @typeParam O the values of the layer's own options
 */
export abstract class Layer<O extends object = Readonly<Record<string, unknown>>>
  extends Module
  implements Configurable
{
  /** @hidden */
  static readonly kind: string = "layer";
  /** Names of the constructor's arguments before the options. */
  static readonly positional: readonly string[] = [];

  /** As summaries and `getLayer` know it. */
  readonly name: string;
  /** Type of its weights, and of what it computes with; "float32" by default. */
  readonly dtype: DType;
  /** The options that the layer was made with, those left out at their defaults. */
  declare readonly options: O;
  /** @internal */
  declare readonly activityRegularizer: Regularizer | null;
  #isBuilt = false;
  #inputType: unknown = null;
  readonly #buildsItself: boolean;
  readonly #added = new Map<string, Variable>();

  /**
   * @param options what the caller passed as the last argument
   * @param own kinds of the layer's own options, or their names alone
   * @param positional the arguments before the options, by name
   */
  constructor(
    options: object = {},
    own: OptionKinds | readonly string[] = {},
    positional: object = {},
  ) {
    super();
    const layer = this.constructor.name;
    const kinds = kindsOf(own);
    const before = Object.keys(positional);
    const names = [
      ...Object.keys(kinds).filter((key) => !before.includes(key)),
      ...Object.keys(COMMON),
    ];
    checkNamed(before, kinds, layer);
    checkOptions(options, names, layer);
    checkOrder(positional, layer);
    const common = valuesOf(COMMON, options, layer);
    this.name = common.name ?? uniqueName(layer);
    this.dtype = common.dtype;
    hide(this, "options", Object.freeze(valuesOf(kinds, { ...options, ...positional }, layer)));
    hide(this, "activityRegularizer", common.activityRegularizer);
    if (!common.trainable) this.trainable = false;
    this.#buildsItself = this.createsWeights();
    if (!this.#buildsItself) return;
    const build = this.build.bind(this) as (inputShape: unknown) => unknown;
    hide(this, "build", (inputShape: unknown) => this.#build(inputShape, build));
  }

  /** @internal False for models whose `build` does no more than run `forward`. */
  protected createsWeights(): boolean {
    return true;
  }

  /** @hidden A layer of such a configuration. */
  static fromConfig(config: Config): Layer<object> {
    checkArguments(this, ownFromConfig);
    const args = this.positional.map((name) => config[name]);
    const rest = Object.entries(config).filter(([name]) => !this.positional.includes(name));
    const create = this as unknown as new (...args: unknown[]) => Layer<object>;
    return new create(...args, Object.fromEntries(rest));
  }

  /**
   * The options with which the constructor makes a layer like this one, weights aside; those before
   * the last argument by name, as in `positional`.
   */
  config(): Config {
    const { name, trainable, dtype, activityRegularizer } = this;
    const common = { name, trainable, dtype };
    if (activityRegularizer === null) return { ...common, ...this.options };
    return { ...common, activityRegularizer, ...this.options };
  }

  /** @internal Throws if the configuration does not hold what `fromConfig` needs. */
  checkConfig(): void {
    checkArguments(this.constructor as typeof Layer, ownFromConfig);
  }

  /** The class and the configuration, weights aside: for `JSON.stringify` and `fromJSON`. */
  toJSON(): unknown {
    return serialize(this);
  }

  /**
   * A layer of the same configuration, with weights and random streams of its own, of the same values.
   * Functions and objects of the configuration that are no layers are shared.
   */
  clone(): this {
    return cloneOf(this, new Map<unknown, Layer<object>>()) as this;
  }

  /**
   * Creates the weights for inputs of a shape, the batch's axis included: [null, 784]. Called by the
   * first `forward`, also within a capture. Once they are there, they stay: another call checks the
   * shape alone.
   */
  build(_inputShape: KnownShape): unknown {
    return this; // A layer without weights has nothing to create.
  }

  /**
   * The types of the input for which the layer was built, the size of the batch left open: a tree of
   * `{ shape, dtype }`, or null before.
   */
  get inputType(): unknown {
    return this.#inputType;
  }

  /** @internal Remembers that the weights are there. */
  protected builtFor(inputType: unknown): void {
    this.#isBuilt = true;
    this.#inputType = inputType;
  }

  /** @internal Builds a layer that was made of a configuration like the one it comes from. */
  buildLike(inputType: unknown): void {
    if (this.#isBuilt || inputType === null) return;
    this.build(shapesIn(inputType));
    this.builtFor(inputType); // shapes alone do not tell of integers
  }

  /** Whether `build` was called, by hand or by the first `forward`. */
  get isBuilt(): boolean {
    return this.#isBuilt;
  }

  #build(inputShape: unknown, build: (inputShape: unknown) => unknown): unknown {
    const spec = this.inputSpec();
    mapShapes(inputShape, (shape) => {
      if (spec === null) return;
      checkShapeForm(
        shape,
        spec,
        this.constructor.name,
        this.#isBuilt ? ", for which it was built," : "",
      );
    });
    if (this.#isBuilt) return this;
    const before = Object.fromEntries(Object.entries(this));
    try {
      outsideRecording(() => tidy(() => void build(inputShape)));
    } catch (error) {
      this.#undoBuild(before);
      throw error;
    }
    this.builtFor(mapShapes(inputShape, (shape) => openBatch(shape, this.dtype)));
    return this;
  }

  /** As if `build` had not been tried: half of the weights would be of no use. */
  #undoBuild(before: object): void {
    for (const key of Object.keys(this)) Reflect.deleteProperty(this, key);
    Object.assign(this, before);
    for (const weight of this.#added.values()) weight.dispose();
    this.#added.clear();
  }

  /**
   * Creates a weight. Keep it in a field; its path in `namedWeights` is the field's. Works at any time,
   * also in `forward` while `jit` or `fit` captures.
   * @param name of the weight, distinct within the layer
   */
  addWeight(name: string, shape: Shape, options: WeightOptions = {}): Variable {
    const where = `${this.constructor.name}: addWeight`;
    if (this.#added.has(name)) {
      throw new Error(`${where}: expected a name that no other weight has but received ${name}`);
    }
    const weight = createWeight(name, shape, options, { dtype: this.dtype, where });
    this.#added.set(name, weight);
    return weight;
  }

  /**
   * Adds a loss to that which `fit` follows; for use in `forward`, anew at each call.
   * @param loss float; of several elements the sum counts
   */
  addLoss(loss: Tensor): void {
    addLossOf(this, loss);
  }

  /**
   * What is added to the loss of a model, of this layer and all below it: what `addLoss` was given in
   * the last run, penalties on results, and those on the weights that training changes. `fit` and
   * `evaluate` add them; a loop of one's own does it while its tape records:
   * `model.losses.reduce(add, loss)`.
   */
  get losses(): Tensor[] {
    return lossesOf(this);
  }

  /** @internal As in Keras the penalty is divided by the number of samples. */
  override conclude(result: unknown): void {
    const { activityRegularizer } = this;
    if (activityRegularizer === null) return;
    forEachLeaf(result, (leaf) => {
      if (!(leaf instanceof Tensor)) return;
      const [samples = 1] = leaf.shape;
      if (samples > 0) this.addLoss(div(activityRegularizer(leaf), samples));
    });
  }

  /** The form of the input, or of each if there are several; null for whatever `forward` takes. */
  protected inputSpec(): InputSpec | null {
    return null;
  }

  /**
   * The shape of the result for inputs of a shape; the batch's size may be null. Runs `forward` on
   * types alone, and so creates the weights if need be; override it where `forward` cannot run so.
   */
  outputShape(inputShape: KnownShape): KnownShape {
    const forward = this.forward.bind(this) as (x: unknown) => unknown;
    return shapesOf(forward, inputShape, this.dtype) as KnownShape;
  }

  /** The same as `forward`, as TensorFlow.js calls it. */
  apply(...args: Parameters<this["forward"]>): ReturnType<this["forward"]> {
    const forward = this.forward.bind(this) as (...args: unknown[]) => unknown;
    return forward(...args) as ReturnType<this["forward"]>;
  }

  /** @internal */
  override prepare(args: readonly unknown[]): void {
    const [x] = args;
    const spec = this.inputSpec();
    if (spec !== null) checkInputs(x, spec, this.constructor.name);
    if (this.#isBuilt) return;
    const type = typesIn(x);
    if (this.#buildsItself) this.build(shapesIn(type));
    this.builtFor(type);
  }

  /** @internal Weights that no field holds stand under their own names. */
  override contents(): Contents<Module> {
    const contents = super.contents();
    const held = new Set(contents.variables.map(([, variable]) => variable));
    for (const [name, weight] of this.#added) {
      if (!held.has(weight)) contents.variables.push([name, weight]);
    }
    return contents;
  }
}

/** A copy, with one copy of each layer in the configuration. */
function cloneOf(layer: Layer<object>, copies: Map<unknown, Layer<object>>): Layer<object> {
  const known = copies.get(layer);
  if (known !== undefined) return known;
  const config = mapLeaves(layer.config(), (leaf) =>
    leaf instanceof Layer ? cloneOf(leaf as Layer<object>, copies) : leaf,
  ) as Config;
  const fromConfig = (): Layer<object> => (layer.constructor as typeof Layer).fromConfig(config);
  warnOfLostOptions(layer, config, fromConfig);
  const copy = fromConfig();
  copies.set(layer, copy);
  copy.buildLike(layer.inputType);
  outsideRecording(() => copy.loadState(layer.state()));
  return copy;
}

const ownFromConfig = (Layer as { fromConfig: unknown }).fromConfig;

answerToOtherNames(Layer.prototype);
