/** Initial values of weights, with Keras' names and defaults. */

import type { DType } from "../tensor/dtype";
import { checkOptions } from "../tensor/options";
import { fill } from "../ops/shape";
import { Generator } from "../ops/random";
import type { Shape, Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";

/** Makes the initial values of a weight. */
export type Initializer = (shape: Shape, dtype?: DType) => Tensor;

export interface SeedOption {
  /** By default the next stream of the library's seed (see `setSeed`). */
  seed?: number;
}

/** Keeps one generator, so that two weights of the same initializer differ. */
function withGenerator(
  options: SeedOption,
  draw: (generator: Generator, shape: Shape, dtype: DType) => Tensor,
): Initializer {
  const generator = new Generator(options.seed);
  return (shape, dtype = "float32") => draw(generator, shape, dtype);
}

export function zeros(): Initializer {
  return constant(0);
}

export function ones(): Initializer {
  return constant(1);
}

export function constant(value: number): Initializer {
  if (typeof value !== "number") {
    throw new TypeError(
      `expected a number for the constant's value but received ${describeValue(value)}`,
    );
  }
  return (shape, dtype = "float32") => fill(shape, value, dtype);
}

/** Uniform in [minimum, maximum), [-0.05, 0.05) by default. */
export function randomUniform(
  options: SeedOption & { minimum?: number; maximum?: number } = {},
): Initializer {
  checkOptions(options, ["seed", "minimum", "maximum"], "randomUniform");
  const { minimum = -0.05, maximum = 0.05 } = options;
  return withGenerator(options, (generator, shape, dtype) =>
    generator.uniform(shape, minimum, maximum, dtype),
  );
}

/** Normal, of mean 0 and deviation 0.05 by default. */
export function randomNormal(
  options: SeedOption & { mean?: number; stddev?: number } = {},
): Initializer {
  checkOptions(options, ["seed", "mean", "stddev"], "randomNormal");
  const { mean = 0, stddev = 0.05 } = options;
  return withGenerator(options, (generator, shape, dtype) =>
    generator.normal(shape, mean, stddev, dtype),
  );
}

/** Normal within two deviations, of mean 0 and deviation 0.05 by default. */
export function truncatedNormal(
  options: SeedOption & { mean?: number; stddev?: number } = {},
): Initializer {
  checkOptions(options, ["seed", "mean", "stddev"], "truncatedNormal");
  const { mean = 0, stddev = 0.05 } = options;
  return withGenerator(options, (generator, shape, dtype) =>
    generator.truncatedNormal(shape, mean, stddev, dtype),
  );
}

export interface VarianceScalingOptions extends SeedOption {
  scale?: number;
  mode?: "fanIn" | "fanOut" | "fanAvg";
  distribution?: "truncatedNormal" | "normal" | "uniform";
}

/** Deviation of a normal distribution cut at two deviations, whose own is 1. */
const TRUNCATED_DEVIATION = 0.87962566103423978;

/**
 * Values of variance scale / n, n being the number of inputs (fanIn), of outputs (fanOut) or their
 * mean (fanAvg) of the weight.
 */
export function varianceScaling(options: VarianceScalingOptions = {}): Initializer {
  checkOptions(options, ["seed", "scale", "mode", "distribution"], "varianceScaling");
  const { scale = 1, mode = "fanIn", distribution = "truncatedNormal" } = options;
  checkScaling(scale, mode, distribution);
  return withGenerator(options, (generator, shape, dtype) => {
    const { fanIn, fanOut } = fansOf(shape);
    const n = { fanIn, fanOut, fanAvg: (fanIn + fanOut) / 2 }[mode];
    const variance = scale / Math.max(1, n);
    switch (distribution) {
      case "uniform": {
        const limit = Math.sqrt(3 * variance);
        return generator.uniform(shape, -limit, limit, dtype);
      }
      case "normal":
        return generator.normal(shape, 0, Math.sqrt(variance), dtype);
      case "truncatedNormal":
        return generator.truncatedNormal(
          shape,
          0,
          Math.sqrt(variance) / TRUNCATED_DEVIATION,
          dtype,
        );
    }
  });
}

function checkScaling(scale: unknown, mode: unknown, distribution: unknown): void {
  if (!(typeof scale === "number" && scale > 0 && Number.isFinite(scale))) {
    throw new RangeError(
      `varianceScaling: expected a number > 0 for scale but received ${describeValue(scale)}`,
    );
  }
  checkChoice(mode, ["fanIn", "fanOut", "fanAvg"], "mode");
  checkChoice(distribution, ["truncatedNormal", "normal", "uniform"], "distribution");
}

function checkChoice(value: unknown, choices: readonly string[], name: string): void {
  if (typeof value === "string" && choices.includes(value)) return;
  throw new TypeError(
    `varianceScaling: expected one of ${choices.join(", ")} for ${name} but received ` +
      describeValue(value),
  );
}

/** Inputs and outputs of a weight [..., inputs, outputs]; leading axes are a receptive field. */
function fansOf(shape: Shape): { fanIn: number; fanOut: number } {
  if (shape.length === 0) return { fanIn: 1, fanOut: 1 };
  if (shape.length === 1) return { fanIn: shape[0], fanOut: shape[0] };
  const field = shape.slice(0, -2).reduce((product, dim) => product * dim, 1);
  return { fanIn: field * shape[shape.length - 2], fanOut: field * shape[shape.length - 1] };
}

/** Glorot and Bengio 2010: uniform within sqrt(6 / (inputs + outputs)). */
export function glorotUniform(options: SeedOption = {}): Initializer {
  checkOptions(options, ["seed"], "glorotUniform");
  return varianceScaling({ ...options, mode: "fanAvg", distribution: "uniform" });
}

/** Glorot and Bengio 2010: truncated normal of deviation sqrt(2 / (inputs + outputs)). */
export function glorotNormal(options: SeedOption = {}): Initializer {
  checkOptions(options, ["seed"], "glorotNormal");
  return varianceScaling({ ...options, mode: "fanAvg" });
}

/** He et al. 2015, for ReLU: uniform within sqrt(6 / inputs). */
export function heUniform(options: SeedOption = {}): Initializer {
  checkOptions(options, ["seed"], "heUniform");
  return varianceScaling({ ...options, scale: 2, distribution: "uniform" });
}

/** He et al. 2015, for ReLU: truncated normal of deviation sqrt(2 / inputs). */
export function heNormal(options: SeedOption = {}): Initializer {
  checkOptions(options, ["seed"], "heNormal");
  return varianceScaling({ ...options, scale: 2 });
}

/** LeCun et al. 1998: uniform within sqrt(3 / inputs). */
export function lecunUniform(options: SeedOption = {}): Initializer {
  checkOptions(options, ["seed"], "lecunUniform");
  return varianceScaling({ ...options, distribution: "uniform" });
}

/** LeCun et al. 1998: truncated normal of deviation sqrt(1 / inputs). */
export function lecunNormal(options: SeedOption = {}): Initializer {
  checkOptions(options, ["seed"], "lecunNormal");
  return varianceScaling(options);
}
