/** One epoch of the tutorial's network in float64, from fixed weights over fixed batches. */

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  Dense,
  Flatten,
  GradientTape,
  Model,
  Rescaling,
  type Tensor,
  jit,
  losses,
  mean,
  optimizers,
  readIdx,
  tensor,
  tidy,
} from "../../src";
import { type Tolerance, expectClose, loadGolden } from "../helpers/golden";
import { images, kernel } from "../helpers/golden-streams";
import { onlyWhere } from "../helpers/only-where";

interface Run {
  dataset: "mnist" | "synthetic";
  reduction: "sum" | "mean";
  /** The mean loss of each step. */
  losses: number[];
}

interface Samples {
  x: Uint8Array;
  y: Uint8Array;
}

type Output = "softmax" | "linear";
type Step = (x: Tensor, y: Tensor) => Tensor;

const SAMPLES = 21_000;
const BATCH_SIZE = 32;
const PIXELS = 784;
const SIZES = [PIXELS, 32, 64, 128, 10];
const TOLERANCE: Tolerance = { relative: 1e-9, absolute: 0 };
const DTYPE = "float64";

const MNIST = process.env.NABLA_DATA ?? resolve(__dirname, "../../../shared/data/mnist");
const IMAGES = join(MNIST, "train-images-idx3-ubyte.gz");
const LABELS = join(MNIST, "train-labels-idx1-ubyte.gz");

class Classifier extends Model {
  flatten = new Flatten();
  scale = new Rescaling(1 / 255, 0, { dtype: DTYPE });
  dense1 = new Dense(32, { activation: "relu", dtype: DTYPE });
  dense2 = new Dense(64, { activation: "relu", dtype: DTYPE });
  dense3 = new Dense(128, { activation: "relu", dtype: DTYPE });
  dense4: Dense;

  constructor(output: Output) {
    super();
    this.dense4 = new Dense(10, { activation: output, dtype: DTYPE });
    this.build([null, 28, 28], "uint8");
    [this.dense1, this.dense2, this.dense3, this.dense4].forEach((dense, i) => {
      const values = kernel(i + 1, SIZES[i], SIZES[i + 1]);
      dense.kernel!.assign(tensor(values, dense.kernel!.shape));
    });
  }

  override forward(x: Tensor): Tensor {
    const hidden = this.dense1.forward(this.scale.forward(this.flatten.forward(x)));
    return this.dense4.forward(this.dense3.forward(this.dense2.forward(hidden)));
  }
}

function createStep(output: Output, reduction: Run["reduction"]): Step {
  const model = new Classifier(output);
  const optimizer = new optimizers.SGD(0.01);
  return (x, y) => {
    const tape = new GradientTape();
    const { average, target } = tape.record(() => {
      const options = { fromLogits: output === "linear" };
      const loss = losses.sparseCategoricalCrossentropy(y, model.forward(x), options);
      const average = mean(loss);
      return { average, target: reduction === "sum" ? loss : average };
    });
    const weights = model.trainableWeights;
    optimizer.applyGradients(tape.gradient(target, weights), weights);
    return average;
  };
}

function load(dataset: Run["dataset"]): Samples {
  if (dataset === "synthetic") return images(SAMPLES);
  return { x: readIdx(IMAGES).data as Uint8Array, y: readIdx(LABELS).data as Uint8Array };
}

/** The mean loss of each step of one epoch, in file order. */
function trainEpoch({ x, y }: Samples, step: Step): number[] {
  const found: number[] = [];
  for (let begin = 0; begin < SAMPLES; begin += BATCH_SIZE) {
    const end = Math.min(begin + BATCH_SIZE, SAMPLES);
    const loss = tidy(() => {
      const batch = tensor(x.subarray(begin * PIXELS, end * PIXELS), [end - begin, 28, 28]);
      return step(batch, tensor(y.subarray(begin, end))).item();
    });
    found.push(loss);
  }
  return found;
}

const { runs } = loadGolden("tutorial-float64") as { runs: Run[] };

for (const run of runs) {
  const isThere = run.dataset !== "mnist" || existsSync(IMAGES);
  const name = `the tutorial on ${run.dataset}, ${run.reduction}`;
  const withData = onlyWhere(isThere, `${name} is not tested: no MNIST in ${MNIST}`);

  withData.describe(name, () => {
    test.each(["softmax", "linear"] as const)(
      "follows PyTorch's losses, %s output, captured",
      (output) => {
        const found = trainEpoch(load(run.dataset), jit(createStep(output, run.reduction)));
        expectClose("loss of step", found, run.losses, TOLERANCE);
      },
    );

    test("follows PyTorch's losses, eager", () => {
      const found = trainEpoch(load(run.dataset), createStep("softmax", run.reduction));
      expectClose("loss of step", found, run.losses, TOLERANCE);
    });
  });
}
