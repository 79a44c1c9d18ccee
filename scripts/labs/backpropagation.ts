/**
 * Backpropagation made visible on the tutorial's network: what forward stores for backward, the
 * formula of each local derivative, and the check of each, and of their product along the chain,
 * against the gradient by differences.
 *
 *   npm run lab:backpropagation -- --help
 */

import {
  type Dense,
  GradientTape,
  type TapeTrace,
  type Tensor,
  type Variable,
  gradcheck,
  jit,
  losses,
  matMul,
  mul,
  randomNormal,
  tidy,
} from "nabla";

import { loadDigits } from "../digits";
import {
  type Local,
  activationDerivatives,
  denseDerivatives,
  lossDerivatives,
} from "./derivatives";
import { drawFigure } from "./figure";
import { type LabOptions, type LabReport, runLab } from "./lab";
import { TutorialNetwork } from "./network";
import { printTable } from "./table";

const BATCH = 32;
/** Elements of each tensor that are checked by differences. */
const SAMPLES = 200;
const TOLERANCE = 1e-6;

interface Check {
  name: string;
  formula: string;
  /** What the derivative reads of the forward pass, as the tape tells. */
  needs: string;
  /** The formula against the tape: the greatest relative error. */
  formulaError: number;
  /** The tape against differences, likewise. */
  numericError: number;
  /** Elements at kinks, which have no derivative. */
  excluded: number;
}

/** The greatest |a - b|, relative as in gradcheck. */
function relativeError(a: Tensor, b: Tensor): number {
  const [left, right] = [Array.from(a.data()), Array.from(b.data())];
  const floor = 1e-3 * left.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
  return left.reduce((worst, value, i) => {
    if (value === right[i]) return worst;
    const scale = Math.max(Math.abs(value), Math.abs(right[i]), floor);
    return Math.max(worst, Math.abs(value - right[i]) / scale);
  }, 0);
}

/** What the derivatives of the traced steps need, in words. */
function needsOf({ steps }: TapeTrace): string {
  const needs = new Set(steps.flatMap((step) => step.needs.split(" and ")));
  needs.delete("nothing");
  return [...needs].sort().join(" and ") || "nothing";
}

function errorsByDifferences(
  f: (x: Tensor) => Tensor,
  x: Tensor,
): Pick<Check, "numericError" | "excluded"> {
  const options = { tolerance: TOLERANCE, samples: SAMPLES, throws: false };
  const { worst, excluded } = gradcheck(f, [x], options);
  return { numericError: worst?.error ?? Infinity, excluded };
}

/** Checks one derivative for a random gradient of its result. */
function checkLocal({ name, formula, f, derivative, x }: Local): Check {
  return tidy(() => {
    const tape = new GradientTape();
    tape.watch(x);
    const y = tape.record(() => f(x));
    const needs = needsOf(tape.trace());
    const dy = randomNormal(y.shape, 0, 1, "float64");
    const target = tape.record(() => mul(y, dy));
    const expected = derivative(dy, x, y);
    const formulaError = relativeError(tape.gradient(target, x), expected);
    return { name, formula, needs, formulaError, ...errorsByDifferences((x) => mul(f(x), dy), x) };
  });
}

/** The gradients of kernel and bias of each layer, last layer first, by the formulas alone. */
function chain(model: TutorialNetwork, images: Tensor, labels: Tensor): [Variable, Tensor][] {
  const layers: Dense[] = [model.dense1, model.dense2, model.dense3, model.dense4];
  const inputs = [model.scale.forward(model.flatten.forward(images))];
  for (const layer of layers) inputs.push(layer.forward(inputs[inputs.length - 1]));
  const p = inputs[layers.length];
  const dp = labels.oneHot(p.shape[1], "float64").div(p).neg();
  let dz = p.mul(dp.sub(dp.mul(p).sum(-1, true)));
  const gradients: [Variable, Tensor][] = [];
  for (let i = layers.length - 1; i >= 0; i--) {
    const x = inputs[i];
    gradients.push([layers[i].kernel!, matMul(x, dz, true, false)], [layers[i].bias!, dz.sum(0)]);
    // dx of this layer, and through the relu before it: its result is x.
    dz = matMul(dz, layers[i].kernel!, false, true).mul(x.greater(0).cast("float64"));
  }
  return gradients;
}

