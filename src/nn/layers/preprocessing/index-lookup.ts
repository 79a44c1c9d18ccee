/** Layers that know a vocabulary: the numbers of its tokens, and of those that are not in it. */

import { mul } from "../../../ops/arithmetic";
import {
  type OptionKind,
  type ValuesOf,
  choice,
  flag,
  integer,
  numbers,
  optional,
} from "../../../tensor/option-kinds";
import { type Tensor, tensor } from "../../../tensor/tensor";
import { describeValue, nested } from "../../../tensor/values";
import type { LayerOptions } from "../../layer";
import type { Config, Spelling } from "../../registry";
import { batchesOf } from "./adapted-data";
import { EncodedLayer, type OutputMode, encoded } from "./encoded-layer";
import { type RawValues, type Scalar, flattenRaw, scalarOrNull } from "./raw-values";
import { type Salt, bucketOf, salt } from "./salt";

export type LookupMode = OutputMode | "tfIdf";

export interface LookupOptions<T extends Scalar> extends LayerOptions {
  /** The most tokens that `adapt` keeps, special ones included; no limit by default. */
  maxTokens?: number | null;
  /** Numbers for tokens that are not in the vocabulary, which a hash spreads over them; 1. */
  numOovIndices?: number;
  /** A token that has the number 0 with outputMode "int", and is left out of the other modes; none. */
  maskToken?: T | null;
  /** What stands for tokens that are not in the vocabulary in `getVocabulary`. */
  oovToken?: T | null;
  /** The tokens, most frequent first, instead of `adapt`. */
  vocabulary?: readonly T[] | null;
  /** For "tfIdf": the weight of each token of the vocabulary. */
  idfWeights?: readonly number[] | null;
  /** Whether numbers are turned back into tokens, by `lookup`; false. */
  invert?: boolean;
  /** "int" by default. */
  outputMode?: Spelling<LookupMode>;
  /** Whether results are as wide as `maxTokens` says; false. */
  padToMaxTokens?: boolean;
  /** A key of the hash for tokens that are not in the vocabulary; none by default. */
  salt?: Salt | null;
}

const list: OptionKind<readonly Scalar[] | null> = (given, where, name) => {
  if (given === undefined || given === null) return null;
  const isList = Array.isArray(given) && given.length > 0;
  if (isList && given.every((item) => typeof item === typeof given[0])) return given as Scalar[];
  throw new TypeError(
    `${where}: expected an array of tokens for ${name} but received ${describeValue(given)}`,
  );
};

/** The kinds of the options. */
export const lookupOptions = (oovToken: Scalar) => ({
  maxTokens: optional(integer(undefined, { least: 2 })),
  numOovIndices: integer(1, { least: 0 }),
  maskToken: scalarOrNull(),
  oovToken: scalarOrNull(oovToken),
  vocabulary: list,
  idfWeights: optional(numbers()),
  invert: flag(false),
  outputMode: choice<LookupMode>(["int", "oneHot", "multiHot", "count", "tfIdf"], "int"),
  padToMaxTokens: flag(false),
  salt: salt(),
});

/** The options with their defaults. */
type Known = ValuesOf<ReturnType<typeof lookupOptions>>;

export abstract class IndexLookup<T extends Scalar> extends EncodedLayer<Known> {
  #tokens: readonly T[] = [];
  #numbers = new Map<T, number>();
  /** Of the tokens, without special ones. */
  #idfWeights: readonly number[] | null = null;

  constructor(options: object, oovToken: T) {
    super(options, lookupOptions(oovToken));
    const { vocabulary, idfWeights, invert, outputMode } = this.options;
    if (invert && outputMode !== "int") {
      throw new TypeError(
        `${this.what}: expected outputMode "int" with invert but it is "${outputMode}"`,
      );
    }
    if (idfWeights !== null && outputMode !== "tfIdf") {
      throw new TypeError(`${this.what}: expected idfWeights with outputMode "tfIdf" alone`);
    }
    if (vocabulary !== null) this.setVocabulary(vocabulary as readonly T[], idfWeights);
  }

