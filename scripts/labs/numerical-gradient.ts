/**
 * The gradient of the tutorial's network by differences and by backpropagation: do they agree, and
 * what does each cost as the network grows? The hidden layers 32-64-128 are scaled, and the smaller
 * networks see the digits pooled to 14 x 14, 7 x 7 or 4 x 4 pixels. The largest are those whose
 * weights and gradients about fit in a core's cache: beyond it memory, not arithmetic, sets the time.
 *
 *   npm run lab:numerical-gradient -- --help
 */

import {
  GradientTape,
  type PlanStep,
  type Tensor,
  Variable,
  getThreads,
  gradcheck,
  jit,
  losses,
  numericalGradient,
  setThreads,
  tidy,
} from "nabla";

import { loadDigits } from "../digits";
import { type Series, drawFigure } from "./figure";
import { type LabOptions, type LabReport, runLab } from "./lab";
import { TUTORIAL_UNITS, TutorialNetwork } from "./network";
import { formatNumber, printTable } from "./table";

const BATCH = 32;
/** Side of the images and scale of the hidden layers. */
const NETWORKS = [
  ...[1 / 32, 1 / 16].map((scale) => ({ side: 4, scale })),
  ...[1 / 16, 1 / 8].map((scale) => ({ side: 7, scale })),
  ...[1 / 8, 1 / 4].map((scale) => ({ side: 14, scale })),
  ...[1 / 4, 1 / 2, 1, 1.5, 2].map((scale) => ({ side: 28, scale })),
];
/** Of networks with more weights only a sample is moved. */
const MOST_WEIGHTS = 3000;
const ROUNDS = 15;
/** Backward passes that are timed together. */
const REPEATS = 20;

interface Row {
  /** Pixels on a side of the images, and scale of the hidden layers; 28 and 1 in the tutorial. */
  side: number;
  scale: number;
  weights: number;
  /** Of the loss, for a gradient by differences. */
  evaluations: number;
  /** In one evaluation of the loss. */
  multiplicationsOfLoss: number;
  multiplicationsNumerical: number;
  multiplicationsBackprop: number;
  secondsNumerical: number;
  secondsBackprop: number;
  /** Whether only a sample of the weights was moved and `secondsNumerical` is extrapolated. */
  extrapolated: boolean;
  worstRelativeError: number;
  excluded: number;
}

/** Multiplications in the matrix products of a plan's steps; the rest is small beside them. */
function multiplications(steps: readonly PlanStep[]): number {
  return steps.reduce((sum, step) => sum + productSize(step), 0);
}

const PRODUCTS = ["matMul", "dense", "denseGrad"];

/** m n k of a product that gives [m, n] from a first operand of m k elements. */
function productSize({ op, inputs, outputs }: PlanStep): number {
  if (!PRODUCTS.includes(op)) return 0;
  const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
  const [m, n] = outputs[0].shape;
  return m * n * (size(inputs[0].shape) / m);
}

/** Seconds that `fn` takes. */
function time(fn: () => void): number {
  const start = performance.now();
  fn();
  return (performance.now() - start) / 1000;
}

type Network = (typeof NETWORKS)[0];

/** Square images of a smaller side, each pixel the mean of those it stands for. */
function pool(images: Tensor, side: number): Tensor {
  const [samples, full] = images.shape;
  const share = full / side;
  const blocks = images.cast("float64").reshape([samples, side, share, side, share]);
  return blocks.mean([2, 4]);
}

/** How many elements of each weight and bias are moved. */
function samplesFor(weights: number): number {
  return weights <= MOST_WEIGHTS ? weights : 24;
}

function measure({ side, scale }: Network, digits: Tensor, labels: Tensor): Row {
  const units = TUTORIAL_UNITS.map((count) => count * scale);
  const model = new TutorialNetwork(units, side);
  const images = pool(digits, side);
  const weights = model.trainableWeights;
  const count = model.countParams();
  const lossOf = (): Tensor => losses.sparseCategoricalCrossentropy(labels, model.forward(images));
  const loss = jit(lossOf);
  // Kept in place, as an optimizer would use it up: large results would be allocated anew each time.
  const gradients = weights.map((weight) => new Variable(weight, { trainable: false }));
  const backprop = jit(() => {
    const tape = new GradientTape();
    tape.gradient(tape.record(lossOf), weights).forEach((g, i) => gradients[i].assign(g));
  });
  loss().dispose();
  backprop();
  const samples = samplesFor(count);
  const moved = weights.reduce((sum, { size }) => sum + Math.min(size, samples), 0);
  const [numerical, tape]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    const all = time(() => {
      tidy(() => void numericalGradient(loss, weights, { samples, seed: round }));
    });
    numerical.push((all / moved) * count);
    const each = time(() => {
      for (let i = 0; i < REPEATS; i++) backprop();
    });
    tape.push(each / REPEATS);
  }
  const report = gradcheck(loss, weights, { samples: Math.min(samples, 24), throws: false });
  const row = {
    side,
    scale,
    weights: count,
    evaluations: 2 * count,
    multiplicationsOfLoss: multiplications(loss.steps()),
    multiplicationsNumerical: 2 * count * multiplications(loss.steps()),
    multiplicationsBackprop: multiplications(backprop.steps()),
    secondsNumerical: Math.min(...numerical),
    secondsBackprop: Math.min(...tape),
    extrapolated: moved < count,
    worstRelativeError: report.worst?.error ?? Infinity,
    excluded: report.excluded,
  };
  for (const item of [loss, backprop, ...gradients, ...model.weights, images]) item.dispose();
  return row;
}

