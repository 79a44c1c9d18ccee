/**
 * The walks of CONTRIBUTING.md, "Add a layer", "Add an optimizer" and "Add a loss, a metric, a callback", in
 * a scratch copy: each takes one file, its export and its name in the list of public names. What was added
 * runs eagerly, captured and in `fit`, and its configuration and state are saved and restored.
 */

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ModuleKind, ScriptTarget, transpileModule } from "typescript";
import type * as Nabla from "../../src";
import { publicNames } from "../helpers/public-names";
import { applyEdit, scratchCopy } from "../helpers/scratch-copy";

interface Part {
  /** The names that it adds to the package. */
  names: string[];
  folder: string;
  file: string;
  source: string;
}

const PARTS: Part[] = [
  {
    names: ["ScaleBy", "ScaleByOptions"],
    folder: "src/nn/layers",
    file: "scale-by",
    source: `import { mul } from "../../ops/arithmetic";
import { type ValuesOf, number } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { Variable } from "../../tensor/variable";
import { constant } from "../initializers";
import { Layer, type LayerOptions } from "../layer";
import { register } from "../registry";
import type { KnownShape } from "../types-alone";

/** Options of \`ScaleBy\`. */
export interface ScaleByOptions extends LayerOptions {
  /** What the factors start with; 1 by default. */
  initial?: number;
}

const OPTIONS = { initial: number(1) };

/** x times a factor for each of its last axis, which is learnt. x float [..., n] -> y [..., n] */
export class ScaleBy extends Layer<ValuesOf<typeof OPTIONS>> {
  /** [n], null before the layer is built. */
  factors: Variable | null = null;

  constructor(options: ScaleByOptions = {}) {
    super(options, OPTIONS);
  }

  override build(inputShape: KnownShape): void {
    const initializer = constant({ value: this.options.initial });
    this.factors = this.addWeight("factors", [inputShape.at(-1) as number], { initializer });
  }

  forward(x: Tensor): Tensor {
    return mul(x, this.factors as Variable);
  }
}

register("ScaleBy", ScaleBy);
`,
  },
  {
    names: ["optimizers.SignDescent", "optimizers.SignDescentOptions"],
    folder: "src/optimizers",
    file: "sign-descent",
    source: `import { register } from "../nn/registry";
import { add, mul, sign } from "../ops/arithmetic";
import { assign, assignSub } from "../ops/update";
import type { Tensor } from "../tensor/tensor";
import type { Variable } from "../tensor/variable";
import type { Rate } from "./learning-rate";
import { Optimizer } from "./optimizer";
import { type OptimizerOptions, fraction } from "./options";
import type { Slots } from "./slots";
import type { StepScalars } from "./step-scalars";

/** Options of \`SignDescent\`, beside those of all optimizers. */
export interface SignDescentOptions extends OptimizerOptions {
  /** The part of the sum of gradients that an update keeps; 0.9 by default. */
  decay?: number;
}

const OPTIONS = { decay: fraction(0.9) };

/** m = decay m + g, w -= rate sign(m) */
export class SignDescent extends Optimizer {
  /** See {@link SignDescentOptions.decay}; may be set between updates. */
  declare decay: number;

  constructor(learningRate: Rate = 0.01, options: SignDescentOptions = {}) {
    super(learningRate, options, OPTIONS);
  }

  protected override slotNames(): readonly string[] {
    return ["momentum"];
  }

  protected updateOne(weight: Variable, gradient: Tensor, slots: Slots, step: StepScalars): void {
    const { momentum } = slots;
    assign(momentum, add(mul(momentum, this.decay), gradient));
    assignSub(weight, mul(sign(momentum), step.rate(weight.dtype)));
  }
}

register("SignDescent", SignDescent);
`,
  },
  {
    names: ["losses.Quantile", "losses.QuantileOptions", "losses.quantile"],
    folder: "src/nn/losses",
    file: "quantile",
    source: `import { maximum, mul, sub } from "../../ops/arithmetic";
import { mean } from "../../ops/reduce";
import type { Tensor } from "../../tensor/tensor";
import { aligned } from "./arguments";
import { lossClass } from "./loss-class";

/** Options of \`quantile\`. */
export interface QuantileOptions {
  /** In (0, 1); 0.5, the median, by default. */
  quantile?: number;
}

/** The mean over the last axis of the pinball loss. [..., n] -> [...] */
export function quantile(yTrue: Tensor, yPred: Tensor, options: QuantileOptions = {}): Tensor {
  const { quantile: q = 0.5 } = options;
  const [truth, predicted] = aligned(yTrue, yPred, "quantile");
  const short = sub(truth, predicted);
  return mean(maximum(mul(short, q), mul(short, q - 1)), -1);
}

/** {@link quantile} as an object. */
export const Quantile = lossClass("Quantile", quantile, { options: ["quantile"] });
`,
  },
  {
    names: ["metrics.Within", "metrics.WithinOptions"],
    folder: "src/nn/metrics",
    file: "within",
    source: `import { abs, lessEqual, sub } from "../../ops/arithmetic";
import type { Tensor } from "../../tensor/tensor";
import { type ValuesOf, number } from "../../tensor/option-kinds";
import { aligned } from "../losses/arguments";
import { register } from "../registry";
import type { MetricOptions } from "./metric";
import { MeanMetric } from "./reductions";

/** Options of \`Within\`. */
export interface WithinOptions extends MetricOptions {
  /** The greatest distance from the target that counts as right; 0.5 by default. */
  distance?: number;
}

const OPTIONS = { distance: number(0.5, { least: 0 }) };

/** The share of predictions that are near their targets. */
export class Within extends MeanMetric<ValuesOf<typeof OPTIONS>> {
  override readonly direction = "max";

  constructor(options: WithinOptions = {}) {
    super(options, OPTIONS);
  }

  /** 1 for each element that is near. */
  protected measure(yTrue: Tensor, yPred: Tensor): Tensor {
    const [truth, predicted] = aligned(yTrue, yPred, "Within");
    return lessEqual(abs(sub(truth, predicted)), this.options.distance);
  }
}

register("Within", Within);
`,
  },
  {
    names: ["LossHistory"],
    folder: "src/training/callbacks",
    file: "loss-history",
    source: `import { Callback, type CallbackState, type Logs } from "./callback";

/** Remembers the loss of each epoch. */
export class LossHistory extends Callback {
  /** One loss an epoch, also of the part of the run before an interruption. */
  losses: number[] = [];

  /** Called by \`fit\`: notes the loss. */
  onEpochEnd(_epoch: number, { loss }: Logs): void {
    this.losses.push(loss);
  }

  /** What the callback knows of the run so far. */
  state(): CallbackState {
    return { losses: Float64Array.from(this.losses) };
  }

  /** Takes back what \`state\` gave; to be called before \`fit\`. */
  loadState({ losses }: CallbackState): void {
    this.losses = [...(losses as Float64Array)];
  }
}
`,
  },
];

