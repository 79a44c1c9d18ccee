import { concat } from "../../../ops/shape";
import { isPlainObject } from "../../../tensor/nest";
import {
  type OptionKind,
  type ValuesOf,
  choice,
  positiveInteger,
} from "../../../tensor/option-kinds";
import { checkOptions } from "../../../tensor/options";
import { tidy } from "../../../tensor/memory";
import { outsideRecording } from "../../../tensor/recorder";
import { Tensor } from "../../../tensor/tensor";
import { describeValue } from "../../../tensor/values";
import { Layer, type LayerOptions } from "../../layer";
import { register } from "../../registry";
import { CategoryEncoding } from "./category-encoding";
import { Discretization } from "./discretization";
import { encoded } from "./encoded-layer";
import { HashedCrossing } from "./hashed-crossing";
import { Hashing } from "./hashing";
import { Identity } from "../identity";
import { IndexLookup } from "./index-lookup";
import { IntegerLookup } from "./integer-lookup";
import { Normalization } from "./normalization";
import { Rescaling } from "../rescaling";
import { StringLookup } from "./string-lookup";
import { type Column, type TableRows, batches, columnsOf, numbersOf } from "./table-columns";

const NAMES = [
  ...(["float", "floatNormalized", "floatRescaled", "floatDiscretized"] as const),
  ...(["integerCategorical", "stringCategorical", "integerHashed", "stringHashed"] as const),
];

/** Kinds of features, also in Keras' spelling: "float_normalized". */
export type FeatureName = (typeof NAMES)[number];

type FeatureMode = "int" | "oneHot" | "float";

/** What is done with a column, as `FeatureSpace.feature` and its kind describe it. */
export interface FeatureDescription {
  /** Type of the column. */
  readonly dtype: "float32" | "int32" | "string";
  /** What the column goes through first. */
  readonly preprocessor: Layer<object>;
  /** What becomes of it then: "float", "oneHot", or "int", as it is. */
  readonly outputMode: FeatureMode;
}

interface CrossDescription {
  readonly featureNames: readonly string[];
  readonly crossingDim: number;
  readonly outputMode: "int" | "oneHot";
}

export interface FeatureSpaceOptions extends LayerOptions {
  /** "concat", one tensor [batch, width], by default; or "dict", a tensor for each feature. */
  outputMode?: "concat" | "dict";
  /** Lists of the names of features that are taken together, or what `FeatureSpace.cross` gave. */
  crosses?: readonly (readonly string[] | CrossDescription)[] | null;
  /** Numbers of a cross; 32. */
  crossingDim?: number;
  /** Numbers of hashed features; 32. */
  hashingDim?: number;
  /** Bins of discretized features; 32. */
  numDiscretizationBins?: number;
}

const anything: OptionKind<unknown> = (given) => given;
const OPTIONS = {
  features: anything,
  outputMode: choice<"concat" | "dict">(["concat", "dict"], "concat"),
  crosses: anything,
  crossingDim: positiveInteger(32),
  hashingDim: positiveInteger(32),
  numDiscretizationBins: positiveInteger(32),
};

/**
 * Tables of mixed columns as tensors: says for each column what is done with it.
 *
 * ```ts
 * const space = new FeatureSpace({ age: "floatNormalized", island: "stringCategorical" });
 * space.adapt(rows); // learns means, vocabularies
 * const model = new Sequential([space, new Dense(1)]);
 * ```
 *
 * As the first layer of a model it lets `fit`, `evaluate` and `predict` take rows, and is saved with the
 * model. Features stand in the alphabetical order of their names, crosses behind them. Rows [batch] ->
 * float [batch, width].
 */
export class FeatureSpace extends Layer<ValuesOf<typeof OPTIONS>> {
  static override readonly positional = ["features"];
  /** The layer of each feature. */
  readonly preprocessors: Record<string, Layer<object>> = {};
  /** The layer of each cross. */
  readonly crossers: Record<string, HashedCrossing> = {};
  readonly #features: Record<string, FeatureDescription>;
  readonly #crosses: CrossDescription[];

  constructor(
    features: Readonly<Record<string, string | FeatureDescription>>,
    options: FeatureSpaceOptions = {},
  ) {
    super(options, OPTIONS, { features });
    if (!isPlainObject(features) || Object.keys(features).length === 0) {
      throw new TypeError(
        `FeatureSpace: expected features by name but received ${describeValue(features)}`,
      );
    }
    this.#features = Object.fromEntries(
      Object.entries(features).map(([name, given]) => [name, this.described(name, given)]),
    );
    for (const [name, { preprocessor }] of Object.entries(this.#features)) {
      this.preprocessors[name] = preprocessor;
    }
    const crosses = (this.options.crosses ?? []) as readonly (
      readonly string[] | CrossDescription
    )[];
    this.#crosses = crosses.map((cross) => this.crossed(cross));
    for (const cross of this.#crosses) {
      this.crossers[crossName(cross)] = new HashedCrossing(cross.crossingDim);
    }
  }