/** The slope of the straight line through the logarithms, by least squares. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)]);
  const mean = (axis: number): number => logs.reduce((sum, p) => sum + p[axis], 0) / logs.length;
  const [mx, my] = [mean(0), mean(1)];
  const covariance = logs.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  return covariance / logs.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
}

/** A line of a slope through the last of the points, for comparison. */
function guide(name: string, points: Series["points"], slope: number, color: number): Series {
  const [x, y] = points[points.length - 1];
  const line = points.map(([at]): [number, number] => [at, y * (at / x) ** slope]);
  return { name, points: line, style: "dashed", color };
}

function draw(rows: readonly Row[]): string {
  const points = (of: readonly Row[], key: NumericKey): [number, number][] =>
    of.map((row) => [row.weights, row[key]]);
  const numerical = points(rows, "secondsNumerical");
  const backprop = points(rows, "secondsBackprop");
  const all = rows.filter(({ extrapolated }) => !extrapolated);
  const sampled = rows.filter(({ extrapolated }) => extrapolated);
  const { weights } = rows.find(({ scale }) => scale === 1)!;
  const tutorial = (from: number, to: number): Series => ({
    name: `the tutorial's N = ${formatNumber(weights)}`,
    points: [
      [weights, from],
      [weights, to],
    ],
    style: "dashed",
    color: 6,
  });
  const predicted = (name: string, count: (n: number) => number, color: number): Series => ({
    name,
    points: rows.map((row) => [row.weights, count(row.weights)]),
    style: "dashed",
    color,
  });
  const x = { label: "number of weights N", scale: "log" } as const;
  return drawFigure({
    title: "One gradient at batch 32: differences against backpropagation",
    panels: [
      {
        title: "time, one thread, least of 15",
        x,
        y: { label: "time (s)", scale: "log", min: 1e-6, max: 100 },
        plotHeight: 280,
        series: [
          { name: "differences", points: points(all, "secondsNumerical"), color: 0 },
          { name: "extrapolated", points: points(sampled, "secondsNumerical"), color: 5 },
          guide("slope 2", numerical, 2, 0),
          { name: "backpropagation", points: backprop, color: 1 },
          guide("slope 1", backprop, 1, 1),
          tutorial(1e-6, 100),
        ],
      },
      {
        title: "work, counted from the plans' steps",
        x,
        y: { label: "multiplications", scale: "log", min: 1e3, max: 1e13 },
        series: [
          { name: "differences", points: points(rows, "multiplicationsNumerical"), color: 0 },
          predicted("2N losses of 32N", (n) => 2 * n * BATCH * n, 2),
          { name: "backpropagation", points: points(rows, "multiplicationsBackprop"), color: 1 },
          predicted("forward and backward, 32N each", (n) => 2 * BATCH * n, 3),
          tutorial(1e3, 1e13),
        ],
      },
    ],
  });
}

type NumericKey =
  "secondsNumerical" | "secondsBackprop" | "multiplicationsNumerical" | "multiplicationsBackprop";

async function run(options: LabOptions): Promise<LabReport> {
  const { name, train } = await loadDigits(options);
  const images = train.images.slice([0, 0, 0], [BATCH, 28, 28]);
  const labels = train.labels.slice([0], [BATCH]);
  const threads = getThreads();
  setThreads(1);
  const rows = NETWORKS.map((network) => measure(network, images, labels));
  setThreads(threads);

  printTable(
    [
      "N",
      "evaluations",
      "mult. each",
      "mult. all",
      "mult. backprop",
      "s differences",
      "s backprop",
      "worst error",
      "at kinks",
    ],
    rows.map((row) => [
      row.weights,
      row.evaluations,
      row.multiplicationsOfLoss,
      row.multiplicationsNumerical.toExponential(2),
      row.multiplicationsBackprop,
      `${row.extrapolated ? "~" : ""}${formatNumber(row.secondsNumerical)}`,
      row.secondsBackprop,
      row.worstRelativeError.toExponential(1),
      row.excluded,
    ]),
  );
  const larger = rows.filter(
    ({ weights }) => weights ** 2 >= rows[0].weights * rows.at(-1)!.weights,
  );
  const slope = (key: "secondsNumerical" | "secondsBackprop"): number =>
    slopeOf(larger.map((row) => [row.weights, row[key]]));
  const result = {
    slopeNumerical: slope("secondsNumerical"),
    slopeBackprop: slope("secondsBackprop"),
    worstRelativeError: Math.max(...rows.map(({ worstRelativeError }) => worstRelativeError)),
  };
  const tutorial = rows.find(({ scale }) => scale === 1)!;
  console.log(
    `~ extrapolated from a sample of the weights\n` +
      `slopes of the seconds over the larger half of the range: ` +
      `${result.slopeNumerical.toFixed(2)} by differences, ` +
      `${result.slopeBackprop.toFixed(2)} by backpropagation\n` +
      `worst relative error: ${result.worstRelativeError.toExponential(1)}\n` +
      `the tutorial's N = ${formatNumber(tutorial.weights)}: ` +
      `${formatNumber(tutorial.evaluations)} loss evaluations take ` +
      `${formatNumber(tutorial.secondsNumerical)} s, one forward and one backward pass ` +
      `${formatNumber(tutorial.secondsBackprop * 1000)} ms\n`,
  );
  return {
    figures: { "numerical-gradient": draw(rows) },
    result: { ...result, dataset: name, batch: BATCH, threads: 1, tutorial, rows },
  };
}

runLab({
  name: "numerical-gradient",
  description: "Compares the gradient by differences with backpropagation: agreement and cost.",
  run,
});
