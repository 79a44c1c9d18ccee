/** Models to be saved: one for every registered class, and random graphs. */

import {
  type CompileOptions,
  Dense,
  Dropout,
  type Layer,
  Model,
  Rescaling,
  Sequential,
  type SymbolicTensor,
  type Tensor,
  input,
  losses,
  metrics,
  optimizers,
  register,
  tensor,
} from "../../src";
import { namesOf } from "../../src/nn/registry";
import { RandomStream } from "../../src/data/random-stream";
import { add, concat, mul } from "../../src/ops";
import { Layer as LayerBase } from "../../src/nn/layer";
import { uniform } from "./uniform";
import { classesOf, varied, variedFunction } from "./varied";

export interface SavedCase {
  readonly name: string;
  readonly model: Model;
  readonly x: Tensor;
  readonly y: Tensor;
  /** Targets to try where those do not fit the loss or a metric. */
  readonly others?: readonly Tensor[];
}

const SAMPLES = 12;

/** Those of every kind, in the order of the registry. */
export function savedCases(): SavedCase[] {
  return [
    ...classesOf("layer")
      .filter((name) => name !== "Joined")
      .map(layerCase),
    ...classesOf("optimizer").map(optimizerCase),
    ...classesOf("schedule").map(scheduleCase),
    ...classesOf("loss").map(lossCase),
    ...classesOf("metric").map(metricCase),
    ...["initializer", "regularizer", "constraint", "activation"].flatMap((kind) =>
      namesOf(kind).flatMap((name) => functionCase(kind, name)),
    ),
    ...Array.from({ length: 50 }, (_, i) => graphCase(i)),
  ];
}

const COMPILE: CompileOptions = { optimizer: "adam", loss: "mse", metrics: ["mae"] };

/** A loss that takes any targets. */
const size: losses.LossFunction = (_yTrue, yPred) => yPred.square().mean(-1);
register("size", size);

/** Inputs: the first that a layer takes. */
const SHAPES = [[4], [6, 4], [6, 6, 2], [4, 4, 4, 2]];

interface Merging {
  forward(pair: Tensor[]): Tensor;
}

/** Layers whose tensors are numbers of categories. */
const ENCODED = ["HashedCrossing", "Hashing", "IntegerLookup", "StringLookup", "CategoryEncoding"];

function encodedCase(name: string): SavedCase {
  const layer = varied("layer", name) as Layer;
  const model = new Sequential([input({ shape: [1], dtype: "int32" }), layer]);
  const x = tensor(
    Array.from({ length: SAMPLES }, (_, i) => i % 2),
    [SAMPLES, 1],
    "int32",
  );
  const y = uniform([...model.forward(x).shape], 2);
  return { name, model: model.compile({ ...COMPILE, loss: size, metrics: [] }), x, y };
}

/** Ways to a model of a layer, of one input or of two that are alike. */
const WAYS: readonly ((shape: number[], layer: Layer) => Model)[] = [
  (shape, layer) => new Sequential([input({ shape }), layer]),
  (shape, layer) => {
    const x = input({ shape });
    const pair = [x, new Rescaling(0.5).forward(x)];
    return new Model({ inputs: x, outputs: (layer as unknown as Merging).forward(pair) });
  },
];

export function layerCase(name: string): SavedCase {
  if (ENCODED.includes(name)) return encodedCase(name);
  const faults: unknown[] = [];
  for (const way of WAYS) {
    for (const shape of SHAPES) {
      try {
        const model = way(shape, varied("layer", name) as Layer);
        const [, ...rest] = model.outputShape([null, ...shape]) as number[];
        const [x, y] = [uniform([SAMPLES, ...shape], 1), uniform([SAMPLES, ...rest], 2)];
        return { name, model: model.compile({ ...COMPILE, loss: size, metrics: [] }), x, y };
      } catch (error) {
        faults.push(error);
      }
    }
  }
  throw new AggregateError(faults, `test/helpers/saved-cases.ts: no input for the layer ${name}`);
}

function plain(): Sequential {
  const hidden = new Dense(5, { activation: "tanh" });
  return new Sequential([input({ shape: [4] }), hidden, new Dropout(0.2), new Dense(3)]);
}

function caseOf(name: string, options: Partial<CompileOptions>, model: Model = plain()): SavedCase {
  const [x, y] = [uniform([SAMPLES, 4], 1), uniform([SAMPLES, 3], 2)];
  return { name, model: model.compile({ ...COMPILE, ...options }), x, y };
}

function optimizerCase(name: string): SavedCase {
  return caseOf(name, { optimizer: varied("optimizer", name) as optimizers.Optimizer });
}

function scheduleCase(name: string): SavedCase {
  const schedule = varied("schedule", name) as optimizers.Rate;
  return caseOf(name, { optimizer: new optimizers.SGD(schedule, { momentum: 0.9 }) });
}