const NAMES = "test/repo/public-names.txt";

/** The package with what was added, as its types do not know it. */
type Added = typeof Nabla & {
  ScaleBy: new (options?: object) => Nabla.Layer<object>;
  LossHistory: new () => Nabla.Callback & { losses: number[] };
  optimizers: { SignDescent: new (rate?: number) => Nabla.optimizers.Optimizer };
  losses: { quantile: (...args: unknown[]) => Nabla.Tensor };
  metrics: { Within: new (options?: object) => Nabla.metrics.MeanMetric };
};

let scratch = "";
let nabla: Added;

/** Writes a source, and compiles it; all others are those of the checkout, as they were compiled. */
function write(file: string, source: string): void {
  writeFileSync(join(scratch, file), source);
  const compilerOptions = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 };
  const { outputText } = transpileModule(source, { compilerOptions });
  writeFileSync(join(scratch, file.replace("src", "dist").replace(/ts$/, "js")), outputText);
}

beforeAll(() => {
  const copied = ["src", "dist", "package.json", NAMES];
  scratch = scratchCopy("added-parts", copied, ["build"]);
  for (const { names, folder, file, source } of PARTS) {
    const index = readFileSync(join(scratch, folder, "index.ts"), "utf8");
    write(`${folder}/${file}.ts`, source);
    write(`${folder}/index.ts`, `${index}export * from "./${file}";\n`);
    applyEdit(scratch, [NAMES, "", `${names.join("\n")}\n`]);
  }
  nabla = jest.requireActual(join(scratch, "dist"));
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const X = [
  [0.5, -1],
  [2, 1],
  [-0.25, 3],
  [1, 1],
];
const Y = [[1], [-2], [0.5], [3]];

function model(): Nabla.Sequential {
  const { Dense, ScaleBy, Sequential } = nabla;
  nabla.setSeed(3);
  const made = new Sequential([new ScaleBy({ initial: 2 }), new Dense(1)]);
  // By name: each is known to compile since it registered itself.
  made.compile({
    optimizer: "signdescent" as never,
    loss: "quantile" as never,
    metrics: ["within" as never],
  });
  return made;
}

const options = { epochs: 4, batchSize: 2, verbose: 0 } as const;

test("the public names are the new list's", () => {
  const expected = readFileSync(join(scratch, NAMES), "utf8").trim().split("\n");
  expect(publicNames(join(scratch, "src", "index.ts"))).toEqual(expected);
});

test("each runs eagerly and captured alike", () => {
  const { Dense, Sequential, GradientTape, jit, losses, optimizers, tensor, tidy } = nabla;
  const run = (isCaptured: boolean): unknown[] => {
    nabla.setSeed(3);
    const layers = new Sequential([new nabla.ScaleBy({ initial: 2 }), new Dense(1)]);
    layers.build([null, 2]);
    const optimizer = new optimizers.SignDescent(0.1);
    const metric = new nabla.metrics.Within({ distance: 2 });
    const step = (x: Nabla.Tensor, y: Nabla.Tensor): Nabla.Tensor => {
      const tape = new GradientTape();
      const loss = tape.record(() => losses.quantile(y, layers.forward(x)).mean());
      optimizer.applyGradients(
        tape.gradient(loss, layers.trainableWeights),
        layers.trainableWeights,
      );
      metric.update(y, layers.forward(x));
      return loss;
    };
    layers.train();
    const each = isCaptured ? jit(step) : step;
    const found = [1, 2, 3].map(() => tidy(() => each(tensor(X), tensor(Y)).item()));
    return [found, metric.result(), layers.weights.map((weight) => weight.data())];
  };
  expect(run(true)).toEqual(run(false));
  const scaled = new nabla.ScaleBy({ initial: 2 }).apply(tensor([[1, 2]]) as never) as Nabla.Tensor;
  expect(scaled.array()).toEqual([[2, 4]]);
  expect(losses.quantile(tensor([[3, 0]]), tensor([[1, 1]]), { quantile: 0.75 }).item()).toBe(
    0.875,
  );
});

test("fit takes each; a saved model and a resumed run go on to the bit", async () => {
  const whole = new nabla.LossHistory();
  const one = model();
  const { history } = await one.fit(X, Y, { ...options, callbacks: whole });
  expect(whole.losses).toEqual(history.loss);
  expect(history.loss[3]).toBeLessThan(history.loss[0]);
  expect(history.within).toHaveLength(4);

  const file = join(scratch, "half.safetensors");
  const begun = new nabla.LossHistory();
  const two = model();
  const checkpoint = new nabla.ModelCheckpoint(file);
  await two.fit(X, Y, { ...options, epochs: 2, callbacks: [begun, checkpoint] });
  const three = await nabla.loadModel(file);
  const resumed = new nabla.LossHistory();
  await three.fit(X as never, Y, {
    ...options,
    callbacks: [resumed, new nabla.ModelCheckpoint(file)],
    resumeFrom: file,
  });
  expect(begun.losses).toEqual(whole.losses.slice(0, 2));
  expect(resumed.losses).toEqual(whole.losses);
  three.weights.forEach((weight, i) => expect(weight.data()).toEqual(one.weights[i].data()));
  expect(three.optimizer.config()).toEqual(one.optimizer.config());
});
