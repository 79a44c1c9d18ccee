/** The features of a FeatureSpace: what is done with a column, and which columns are taken together. */

import { isPlainObject } from "../../../tensor/nest";
import { checkOptions } from "../../../tensor/options";
import { describeValue } from "../../../tensor/values";
import { Layer } from "../../layer";
import { Identity } from "../identity";
import { Rescaling } from "../rescaling";
import { CategoryEncoding } from "./category-encoding";
import { Discretization } from "./discretization";
import { Hashing } from "./hashing";
import { IndexLookup } from "./index-lookup";
import { IntegerLookup } from "./integer-lookup";
import { Normalization } from "./normalization";
import { StringLookup } from "./string-lookup";
import { type Column, batches, numbersOf } from "./table-columns";

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

export interface CrossDescription {
  readonly featureNames: readonly string[];
  readonly crossingDim: number;
  readonly outputMode: "int" | "oneHot";
}

interface CategoricalOptions {
  maxTokens?: number;
  numOovIndices?: number;
  outputMode?: "int" | "oneHot";
}

export function feature(description: FeatureDescription): FeatureDescription {
  checkOptions(description, ["dtype", "preprocessor", "outputMode"], "FeatureSpace.feature");
  return description;
}

export function cross(
  featureNames: readonly string[],
  crossingDim: number,
  options: { outputMode?: "int" | "oneHot" } = {},
): CrossDescription {
  return { featureNames, crossingDim, outputMode: options.outputMode ?? "oneHot" };
}

export function float(): FeatureDescription {
  return { dtype: "float32", preprocessor: new Identity(), outputMode: "float" };
}

export function floatNormalized(): FeatureDescription {
  return { dtype: "float32", preprocessor: new Normalization(), outputMode: "float" };
}

export function floatRescaled(
  options: { scale?: number; offset?: number } = {},
): FeatureDescription {
  const { scale = 1, offset = 0 } = options;
  return { dtype: "float32", preprocessor: new Rescaling(scale, offset), outputMode: "float" };
}

export function floatDiscretized(options: {
  numBins?: number;
  binBoundaries?: readonly number[];
  outputMode?: "int" | "oneHot";
}): FeatureDescription {
  const { outputMode = "oneHot", ...rest } = options;
  return { dtype: "float32", preprocessor: new Discretization(rest), outputMode };
}

export function integerCategorical(options: CategoricalOptions = {}): FeatureDescription {
  const { outputMode = "oneHot", ...rest } = options;
  return { dtype: "int32", preprocessor: new IntegerLookup(rest), outputMode };
}

export function stringCategorical(options: CategoricalOptions = {}): FeatureDescription {
  const { outputMode = "oneHot", ...rest } = options;
  return { dtype: "string", preprocessor: new StringLookup(rest), outputMode };
}

export function integerHashed(
  numBins: number,
  options: { outputMode?: "int" | "oneHot" } = {},
): FeatureDescription {
  const { outputMode = "oneHot" } = options;
  return { dtype: "int32", preprocessor: new Hashing(numBins), outputMode };
}

export function stringHashed(
  numBins: number,
  options: { outputMode?: "int" | "oneHot" } = {},
): FeatureDescription {
  return { ...integerHashed(numBins, options), dtype: "string" };
}

/** The description of a feature that was given as such, or by the name of its kind. */
export function featureOf(
  name: string,
  given: unknown,
  options: { hashingDim: number; numDiscretizationBins: number },
): FeatureDescription {
  if (isPlainObject(given) && given.preprocessor instanceof Layer) {
    return given as unknown as FeatureDescription;
  }
  const { hashingDim, numDiscretizationBins } = options;
  const makers: Record<FeatureName, () => FeatureDescription> = {
    float,
    floatNormalized,
    floatRescaled,
    floatDiscretized: () => floatDiscretized({ numBins: numDiscretizationBins }),
    integerCategorical,
    stringCategorical,
    integerHashed: () => integerHashed(hashingDim),
    stringHashed: () => stringHashed(hashingDim),
  };
  const plain = typeof given === "string" ? given.replaceAll("_", "").toLowerCase() : "";
  const kind = NAMES.find((each) => each.toLowerCase() === plain);
  if (kind !== undefined) return makers[kind]();
  throw new TypeError(
    `FeatureSpace: expected one of ${NAMES.join(", ")}, or what FeatureSpace.feature gives, for ${name} ` +
      `but received ${describeValue(given)}`,
  );
}

/** The description of a cross that was given as such, or by the names of its features. */
export function crossOf(
  given: unknown,
  { known, crossingDim }: { known: object; crossingDim: number },
): CrossDescription {
  const made = (
    Array.isArray(given) ? cross(given as string[], crossingDim) : given
  ) as CrossDescription;
  const names = isPlainObject(made) ? made.featureNames : [];
  const fits = names.length > 1 && names.every((name) => Object.hasOwn(known, name));
  if (fits) return made;
  throw new RangeError(
    `FeatureSpace: expected names among ${Object.keys(known).join(", ")} for crosses but received ` +
      (names.length > 0 ? names.join(", ") : describeValue(given)),
  );
}

/** "street_X_city" */
export function crossName({ featureNames }: CrossDescription): string {
  return featureNames.join("_X_");
}

/** Whether a layer learns something of its column by `adapt`. */
function learns(layer: Layer<object>): boolean {
  if (layer instanceof Normalization) return layer.options.mean === null;
  if (layer instanceof Discretization) return layer.options.numBins !== null;
  return layer instanceof IndexLookup && layer.options.vocabulary === null;
}

/** Has the layer of a feature learn of its column, if there is something to learn. */
export function adaptTo(layer: Layer<object>, column: Column, name: string): void {
  if (!learns(layer)) return;
  if (layer instanceof Normalization) layer.adapt(numbersOf(column, name));
  else if (layer instanceof Discretization) layer.adapt(batches(column));
  else (layer as IndexLookup<number | string>).adapt(column);
}

/** Whether a layer has yet to learn of its column. */
export function lacksAdapt(layer: Layer<object>): boolean {
  if (!learns(layer)) return false;
  if (layer instanceof Normalization) return layer.mean === null;
  if (layer instanceof Discretization) return layer.binBoundaries === null;
  return !(layer as IndexLookup<number | string>).isAdapted;
}

/** How many categories a layer tells apart; null for those that give no categories. */
export function cardinalityOf(layer: Layer<object>): number | null {
  if (layer instanceof IndexLookup) return layer.vocabularySize();
  if (layer instanceof CategoryEncoding) return layer.options.numTokens;
  if (layer instanceof Hashing) return layer.options.numBins;
  if (layer instanceof Discretization) return (layer.binBoundaries?.length ?? 0) + 1;
  return null;
}
