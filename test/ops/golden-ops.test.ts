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
const FLOAT32: Tolerance = { relative: 2e-5, absolute: 2e-5 };

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

function checkGradients(label: string, item: OpCase, floats: DType, tolerance: Tolerance): void {
  const inputs = item.inputs.map((input) => toTensor(input, floats));
  const weights = toTensor({ ...item.output, data: item.weights! }, floats);
  const sources = inputs.filter((_, i) => item.gradients![i] !== null);
  const tape = new GradientTape();
  for (const source of sources) tape.watch(source);
  const { output, target } = tape.record(() => {
    const output = run(item, inputs);
    return { output, target: mul(output, weights) };
  });
  expectGolden(`${label}, value`, output, { ...item.output, dtype: floats }, tolerance);
  const gradients = tape.gradient(target, sources);
  const expected = item.gradients!.filter((gradient) => gradient !== null);
  gradients.forEach((gradient, i) => {
    expectClose(`${label}, gradient ${i}`, gradient.data(), expected[i], tolerance, gradient.shape);
  });
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
    tidy(() => checkGradients(label, item, "float64", ORDINARY));
  });

  test.each(titled(withGradients.filter(isModerate)))("float32 %s", (label, item) => {
    tidy(() => checkGradients(label, item, "float32", FLOAT32));
  });
});