  /** A feature with a layer of its own. */
  static feature(description: FeatureDescription): FeatureDescription {
    checkOptions(description, ["dtype", "preprocessor", "outputMode"], "FeatureSpace.feature");
    return description;
  }

  /** Features taken together, with options of its own. */
  static cross(
    featureNames: readonly string[],
    crossingDim: number,
    options: { outputMode?: "int" | "oneHot" } = {},
  ): CrossDescription {
    return { featureNames, crossingDim, outputMode: options.outputMode ?? "oneHot" };
  }

  /** Numbers as they are. */
  static float(): FeatureDescription {
    return { dtype: "float32", preprocessor: new Identity(), outputMode: "float" };
  }

  /** Numbers less their mean, by their standard deviation. */
  static floatNormalized(): FeatureDescription {
    return { dtype: "float32", preprocessor: new Normalization(), outputMode: "float" };
  }

  /** x scale + offset. */
  static floatRescaled(options: { scale?: number; offset?: number } = {}): FeatureDescription {
    const { scale = 1, offset = 0 } = options;
    return { dtype: "float32", preprocessor: new Rescaling(scale, offset), outputMode: "float" };
  }

  /** The bins of numbers. */
  static floatDiscretized(options: {
    numBins?: number;
    binBoundaries?: readonly number[];
    outputMode?: "int" | "oneHot";
  }): FeatureDescription {
    const { outputMode = "oneHot", ...rest } = options;
    return { dtype: "float32", preprocessor: new Discretization(rest), outputMode };
  }

  /** A column of integers that stand for categories, with a vocabulary that `adapt` finds. */
  static integerCategorical(options: CategoricalOptions = {}): FeatureDescription {
    const { outputMode = "oneHot", ...rest } = options;
    return { dtype: "int32", preprocessor: new IntegerLookup(rest), outputMode };
  }

  /** A column of strings that stand for categories, with a vocabulary that `adapt` finds. */
  static stringCategorical(options: CategoricalOptions = {}): FeatureDescription {
    const { outputMode = "oneHot", ...rest } = options;
    return { dtype: "string", preprocessor: new StringLookup(rest), outputMode };
  }

  /** A column of integers that stand for categories, spread by a hash over `numBins`. */
  static integerHashed(
    numBins: number,
    options: { outputMode?: "int" | "oneHot" } = {},
  ): FeatureDescription {
    const { outputMode = "oneHot" } = options;
    return { dtype: "int32", preprocessor: new Hashing(numBins), outputMode };
  }

  /** A column of strings that stand for categories, spread by a hash over `numBins`. */
  static stringHashed(
    numBins: number,
    options: { outputMode?: "int" | "oneHot" } = {},
  ): FeatureDescription {
    return { ...FeatureSpace.integerHashed(numBins, options), dtype: "string" };
  }

  private described(name: string, given: unknown): FeatureDescription {
    if (isPlainObject(given) && given.preprocessor instanceof Layer) {
      return given as unknown as FeatureDescription;
    }
    const plain = typeof given === "string" ? given.replaceAll("_", "").toLowerCase() : "";
    const { hashingDim, numDiscretizationBins } = this.options;
    switch (NAMES.find((kind) => kind.toLowerCase() === plain)) {
      case "float":
        return FeatureSpace.float();
      case "floatNormalized":
        return FeatureSpace.floatNormalized();
      case "floatRescaled":
        return FeatureSpace.floatRescaled();
      case "floatDiscretized":
        return FeatureSpace.floatDiscretized({ numBins: numDiscretizationBins });
      case "integerCategorical":
        return FeatureSpace.integerCategorical();
      case "stringCategorical":
        return FeatureSpace.stringCategorical();
      case "integerHashed":
        return FeatureSpace.integerHashed(hashingDim);
      case "stringHashed":
        return FeatureSpace.stringHashed(hashingDim);
      default:
        throw new TypeError(
          `FeatureSpace: expected one of ${NAMES.join(", ")}, or what FeatureSpace.feature gives, for ${name} ` +
            `but received ${describeValue(given)}`,
        );
    }
  }

