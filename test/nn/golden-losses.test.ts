import { GradientTape, type Tensor, losses, mul, tidy } from "../../src";
import {
  type GoldenTensor,
  type Tolerance,
  expectClose,
  expectGolden,
  loadGolden,
  toTensor,
} from "../helpers/golden";

interface LossCase {
  loss: string;
  options: { fromLogits?: boolean };
  yTrue: GoldenTensor;
  yPred: GoldenTensor;
  output: GoldenTensor;
  weights?: number[];
  gradient?: number[];
}

type LossFunction = (yTrue: Tensor, yPred: Tensor, options: LossCase["options"]) => Tensor;

/**
 * Logits of 1000 cancel to a loss near 0, so that it carries their rounding. Of probabilities only
 * 1 - p cancels, by at most 1e-16 of 1e-7.
 */
const LOGITS: Tolerance = { relative: 1e-12, absolute: 1e-12 };
const PROBABILITIES: Tolerance = { relative: 1e-9, absolute: 1e-16 };
const GRADIENT: Tolerance = { relative: 1e-11, absolute: 1e-13 };

const { cases } = loadGolden("losses") as { cases: LossCase[] };
const titled = (list: LossCase[]): [string, LossCase][] =>
  list.map((item, i) => [title(item, i), item]);

function title({ loss, options, yPred }: LossCase, number: number): string {
  return `${number}: ${loss} of ${options.fromLogits ? "logits " : ""}[${yPred.shape.join(", ")}]`;
}

function run({ loss, options, yTrue }: LossCase, predicted: Tensor): Tensor {
  const compute = (losses as unknown as Record<string, LossFunction>)[loss];
  return compute(toTensor(yTrue), predicted, options);
}

function checkValue(label: string, item: LossCase): void {
  const tolerance = item.options.fromLogits ? LOGITS : PROBABILITIES;
  expectGolden(label, run(item, toTensor(item.yPred)), item.output, tolerance);
}

function checkGradient(label: string, item: LossCase): void {
  const predicted = toTensor(item.yPred);
  const weights = toTensor({ ...item.output, data: item.weights! });
  const tape = new GradientTape();
  tape.watch(predicted);
  const target = tape.record(() => mul(run(item, predicted), weights));
  const gradient = tape.gradient(target, predicted);
  expectClose(label, gradient.data(), item.gradient!, GRADIENT, item.yPred.shape);
}

describe("golden values of losses", () => {
  test.each(titled(cases))("value %s", (label, item) => {
    tidy(() => checkValue(label, item));
  });

  test.each(titled(cases.filter(({ gradient }) => gradient)))("gradient %s", (label, item) => {
    tidy(() => checkGradient(label, item));
  });
});
