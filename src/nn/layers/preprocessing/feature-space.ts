import { concat } from "../../../ops/shape";
import { isPlainObject } from "../../../tensor/nest";
import {
  type OptionKind,
  type ValuesOf,
  choice,
  positiveInteger,
} from "../../../tensor/option-kinds";
import { tidy } from "../../../tensor/memory";
import { outsideRecording } from "../../../tensor/recorder";
import { Tensor } from "../../../tensor/tensor";
import { describeValue } from "../../../tensor/values";
import { Layer, type LayerOptions } from "../../layer";
import { register } from "../../registry";
import { encoded } from "./encoded-layer";
import {
  type CrossDescription,
  type FeatureDescription,
  adaptTo,
  cardinalityOf,
  cross,
  crossName,
  crossOf,
  feature,
  featureOf,
  float,
  floatDiscretized,
  floatNormalized,
  floatRescaled,
  integerCategorical,
  integerHashed,
  lacksAdapt,
  stringCategorical,
  stringHashed,
} from "./features";
import { HashedCrossing } from "./hashed-crossing";
import { Hashing } from "./hashing";
import { IndexLookup } from "./index-lookup";
import { type Column, type TableRows, columnsOf, numbersOf } from "./table-columns";

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
  /** A feature with a layer of its own. */
  static readonly feature = feature;
  /** Features taken together, with options of its own. */
  static readonly cross = cross;
  /** Numbers as they are. */
  static readonly float = float;
  /** Numbers less their mean, by their standard deviation. */
  static readonly floatNormalized = floatNormalized;
  /** x scale + offset. */
  static readonly floatRescaled = floatRescaled;
  /** The bins of numbers. */
  static readonly floatDiscretized = floatDiscretized;
  /** A column of integers that stand for categories, with a vocabulary that `adapt` finds. */
  static readonly integerCategorical = integerCategorical;
  /** A column of strings that stand for categories, with a vocabulary that `adapt` finds. */
  static readonly stringCategorical = stringCategorical;
  /** A column of integers that stand for categories, spread by a hash over `numBins`. */
  static readonly integerHashed = integerHashed;
  /** A column of strings that stand for categories, spread by a hash over `numBins`. */
  static readonly stringHashed = stringHashed;
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
      Object.entries(features).map(([name, given]) => [name, featureOf(name, given, this.options)]),
    );
    for (const [name, { preprocessor }] of Object.entries(this.#features)) {
      this.preprocessors[name] = preprocessor;
    }
    const crosses = (this.options.crosses ?? []) as readonly (
      readonly string[] | CrossDescription
    )[];
    const { crossingDim } = this.options;
    this.#crosses = crosses.map((given) => crossOf(given, { known: this.#features, crossingDim }));
    for (const made of this.#crosses) {
      this.crossers[crossName(made)] = new HashedCrossing(made.crossingDim);
    }
  }

  /** @internal The layers themselves, with what they learned. */
  override config() {
    return { ...super.config(), features: this.#features, crosses: this.#crosses };
  }

  /** Learns what the layers of the features need, anew at each call. */
  adapt(rows: TableRows): this {
    const columns = columnsOf(rows, Object.keys(this.#features));
    for (const [name, layer] of Object.entries(this.preprocessors)) {
      ofFeature(name, () => adaptTo(layer, columns[name], name));
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
    this.checkAdapted();
    const columns = columnsOf(rows, Object.keys(this.#features));
    return outsideRecording(() =>
      tidy(() => {
        const results = this.results(columns);
        return this.options.outputMode === "dict" ? results : this.joined(results);
      }),
    );
  }

  private checkAdapted(): void {
    const layers = Object.entries(this.preprocessors);
    const lacking = layers.filter(([, layer]) => lacksAdapt(layer)).map(([name]) => name);
    if (lacking.length === 0) return;
    throw new Error(
      `FeatureSpace: call adapt(rows) first, which learns what ${lacking.join(", ")} ` +
        (lacking.length > 1 ? "need" : "needs"),
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
    return ofFeature(name, () => layer.forward(isText ? column : numbersOf(column, name)));
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

/** Does something with a feature, whose name errors of its layer tell. */
function ofFeature<R>(name: string, act: () => R): R {
  try {
    return act();
  } catch (cause) {
    const isRange = cause instanceof RangeError;
    if (!(isRange || cause instanceof TypeError)) throw cause;
    if (cause.message.startsWith("FeatureSpace")) throw cause;
    throw new (isRange ? RangeError : TypeError)(`FeatureSpace: ${name}: ${cause.message}`, {
      cause,
    });
  }
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

register("FeatureSpace", FeatureSpace);
