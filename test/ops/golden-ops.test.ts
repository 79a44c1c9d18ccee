import * as nabla from "../../src";
import { type DType, GradientTape, Tensor, mul, tidy } from "../../src";
import {
  type GoldenTensor,
  type Tolerance,
  expectClose,
  expectGolden,
  loadGolden,
  toTensor,
} from "../helpers/golden";

interface OpCase {
  op: string;
  inputs: GoldenTensor[];
  /** In the order of the function's parameters. */
  attrs: Record<string, unknown>;
  output: GoldenTensor;
  weights?: number[];
  gradients?: (number[] | null)[];
}

/** Sums of elements of ordinary size: what cancels is off by the rounding of its terms. */
const ORDINARY: Tolerance = { relative: 1e-12, absolute: 1e-13 };
/** Extreme values, also tiny ones, are right in all their digits down to the least normal number. */
const EXTREME: Tolerance = { relative: 1e-12, absolute: 1e-307 };
/** Below the least normal number of float32 results are 0. */
const EXTREME_FLOAT32: Tolerance = { relative: 1e-12, absolute: 2 ** -126 };
/** Of float32, relative to what `sizesOf` tells. */
const FLOAT32 = 1e-6;
/** Sums of products, in results or in gradients of operands that stretch: none cancel where no input is negative. */
const SUMS = new Set(
  [
    "add",
    "sub",
    "mul",
    "div",
    "atan2",
    "sum",
    "mean",
    "matMul",
    "einsum",
    "cumSum",
    "cumProd",
  ].concat(
    ["avgPool", "conv1d", "conv2d", "conv3d", "depthwiseConv2d"],
    ["conv1dTranspose", "conv2dTranspose", "conv3dTranspose"],
  ),
);
/** Differences of sums, as large as the largest result. */
const DIFFERENCES = new Set(["softmax", "logSoftmax", "variance"]);

const cases = ["ops", "ops-further", "windows"].flatMap(
  (name) => (loadGolden(name) as { cases: OpCase[] }).cases,
);
const withGradients = cases.filter(({ gradients }) => gradients !== undefined);
const titled = (list: OpCase[]): [string, OpCase][] =>
  list.map((item, i) => [title(item, i), item]);

function title({ op, inputs, attrs }: OpCase, number: number): string {
  const types = inputs.map(({ dtype, shape }) => `${dtype}[${shape.join(", ")}]`);
  const given = Object.entries(attrs).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return `${number}: ${op}(${[...types, ...given].join(", ")})`;
}

function run({ op, attrs }: OpCase, inputs: Tensor[]): Tensor {
  const compute = (nabla as unknown as Record<string, (...args: unknown[]) => Tensor>)[op];
  const options = Object.values(attrs).map((value) => value ?? undefined);
  if (op === "einsum") return compute(...options, ...inputs);
  return op === "concat" ? compute(inputs, ...options) : compute(...inputs, ...options);
}

function checkValue(label: string, item: OpCase): void {
  const output = run(
    item,
    item.inputs.map((input) => toTensor(input)),
  );
  const extreme = item.output.dtype === "float32" ? EXTREME_FLOAT32 : EXTREME;
  expectGolden(label, output, item.output, item.gradients === undefined ? extreme : ORDINARY);
}

/** The value, and the gradients of its sum with the weights. */
function outcomes(item: OpCase, inputs: Tensor[], weights: Tensor): Tensor[] {
  const sources = inputs.filter((_, i) => item.gradients![i] !== null);
  const tape = new GradientTape();
  for (const source of sources) tape.watch(source);
  const { output, target } = tape.record(() => {
    const output = run(item, inputs);
    return { output, target: mul(output, weights) };
  });
  return [output, ...tape.gradient(target, sources)];
}

function checkGradients(label: string, item: OpCase): void {
  const inputs = item.inputs.map((input) => toTensor(input));
  const weights = toTensor({ ...item.output, data: item.weights! });
  const [output, ...gradients] = outcomes(item, inputs, weights);
  expectGolden(`${label}, value`, output, item.output, ORDINARY);
  const expected = item.gradients!.filter((gradient) => gradient !== null);
  gradients.forEach((gradient, i) => {
    expectClose(`${label}, gradient ${i}`, gradient.data(), expected[i], ORDINARY, gradient.shape);
  });
}

/** In float32, beside float64 at the inputs that float32 has: what float64 gives is golden. */
function checkFloat32(label: string, item: OpCase): void {
  const exact = outcomesIn("float64", item);
  const sizes = sizesOf(item, exact);
  outcomesIn("float32", item).forEach((values, i) => {
    const wrong = values.flatMap((value, k) => {
      const expected = exact[i][k];
      const isClose =
        Object.is(value, expected) || Math.abs(value - expected) <= FLOAT32 * sizes[i][k];
      return isClose ? [] : [`element ${k}: expected ${expected} but received ${value}`];
    });
    expect([`${label}, ${i === 0 ? "value" : `gradient ${i - 1}`}`, ...wrong]).toHaveLength(1);
  });
}

function outcomesIn(dtype: DType, item: OpCase, of = (value: number): number => value): number[][] {
  const at = (given: GoldenTensor, data: number[]): Tensor =>
    toTensor({ ...given, data: data.map((value) => of(Math.fround(value))) }, dtype);
  const inputs = item.inputs.map((input) => at(input, input.data));
  const weights = at({ ...item.output, dtype: "float64" }, item.weights!);
  return outcomes(item, inputs, weights).map((result) => [...result.data()]);
}

/** How large the terms are that make each result: itself, unless it is a sum. */
function sizesOf(item: OpCase, results: number[][]): number[][] {
  const own = results.map((values) => values.map(Math.abs));
  if (DIFFERENCES.has(item.op)) return own.map((values) => values.map(() => Math.max(...values)));
  if (!SUMS.has(item.op)) return own;
  const terms = outcomesIn("float64", item, Math.abs);
  return own.map((values, i) => values.map((value, k) => Math.max(value, Math.abs(terms[i][k]))));
}

/** float32 reaches neither the extreme values nor the differences between large ones. */
function isModerate({ inputs }: OpCase): boolean {
  return inputs.every(({ data }) => data.every((value) => Math.abs(value) < 100));
}

describe("golden values of ops", () => {
  test.each(titled(cases))("value %s", (label, item) => {
    tidy(() => checkValue(label, item));
  });

  test.each(titled(withGradients))("gradient %s", (label, item) => {
    tidy(() => checkGradients(label, item));
  });

  test.each(titled(withGradients.filter(isModerate)))("float32 %s", (label, item) => {
    tidy(() => checkFloat32(label, item));
  });
});
