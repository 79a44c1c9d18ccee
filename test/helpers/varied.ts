/** Objects of every registered class, with options other than their defaults wherever they take some. */

import {
  type Config,
  constraints,
  type Tensor,
  type losses,
  register,
  regularizers,
} from "../../src";
import { create, namesOf, targetOf } from "../../src/nn/registry";
import { serialize } from "../../src/nn/serialization";

/** For arguments without a default: the first that fits. */
const CANDIDATES = [2, 0.4, "tanh", [1], [2, 2]];

/** A function of a program's own. */
const distance: losses.LossFunction = (yTrue, yPred) => yTrue.sub(yPred).abs().mean(-1);
register("distance", distance);

const doubled = (x: Tensor): Tensor => x.mul(2);
register("doubled", doubled);

/** Arguments of classes that those do not do for. */
const ARGUMENTS: Readonly<Record<string, Config>> = {
  FunctionLoss: { fn: distance },
  MeanMetricWrapper: { fn: distance },
  Discretization: { binBoundaries: [0.2, 0.6], outputMode: "multiHot" },
  FeatureSpace: { features: { b: "float_normalized", a: "stringHashed" } },
  HashedCrossing: { numBins: 3, outputMode: "oneHot" },
  Hashing: { numBins: 3, outputMode: "multiHot" },
  IntegerLookup: { vocabulary: [4, 0, 1], outputMode: "multiHot" },
  StringLookup: { vocabulary: ["c", "a"], outputMode: "count" },
  EinsumDense: { equation: "ab,bc->ac", outputShape: [3] },
  GroupNormalization: { groups: 2 },
  Lambda: { fn: doubled },
  Reshape: { targetShape: [2, 2] },
  CosineDecay: { initialLearningRate: 0.05, decaySteps: 9 },
  CosineDecayRestarts: { initialLearningRate: 0.05, firstDecaySteps: 3 },
  ExponentialDecay: { initialLearningRate: 0.05, decaySteps: 3, decayRate: 0.7 },
  InverseTimeDecay: { initialLearningRate: 0.05, decaySteps: 3, decayRate: 0.7 },
  OneCycle: { maxLearningRate: 0.05, totalSteps: 30 },
  PiecewiseConstantDecay: { boundaries: [2, 9], values: [0.1, 0.05, 0.02] },
  PolynomialDecay: { initialLearningRate: 0.05, decaySteps: 9 },
};

/** Models are tried by themselves. */
const MODELS = ["Model", "Sequential"];

/** The registered names of a kind, each class once. */
export function classesOf(kind: string): string[] {
  const seen = new Set<unknown>(MODELS.map((name) => targetOf("layer", name)));
  return namesOf(kind).filter((name) => {
    const target = targetOf(kind, name);
    return !seen.has(target) && seen.add(target);
  });
}

/** An object of a class whose options differ from the defaults where the class takes other values. */
export function varied(kind: string, name: string): object {
  const make = (config: Config): object => create(kind, name, config) as object;
  let config = (base(kind, name) as { config(): Config }).config();
  for (const [key, value] of Object.entries(config)) {
    if (KEPT.has(key)) continue;
    const other = othersFor(key, value).find((each) => accepts(make, { ...config, [key]: each }));
    if (other !== undefined) config = { ...config, [key]: other };
  }
  return make(config);
}

/** Options of functions beside those that `othersFor` knows. */
const CHOICES: Readonly<Record<string, unknown>> = {
  ...{ axis: [1], distribution: "uniform", mode: "columns", seed: 7 },
};

/**
 * A function of a registered factory, such as an initializer, with options other than the defaults; a
 * function that takes none as it is.
 */
export function variedFunction(kind: string, name: string): object {
  const make = (config: Config): object => create(kind, name, config) as object;
  const described = serialize(make({}));
  if (typeof described === "string") return make({});
  let { config } = described as { config: Config };
  const others = (key: string): unknown[] => {
    const found = Object.hasOwn(CHOICES, key) ? [CHOICES[key]] : othersFor(key, config[key]);
    return key === "mode" ? [...found, "fanAvg"] : found;
  };
  for (const key of new Set([...Object.keys(config), "seed"])) {
    const other = others(key).find((each) => accepts(make, { ...config, [key]: each }));
    if (other !== undefined) config = { ...config, [key]: other };
  }
  return make(config);
}

const KEPT = new Set(["name", "dtype", "learningRate", "trainable", "axis", "groups"]);

/** The object with as few arguments as it takes. */
function base(kind: string, name: string): object {
  const { positional = [] } = targetOf(kind, name) as { positional?: readonly string[] };
  const make = (config: Config): object => create(kind, name, config) as object;
  const given = ARGUMENTS[name];
  if (given !== undefined) return make(given);
  const fitting = argumentsFor(positional).find((config) => accepts(make, config));
  if (fitting !== undefined) return make(fitting);
  throw new Error(`test/helpers/varied.ts: ARGUMENTS lacks those of the ${kind} ${name}`);
}

/** From no arguments to all of them, in every combination. */
function argumentsFor(names: readonly string[]): Config[] {
  let all: Config[] = [{}];
  const found = [...all];
  for (const name of names) {
    all = all.flatMap((config) => CANDIDATES.map((value) => ({ ...config, [name]: value })));
    found.push(...all);
  }
  return found;
}

function accepts(make: (config: Config) => unknown, config: Config): boolean {
  try {
    make(config);
    return true;
  } catch {
    return false;
  }
}

function othersFor(key: string, value: unknown): unknown[] {
  if (/regularizer$/i.test(key)) return [regularizers.l2(0.02)];
  if (/constraint$/i.test(key)) return [constraints.maxNorm({ maxValue: 0.7 })];
  if (/initializer$/i.test(key)) return ["ones"];
  if (typeof value === "boolean") return [!value];
  if (value === 0) return [0.25, 1];
  if (typeof value === "number") return [value * 0.75, value + 1, value / 2];
  if (value === null) return [0.5, true];
  if (key === "reduction") return ["sum"];
  return key === "activation" ? ["softplus"] : [];
}
