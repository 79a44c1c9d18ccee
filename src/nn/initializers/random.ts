import { number, readOptions, seed } from "../../tensor/option-kinds";
import { madeBy, registerFactory } from "../registry";
import { type Initializer, type SeedOption, withGenerator } from "./initializer";

/** Options of `randomUniform`. */
export interface RandomUniformOptions extends SeedOption {
  /** -0.05 by default. */
  minval?: number;
  /** 0.05 by default; not among the values. */
  maxval?: number;
}

const UNIFORM = { minval: number(-0.05), maxval: number(0.05), seed: seed() };

/** Uniform in [minval, maxval), [-0.05, 0.05) by default. */
export function randomUniform(options: RandomUniformOptions = {}): Initializer {
  const made = readOptions(UNIFORM, options, "randomUniform");
  const { minval, maxval } = made;
  const draw = withGenerator(made, (generator, shape, dtype) =>
    generator.uniform(shape, minval, maxval, dtype),
  );
  return madeBy(randomUniform, made, draw);
}

/** Options of `randomNormal` and `truncatedNormal`. */
export interface RandomNormalOptions extends SeedOption {
  /** 0 by default. */
  mean?: number;
  /** The standard deviation, 0.05 by default. */
  stddev?: number;
}

const NORMAL = { mean: number(0), stddev: number(0.05, { least: 0 }), seed: seed() };

/** Normal, of mean 0 and deviation 0.05 by default. */
export function randomNormal(options: RandomNormalOptions = {}): Initializer {
  const made = readOptions(NORMAL, options, "randomNormal");
  const { mean, stddev } = made;
  const draw = withGenerator(made, (generator, shape, dtype) =>
    generator.normal(shape, mean, stddev, dtype),
  );
  return madeBy(randomNormal, made, draw);
}

/** Normal within two deviations, of mean 0 and deviation 0.05 by default. */
export function truncatedNormal(options: RandomNormalOptions = {}): Initializer {
  const made = readOptions(NORMAL, options, "truncatedNormal");
  const { mean, stddev } = made;
  const draw = withGenerator(made, (generator, shape, dtype) =>
    generator.truncatedNormal(shape, mean, stddev, dtype),
  );
  return madeBy(truncatedNormal, made, draw);
}

registerFactory("initializer", "randomUniform", randomUniform);
registerFactory("initializer", "randomNormal", randomNormal);
registerFactory("initializer", "truncatedNormal", truncatedNormal);