function checkChain(model: TutorialNetwork, images: Tensor, labels: Tensor): Check[] {
  return tidy(() => {
    const loss = (): Tensor => losses.sparseCategoricalCrossentropy(labels, model.forward(images));
    const evaluate = jit(loss);
    const gradients = chain(model, images, labels);
    const weights = gradients.map(([weight]) => weight);
    const paths = new Map(model.namedWeights().map(([path, weight]) => [weight, path]));
    const tape = new GradientTape();
    const byTape = tape.gradient(tape.record(loss), weights);
    const checks = gradients.map(([weight, gradient], i) => ({
      name: paths.get(weight)!,
      formula: "product along the chain",
      needs: "",
      formulaError: relativeError(byTape[i], gradient),
      ...errorsByDifferences(() => evaluate(), weight),
    }));
    evaluate.dispose();
    return checks;
  });
}

function trace(model: TutorialNetwork, images: Tensor, labels: Tensor): TapeTrace {
  return tidy(() => {
    const tape = new GradientTape();
    tape.record(() => losses.sparseCategoricalCrossentropy(labels, model.forward(images)));
    return tape.trace();
  });
}

/** Bytes stored by layer, in the order of the forward pass; the loss last. */
function bytesByLayer({ steps }: TapeTrace): [layer: string, bytes: number][] {
  const bytes = new Map<string, number>();
  for (const { layer, stored } of steps) {
    const name = layer ?? "loss";
    const sum = stored.reduce((total, tensor) => total + tensor.bytes, 0);
    bytes.set(name, (bytes.get(name) ?? 0) + sum);
  }
  return [...bytes];
}

const LEAST_DRAWN = 1e-18;

function draw(stored: readonly [string, number][], checks: readonly Check[]): string {
  const categories = checks.map(({ name }) => name);
  const points = (key: "formulaError" | "numericError"): [number, number][] =>
    checks.map((check, i) => [Math.max(check[key], LEAST_DRAWN), i]);
  return drawFigure({
    title: "Backpropagation in the tutorial's network (float64, batch 32)",
    columns: 1,
    panels: [
      {
        title: "what forward stores for backward",
        x: { label: "layer", scale: "category", categories: stored.map(([layer]) => layer) },
        y: { label: "stored (KiB)" },
        plotHeight: 140,
        series: [
          { name: "stored", style: "bars", points: stored.map(([, b], i) => [i, b / 1024]) },
        ],
      },
      {
        title: "local derivatives, and their product along the chain (0 is drawn at 10⁻¹⁸)",
        x: { label: "greatest relative error", scale: "log", min: LEAST_DRAWN, max: 1e-4 },
        y: { label: "", scale: "category", categories },
        plotHeight: 16 * checks.length,
        series: [
          { name: "formula against tape", style: "points", points: points("formulaError") },
          { name: "tape against differences", style: "points", points: points("numericError") },
          {
            name: "tolerance 10⁻⁶",
            style: "dashed",
            points: [
              [TOLERANCE, 0],
              [TOLERANCE, checks.length - 1],
            ],
          },
        ],
      },
    ],
  });
}

async function run(options: LabOptions): Promise<LabReport> {
  const { name, train } = await loadDigits(options);
  const images = train.images.slice([0, 0, 0], [BATCH, 28, 28]);
  const labels = train.labels.slice([0], [BATCH]);
  const model = new TutorialNetwork();

  const traced = trace(model, images, labels);
  console.log(`What forward stored for backward:\n\n${traced.toString()}\n`);

  const hidden = model.dense1.forward(model.scale.forward(model.flatten.forward(images)));
  const logits = randomNormal([BATCH, 10], 0, 1, "float64");
  const { kernel, bias } = model.dense2;
  const locals = [
    ...lossDerivatives(labels, logits),
    ...denseDerivatives(hidden, kernel!, bias!),
    ...activationDerivatives(),
  ].map(checkLocal);
  const checks = [...locals, ...checkChain(model, images, labels)];
  printTable(
    ["derivative", "formula", "needs", "formula - tape", "tape - differences", "at kinks"],
    checks.map((check) => [
      check.name,
      check.formula,
      check.needs,
      check.formulaError.toExponential(1),
      check.numericError.toExponential(1),
      check.excluded,
    ]),
  );
  const worst = Math.max(...checks.flatMap((check) => [check.formulaError, check.numericError]));
  const isWithin = worst < TOLERANCE;
  console.log(
    `greatest relative error: ${worst.toExponential(1)}, ` +
      `${isWithin ? "within" : "NOT WITHIN"} ${TOLERANCE.toExponential()}\n`,
  );
  if (!isWithin) process.exitCode = 1;
  const stored = bytesByLayer(traced);
  return {
    figures: { backpropagation: draw(stored, checks) },
    result: {
      worstRelativeError: worst,
      dataset: name,
      batch: BATCH,
      storedBytes: traced.bytes,
      storedByLayer: Object.fromEntries(stored),
      trace: traced.steps,
      checks,
    },
  };
}

runLab({
  name: "backpropagation",
  description: "Shows what backpropagation stores and computes, and checks each derivative.",
  run,
});