  private crossed(given: unknown): CrossDescription {
    const cross = (
      Array.isArray(given) ? FeatureSpace.cross(given as string[], this.options.crossingDim) : given
    ) as CrossDescription;
    const names = isPlainObject(cross) ? cross.featureNames : [];
    const fits = names.length > 1 && names.every((name) => Object.hasOwn(this.#features, name));
    if (fits) return cross;
    throw new RangeError(
      `FeatureSpace: expected names among ${Object.keys(this.#features).join(", ")} for crosses but received ` +
        (names.length > 0 ? names.join(", ") : describeValue(given)),
    );
  }

  /** @internal The layers themselves, with what they learned. */
  override config() {
    return { ...super.config(), features: this.#features, crosses: this.#crosses };
  }

  /** Learns what the layers of the features need, anew at each call. */
  adapt(rows: TableRows): this {
    const columns = columnsOf(rows, Object.keys(this.#features));
    for (const [name, layer] of Object.entries(this.preprocessors)) {
      const column = columns[name];
      if (layer instanceof Normalization && layer.options.mean === null) {
        layer.adapt(numbersOf(column, name));
      } else if (layer instanceof Discretization && layer.options.numBins !== null) {
        layer.adapt(batches(column));
      } else if (layer instanceof IndexLookup && layer.options.vocabulary === null) {
        layer.adapt(column);
      }
    }
    return this;
  }

  /**
   * The rows as tensors: float [batch, width], or a tensor for each feature if `outputMode` is "dict".
   * A tensor passes as it is: what `encode` gave.
   */
  forward(rows: TableRows | Tensor): Tensor {
    return rows instanceof Tensor ? rows : (this.encode(rows) as Tensor);
  }

  /** @internal */
  override prepare(args: readonly unknown[]): void {
    if (args[0] instanceof Tensor) super.prepare(args);
  }

  /** What `forward` does, of rows alone. */
  encode(rows: TableRows): Tensor | Record<string, Tensor> {
    const columns = columnsOf(rows, Object.keys(this.#features));
    return outsideRecording(() =>
      tidy(() => {
        const results = this.results(columns);
        return this.options.outputMode === "dict" ? results : this.joined(results);
      }),
    );
  }

  /** By feature, then by cross, in alphabetical order. */
  private results(columns: Readonly<Record<string, Column>>): Record<string, Tensor> {
    const results: Record<string, Tensor> = {};
    const numbered: Record<string, Tensor> = {};
    for (const name of Object.keys(this.#features).sort()) {
      numbered[name] = this.preprocessed(name, columns[name]);
      results[name] = this.finished(name, numbered[name]);
    }
    for (const cross of [...this.#crosses].sort((a, b) => order(crossName(a), crossName(b)))) {
      const name = crossName(cross);
      const result = this.crossers[name].forward(cross.featureNames.map((each) => numbered[each]));
      results[name] =
        cross.outputMode === "int"
          ? result
          : encoded(result, "multiHot", cross.crossingDim, this.dtype);
    }
    return results;
  }

  private joined(results: Record<string, Tensor>): Tensor {
    const whole = Object.entries(results).find(([, { dtype }]) => dtype !== this.dtype);
    if (whole === undefined) return concat(Object.values(results), -1);
    throw new TypeError(
      `FeatureSpace: expected features of ${this.dtype} to concatenate but ${whole[0]} is ${whole[1].dtype}; ` +
        'give it the outputMode "oneHot", or use the outputMode "dict"',
    );
  }

  /** Floats, or numbers of categories, [batch, 1]. */
  private preprocessed(name: string, column: Column): Tensor {
    const layer = this.preprocessors[name] as Layer<object> & { forward(x: unknown): Tensor };
    const isText = layer instanceof IndexLookup || layer instanceof Hashing;
    return layer.forward(isText ? column : numbersOf(column, name));
  }

  private finished(name: string, result: Tensor): Tensor {
    const { outputMode, preprocessor } = this.#features[name];
    if (outputMode !== "oneHot") return result;
    const size = cardinalityOf(preprocessor);
    if (size !== null && result.dtype === "int32") {
      return encoded(result, "multiHot", size, this.dtype);
    }
    throw new TypeError(
      `FeatureSpace: expected a layer that gives numbers of categories for ${name}, whose outputMode is ` +
        `"oneHot", but received ${preprocessor.constructor.name}`,
    );
  }
}

interface CategoricalOptions {
  maxTokens?: number;
  numOovIndices?: number;
  outputMode?: "int" | "oneHot";
}

function crossName({ featureNames }: CrossDescription): string {
  return featureNames.join("_X_");
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function cardinalityOf(layer: Layer<object>): number | null {
  if (layer instanceof IndexLookup) return layer.vocabularySize();
  if (layer instanceof CategoryEncoding) return layer.options.numTokens;
  if (layer instanceof Hashing) return layer.options.numBins;
  if (layer instanceof Discretization) return (layer.binBoundaries?.length ?? 0) + 1;
  return null;
}

register("FeatureSpace", FeatureSpace);
