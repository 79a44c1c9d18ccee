/** Values whose variance follows from the numbers of a weight's inputs and outputs. */

import type { Shape } from "../../tensor/tensor";
import { choice, number, readOptions, seed } from "../../tensor/option-kinds";
import { madeBy, registerFactory } from "../registry";
import { type Initializer, type SeedOption, withGenerator } from "./initializer";

/** Options of `varianceScaling`. */
export interface VarianceScalingOptions extends SeedOption {
  /** 1 by default. */
  scale?: number;
  /** What the variance is divided by: "fanIn" by default. */
  mode?: "fanIn" | "fanOut" | "fanAvg";
  /** "truncatedNormal" by default; "normal" is the same, as in Keras. */
  distribution?: "truncatedNormal" | "normal" | "untruncatedNormal" | "uniform";
}

const SCALING = {
  scale: number(1, { above: 0 }),
  mode: choice(["fanIn", "fanOut", "fanAvg"], "fanIn"),
  distribution: choice(
    ["truncatedNormal", "normal", "untruncatedNormal", "uniform"],
    "truncatedNormal",
  ),
  seed: seed(),
};

const SEEDED = { seed: seed() };

/** Deviation of a normal distribution cut at two deviations, whose own is 1. */
const TRUNCATED_DEVIATION = 0.87962566103423978;

/**
 * Values of variance scale / n, n being the number of inputs (fanIn), of outputs (fanOut) or their
 * mean (fanAvg) of the weight.
 */
export function varianceScaling(options: VarianceScalingOptions = {}): Initializer {
  const made = readOptions(SCALING, options, "varianceScaling");
  const { scale, mode, distribution } = made;
  const draw = withGenerator(made, (generator, shape, dtype) => {
    const { fanIn, fanOut } = fansOf(shape);
    const n = { fanIn, fanOut, fanAvg: (fanIn + fanOut) / 2 }[mode];
    const variance = scale / Math.max(1, n);
    switch (distribution) {
      case "uniform": {
        const limit = Math.sqrt(3 * variance);
        return generator.uniform(shape, -limit, limit, dtype);
      }
      case "untruncatedNormal":
        return generator.normal(shape, 0, Math.sqrt(variance), dtype);
      case "normal":
      case "truncatedNormal":
        return generator.truncatedNormal(
          shape,
          0,
          Math.sqrt(variance) / TRUNCATED_DEVIATION,
          dtype,
        );
    }
  });
  scaling.add(draw);
  return madeBy(varianceScaling, made, draw);
}

const scaling = new WeakSet<Initializer>();

/** Whether the values of an initializer depend on the numbers of inputs and outputs of the weight alone. */
export function scalesVariance(initializer: Initializer): boolean {
  return scaling.has(initializer);
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
  const made = readOptions(SEEDED, options, "glorotUniform");
  return madeBy(
    glorotUniform,
    made,
    varianceScaling({ ...made, mode: "fanAvg", distribution: "uniform" }),
  );
}

/** Glorot and Bengio 2010: truncated normal of deviation sqrt(2 / (inputs + outputs)). */
export function glorotNormal(options: SeedOption = {}): Initializer {
  const made = readOptions(SEEDED, options, "glorotNormal");
  return madeBy(glorotNormal, made, varianceScaling({ ...made, mode: "fanAvg" }));
}

/** He et al. 2015, for ReLU: uniform within sqrt(6 / inputs). */
export function heUniform(options: SeedOption = {}): Initializer {
  const made = readOptions(SEEDED, options, "heUniform");
  return madeBy(heUniform, made, varianceScaling({ ...made, scale: 2, distribution: "uniform" }));
}

/** He et al. 2015, for ReLU: truncated normal of deviation sqrt(2 / inputs). */
export function heNormal(options: SeedOption = {}): Initializer {
  const made = readOptions(SEEDED, options, "heNormal");
  return madeBy(heNormal, made, varianceScaling({ ...made, scale: 2 }));
}

/** LeCun et al. 1998: uniform within sqrt(3 / inputs). */
export function lecunUniform(options: SeedOption = {}): Initializer {
  const made = readOptions(SEEDED, options, "lecunUniform");
  return madeBy(lecunUniform, made, varianceScaling({ ...made, distribution: "uniform" }));
}

/** LeCun et al. 1998: truncated normal of deviation sqrt(1 / inputs). */
export function lecunNormal(options: SeedOption = {}): Initializer {
  const made = readOptions(SEEDED, options, "lecunNormal");
  return madeBy(lecunNormal, made, varianceScaling(made));
}

registerFactory("initializer", "varianceScaling", varianceScaling);
registerFactory("initializer", "glorotUniform", glorotUniform);
registerFactory("initializer", "glorotNormal", glorotNormal);
registerFactory("initializer", "heUniform", heUniform);
registerFactory("initializer", "heNormal", heNormal);
registerFactory("initializer", "lecunUniform", lecunUniform);
registerFactory("initializer", "lecunNormal", lecunNormal);
