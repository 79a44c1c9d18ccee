/** What an initializer is, and how one is asked for. */

import type { DType } from "../../tensor/dtype";
import type { Shape, Tensor } from "../../tensor/tensor";
import { Generator } from "../../ops/random";
import { functionOf, type Spelling } from "../registry";
import type * as all from "./index";

/** Makes the initial values of a weight. One's own is any function like this. */
export type Initializer = (shape: Shape, dtype?: DType) => Tensor;

/** The seed of a random initializer. */
export interface SeedOption {
  /** By default the next stream of the library's seed (see `setSeed`). */
  seed?: number;
}

/** The name of a built-in initializer, in Keras' spelling with underscores too. */
export type InitializerName = Spelling<Exclude<keyof typeof all, "constant">>;

/** A name, or a function of shape and dtype. */
export type InitializerLike = InitializerName | Initializer;

/** The initializer behind a name; throws on an unknown one, listing those there are. */
export function initializerOf(
  initializer: InitializerLike,
  where = "initializer",
  argument = "initializer",
): Initializer {
  return functionOf("initializer", initializer, where, argument) as Initializer;
}

/** Keeps one generator, so that two weights of the same initializer differ. */
export function withGenerator(
  options: SeedOption,
  draw: (generator: Generator, shape: Shape, dtype: DType) => Tensor,
): Initializer {
  const generator = new Generator(options.seed);
  return (shape, dtype = "float32") => draw(generator, shape, dtype);
}