  private get what(): string {
    return this.constructor.name;
  }

  /** A value as a token. */
  protected abstract tokenOf(value: Scalar): T;

  /** The number of a token that is not in the vocabulary, from 0. */
  protected oovOf(token: T, indices: number): number {
    return bucketOf(token, indices, this.options.salt);
  }

  /** @internal With the vocabulary that `adapt` found, so that files hold it. */
  override config(): Config {
    const config = super.config();
    if (this.#tokens.length === 0) return config;
    return {
      ...config,
      vocabulary: [...this.#tokens],
      idfWeights: this.#idfWeights?.slice() ?? null,
    };
  }

  private get hasMask(): boolean {
    return this.options.maskToken !== null && this.options.outputMode === "int";
  }

  private get oovStart(): number {
    return this.hasMask ? 1 : 0;
  }

  private get tokenStart(): number {
    return this.oovStart + this.options.numOovIndices;
  }

  /** Number of tokens, special ones included. */
  vocabularySize(): number {
    return this.tokenStart + this.#tokens.length;
  }

  /** The tokens in the order of their numbers; with special ones, unless `includeSpecialTokens` is false. */
  getVocabulary(includeSpecialTokens = true): T[] {
    if (!includeSpecialTokens) return [...this.#tokens];
    const { maskToken, oovToken, numOovIndices } = this.options;
    const mask = this.hasMask ? [maskToken] : [];
    const oov = new Array<Scalar | null>(numOovIndices).fill(oovToken);
    return [...mask, ...oov, ...this.#tokens] as T[];
  }

  /** Takes tokens as they are; special ones may stand in front. */
  setVocabulary(vocabulary: readonly T[], idfWeights: readonly number[] | null = null): void {
    const special = this.getVocabulary().slice(0, this.tokenStart);
    const areIn = special.length > 0 && special.every((token, i) => token === vocabulary[i]);
    const tokens = areIn ? vocabulary.slice(special.length) : [...vocabulary];
    this.checkTokens(tokens, idfWeights, vocabulary.length);
    this.#tokens = Object.freeze(tokens);
    this.#numbers = new Map(tokens.map((token, i) => [token, this.tokenStart + i]));
    this.#idfWeights = idfWeights === null ? null : idfWeights.slice(areIn ? special.length : 0);
  }

  private checkTokens(tokens: readonly T[], idf: readonly number[] | null, given: number): void {
    const { maxTokens, maskToken, outputMode } = this.options;
    const seen = new Set<T>();
    for (const token of tokens) {
      if (this.tokenOf(token) !== token || seen.has(token) || token === maskToken) {
        const kind = seen.has(token) ? "each token once" : "tokens other than special ones";
        throw new RangeError(`${this.what}: expected ${kind} in vocabulary but received ${token}`);
      }
      seen.add(token);
    }
    if (maxTokens !== null && this.tokenStart + tokens.length > maxTokens) {
      throw new RangeError(
        `${this.what}: expected at most maxTokens ${maxTokens} tokens, special ones included, but received ` +
          `${this.tokenStart + tokens.length}`,
      );
    }
    if (outputMode === "tfIdf" && idf?.length !== given) {
      throw new RangeError(
        `${this.what}: expected idfWeights, one for each of the ${given} tokens, with outputMode "tfIdf" but ` +
          `received ${idf?.length ?? "none"}`,
      );
    }
  }

  /**
   * Learns the vocabulary: tokens by how often they are there, of as many the last in the alphabet first.
   * @param data strings or integers, nested at will: a row is a document; or batches of them
   */
  adapt(data: RawValues | Iterable<unknown>): this {
    if (this.options.vocabulary !== null) {
      throw new Error(`${this.what}: expected no adapt beside the option vocabulary`);
    }
    const counts = new Map<T, { count: number; documents: number; last: number }>();
    let documents = 0;
    for (const batch of batchesOf(data)) {
      const { values, shape } = flattenRaw(batch, `${this.what}: adapt`);
      const row = shape.length > 1 ? values.length / shape[0] : 1;
      for (let i = 0; i < values.length; i++) {
        const token = this.tokenOf(values[i]);
        const document = documents + Math.floor(i / row);
        const known = counts.get(token);
        if (known === undefined) counts.set(token, { count: 1, documents: 1, last: document });
        else {
          known.count++;
          if (known.last !== document) known.documents++;
          known.last = document;
        }
      }
      documents += values.length / row;
    }
    const { maskToken, oovToken, maxTokens, outputMode } = this.options;
    for (const special of [maskToken, oovToken]) counts.delete(special as T);
    const sorted = [...counts].sort(([a, x], [b, y]) => y.count - x.count || compare(b, a));
    const kept =
      maxTokens === null ? sorted : sorted.slice(0, Math.max(maxTokens - this.tokenStart, 0));
    const idf = kept.map(([, found]) => Math.log1p(documents / (1 + found.documents)));
    this.setVocabulary(
      kept.map(([token]) => token),
      outputMode === "tfIdf" ? idf : null,
    );
    return this;
  }

  encode(x: RawValues): Tensor {
    this.checkKnown();
    const { values, shape } = flattenRaw(x, this.what);
    const { maskToken, numOovIndices, outputMode } = this.options;
    const found = new Int32Array(values.length);
    for (let i = 0; i < values.length; i++) {
      const token = this.tokenOf(values[i]);
      if (token === maskToken) found[i] = outputMode === "int" ? 0 : this.depth;
      else found[i] = this.#numbers.get(token) ?? this.oovStart + this.oov(token, numOovIndices);
    }
    return this.indices(found, shape);
  }

  private oov(token: T, indices: number): number {
    if (indices === 1) return 0;
    if (indices > 1) return this.oovOf(token, indices);
    throw new RangeError(
      `${this.what}: expected tokens of the vocabulary, since numOovIndices is 0, but received ${token}`,
    );
  }

  /** @internal Whether there is a vocabulary. */
  get isAdapted(): boolean {
    return this.#tokens.length > 0;
  }

  private checkKnown(): void {
    if (this.isAdapted) return;
    throw new Error(`${this.what}: expected the option vocabulary, or a call of adapt first`);
  }

  /** The tokens of numbers, nested as these are; for layers made with `invert`. */
  lookup(numbers: RawValues): RawValues {
    this.checkKnown();
    const { values, shape } = flattenRaw(numbers, this.what);
    const vocabulary = this.getVocabulary();
    const tokens = Array.from(values as ArrayLike<Scalar>, (value) => {
      return vocabulary[Number(value)] ?? (this.options.oovToken as T);
    });
    return nested(tokens, shape);
  }

  private get depth(): number {
    const { padToMaxTokens, maxTokens } = this.options;
    return padToMaxTokens && maxTokens !== null ? maxTokens : this.vocabularySize();
  }

  /** The indices of tokens, encoded as `outputMode` says. With `invert` it throws: call `lookup`. */
  override forward(x: RawValues): Tensor {
    if (!this.options.invert) return super.forward(x);
    throw new Error(
      `${this.what}: expected a call of lookup, since the layer was made with invert`,
    );
  }

  protected finish(indices: Tensor): Tensor {
    const { outputMode } = this.options;
    if (outputMode !== "tfIdf") return encoded(indices, outputMode, this.depth, this.dtype);
    const own = this.#idfWeights!;
    const mean = own.reduce((a, b) => a + b, 0) / own.length;
    const all = [...new Array<number>(this.tokenStart).fill(mean), ...own];
    while (all.length < this.depth) all.push(0);
    const counts = encoded(indices, "count", this.depth, this.dtype);
    return mul(counts, tensor(all, undefined, this.dtype));
  }
}

function compare(a: Scalar, b: Scalar): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
}
