import {
  Dense,
  GradientTape,
  Sequential,
  type Tensor,
  jit,
  losses,
  mean,
  optimizers,
  tidy,
} from "../../src";
import {
  type GoldenTensor,
  type Tolerance,
  expectClose,
  expectGolden,
  loadGolden,
  toTensor,
} from "../helpers/golden";

interface Run {
  name: string;
  optimizer: "SGD" | "Adam";
  options: { learningRate: number; momentum?: number; nesterov?: boolean };
  reduction: "sum" | "mean";
  losses: number[];
  weights: GoldenTensor[];
}

interface Trajectories {
  weights: GoldenTensor[];
  batches: { x: GoldenTensor; y: GoldenTensor }[];
  runs: Run[];
}

type Step = (x: Tensor, y: Tensor) => Tensor;

/** Twenty steps of rounding. */
const TOLERANCE: Tolerance = { relative: 1e-11, absolute: 1e-13 };

const { weights: start, batches, runs } = loadGolden("trajectories") as Trajectories;

/** 6-5-4-3 with the weights of the file. */
function createModel(output: "softmax" | "linear"): Sequential {
  const dtype = "float64";
  const model = new Sequential([
    new Dense(5, { activation: "tanh", dtype }),
    new Dense(4, { activation: "tanh", dtype }),
    new Dense(3, { activation: output, dtype }),
  ]);
  model.build([null, 6], dtype);
  model.weights.forEach((weight, i) => weight.assign(toTensor(start[i])));
  return model;
}

function createOptimizer({ optimizer, options }: Run): optimizers.Optimizer {
  const { learningRate, ...rest } = options;
  return new optimizers[optimizer](learningRate, rest);
}

/** One update; returns the batch's mean loss before it. */
function createStep(model: Sequential, run: Run, fromLogits: boolean): Step {
  const optimizer = createOptimizer(run);
  return (x, y) => {
    const tape = new GradientTape();
    const { average, target } = tape.record(() => {
      const loss = losses.sparseCategoricalCrossentropy(y, model.forward(x), { fromLogits });
      const average = mean(loss);
      return { average, target: run.reduction === "sum" ? loss : average };
    });
    const weights = model.trainableWeights;
    optimizer.applyGradients(tape.gradient(target, weights), weights);
    return average;
  };
}

function follow(run: Run, output: "softmax" | "linear", prepare: (step: Step) => Step): void {
  const model = createModel(output);
  const step = prepare(createStep(model, run, output === "linear"));
  const found = run.losses.map((_, t) => {
    const { x, y } = batches[t % batches.length];
    return tidy(() => step(toTensor(x), toTensor(y)).item());
  });
  expectClose(`${run.name}, losses`, found, run.losses, TOLERANCE);
  model.weights.forEach((weight, i) =>
    expectGolden(`${run.name}, ${weight.name}`, weight, run.weights[i], TOLERANCE),
  );
}

describe.each(runs.map((run): [string, Run] => [run.name, run]))(
  "golden trajectory of %s",
  (_, run) => {
    test.each(["softmax", "linear"] as const)("eager, %s output", (output) => {
      follow(run, output, (step) => step);
    });

    test.each(["softmax", "linear"] as const)("captured, %s output", (output) => {
      follow(run, output, jit);
    });
  },
);