function lossCase(name: string): SavedCase {
  const loss = varied("loss", name) as losses.Loss;
  if (name !== "CTC") return targetCase(name, { loss, metrics: [] });
  const model = new Sequential([input({ shape: [5, 4] }), new Dense(3)]);
  const y = tensor(
    Array.from({ length: SAMPLES * 2 }, (_, i) => (i % 2) + 1),
    [SAMPLES, 2],
    "int32",
  );
  return { ...caseOf(name, { loss, metrics: [] }, model), x: uniform([SAMPLES, 5, 4], 1), y };
}

function metricCase(name: string): SavedCase {
  const metric = varied("metric", name) as metrics.Metric;
  const isMeasured = !["Mean", "Sum"].includes(name) && typeof metric.result() === "number";
  return targetCase(name, { loss: size, metrics: isMeasured ? [metric] : [] });
}

/** With probabilities, and targets that may be labels: those that the loss or metric takes. */
function targetCase(name: string, options: Partial<CompileOptions>): SavedCase {
  const make = (): Model =>
    new Sequential([input({ shape: [4] }), new Dense(3, { activation: "softmax" })]);
  const labels = tensor(
    Array.from({ length: SAMPLES }, (_, i) => i % 2),
    [SAMPLES],
    "int32",
  );
  const table = tensor(
    Array.from({ length: SAMPLES * 3 }, (_, i) => i % 2),
    [SAMPLES, 3],
    "int32",
  );
  const oneHot = tensor(
    Float32Array.from({ length: SAMPLES * 3 }, (_, i) => (i % 3 === i % 2 ? 1 : 0)),
    [SAMPLES, 3],
  );
  return {
    ...caseOf(name, options, make()),
    y: oneHot,
    others: [labels, table, uniform([SAMPLES, 3, 2], 3)],
  };
}

function functionCase(kind: string, name: string): SavedCase[] {
  const made = variedFunction(kind, name);
  const isPlain = kind !== "activation" || !["glu", "threshold"].includes(name);
  if (!isPlain) return [];
  const key = kind === "activation" ? kind : `kernel${kind[0].toUpperCase()}${kind.slice(1)}`;
  const model = new Sequential([
    input({ shape: [4] }),
    new Dense(4, { [key]: made }),
    new Dense(3),
  ]);
  return [caseOf(`${kind} ${name}`, {}, model)];
}

/** The sum, product or concatenation of two tensors: a class of a program's own. */
export class Joined extends LayerBase<{ how: string }> {
  static override readonly positional = ["how"];
  constructor(how: string, options: object = {}) {
    super(options, ["how"], { how });
  }
  forward(pair: { a: Tensor; b: Tensor }): Tensor {
    const { how } = this.options;
    if (how === "concat") return concat([pair.a, pair.b], -1);
    return how === "add" ? add(pair.a, pair.b) : mul(pair.a, pair.b);
  }
}
register("Joined", Joined);

/** A random graph with shared and nested layers. */
function graphCase(seed: number): SavedCase {
  const random = new RandomStream(seed, 77);
  const x = input({ shape: [4] }) as SymbolicTensor;
  const width = 2 + random.below(4);
  const tensors: Tensor[] = [new Dense(width).forward(x)];
  const shared = new Dense(width, { activation: "sigmoid", name: `shared${seed}` });
  const pick = (): Tensor => tensors[random.below(tensors.length)];
  for (let i = 0; i < 3 + random.below(5); i++) tensors.push(grown(random, pick, width, shared));
  const joined = new Joined("concat").forward({ a: tensors.at(-1)!, b: tensors[0] });
  const outputs = new Dense(3, { useBias: random.below(2) === 0 }).forward(joined);
  const model = new Model({ inputs: x, outputs });
  const optimizer = varied("optimizer", classesOf("optimizer")[seed % 5]) as optimizers.Optimizer;
  return caseOf(`graph ${seed}`, { optimizer, metrics: ["mse", "accuracy"] }, model);
}

function grown(random: RandomStream, pick: () => Tensor, width: number, shared: Dense): Tensor {
  const kind = random.below(6);
  if (kind === 0) return shared.forward(pick());
  if (kind === 1) return new Dropout(0.1 + random.unit() / 2).forward(pick());
  if (kind === 2) return new Rescaling(random.between(-2, 2)).forward(pick());
  if (kind === 3) {
    const inner = new Sequential([new Dense(3), new Dense(width, { activation: "relu" })]);
    return inner.forward(pick());
  }
  if (kind === 4) {
    return new Joined(random.below(2) === 0 ? "add" : "mul").forward({ a: pick(), b: pick() });
  }
  return new Dense(width, { activation: "elu", trainable: random.below(3) > 0 }).forward(pick());
}
