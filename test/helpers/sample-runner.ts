/** Runs samples: tensors from their inputs, comparison with references, central differences. */

import {
  type DType,
  GradientTape,
  Tensor,
  Variable,
  memory,
  mul,
  sum,
  tensor,
  tidy,
} from "../../src";
import type { Input, Kind, Sample } from "../samples/sample";
import { type NdArray, sizeOf } from "./nd-array";
import { spread } from "./numbers";

export type Floats = "float32" | "float64";

export function dtypeOf(kind: Kind, floats: Floats): DType {
  return kind === "float" ? floats : kind;
}

export function toTensor({ dtype, shape, data }: Input, floats: Floats): Tensor {
  return tensor([...data], shape, dtypeOf(dtype, floats));
}

export function toVariable(given: Input, floats: Floats): Variable {
  return new Variable(toTensor(given, floats), { name: "sample" });
}

/** The inputs' values as the dtype holds them: what a reference in float32 must start from. */
export function rounded(given: Input, floats: Floats): NdArray {
  if (dtypeOf(given.dtype, floats) !== "float32") return given;
  return { shape: given.shape, data: given.data.map(Math.fround) };
}

export function runSample({ inputs, run }: Sample, floats: Floats): Tensor {
  return run(...inputs.map((given) => toTensor(given, floats)));
}

// ---- comparison with the reference

const RELATIVE = { float32: 1e-5, float64: 1e-12, int32: 0, uint8: 0 };

/**
 * Expects type and values of the reference. A float may be off by so much of itself, or, where sums
 * cancel, of a tenth of the greatest element.
 */
export function expectReference(
  actual: Tensor,
  dtype: DType,
  expected: NdArray,
  independent = false,
): void {
  expect([actual.dtype, ...actual.shape]).toEqual([dtype, ...expected.shape]);
  const relative = RELATIVE[dtype];
  const finite = expected.data.filter(Number.isFinite).map(Math.abs);
  const floor = independent ? 0 : 0.1 * greatest(finite);
  const values = actual.data();
  expected.data.forEach((exact, i) => {
    const wanted = dtype === "float32" ? Math.fround(exact) : exact;
    if (values[i] === wanted || (Number.isNaN(values[i]) && Number.isNaN(wanted))) return;
    const allowed = relative * Math.max(Math.abs(wanted), floor);
    if (Math.abs(values[i] - wanted) <= allowed) return;
    throw new Error(`element ${i}: expected ${wanted} but received ${values[i]}`);
  });
}

function greatest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), 0);
}

/** Runs `fn` in `tidy` and expects that nothing of it stays alive. */
export function expectNoLeak<T>(fn: () => T): T {
  const before = memory();
  const result = tidy(fn);
  const after = memory();
  expect([after.handles, after.plans]).toEqual([before.handles, before.plans]);
  return result;
}

/** Equal bit for bit, NaN like NaN, 0 unlike -0. */
export function expectSameBits(actual: Tensor, expected: Tensor): void {
  expect([actual.dtype, ...actual.shape]).toEqual([expected.dtype, ...expected.shape]);
  const [a, b] = [actual.data(), expected.data()];
  for (let i = 0; i < a.length; i++) {
    if (!Object.is(a[i], b[i])) throw new Error(`element ${i}: ${a[i]} is not ${b[i]}`);
  }
}

/** Equal but for the order in which sums were taken. */
export function expectSameUpToRounding(actual: Tensor, expected: Tensor): void {
  expectReference(actual, expected.dtype, { shape: expected.shape, data: [...expected.data()] });
}

// ---- gradients

/** Fixed weights that make a scalar of a result: its gradient is the vector-Jacobian product. */
function weightsLike({ shape, dtype }: Tensor, seed: number): Tensor {
  return tensor(spread(shape, 0.5, 1.5, { seed }), shape, dtype);
}

/** The gradient of the weighted result with respect to each source. */
export function gradients(sample: Sample, inputs: readonly Tensor[]): Tensor[] {
  const tape = new GradientTape();
  const sources = sample.sources.map((i) => inputs[i]);
  sources.forEach((source) => tape.watch(source));
  const target = tape.record(() => {
    const result = sample.run(...inputs);
    return mul(result, weightsLike(result, 11));
  });
  return tape.gradient(target, sources, { unconnected: "zero" });
}

/** The gradient of the weighted first gradients, by tapes in one another. */
export function secondGradients(sample: Sample, inputs: readonly Tensor[]): Tensor[] {
  const outer = new GradientTape();
  const sources = sample.sources.map((i) => inputs[i]);
  sources.forEach((source) => outer.watch(source));
  const target = outer.record(() => weightedTotal(gradients(sample, inputs)));
  return outer.gradient(target, sources, { unconnected: "zero" });
}

function weightedTotal(tensors: readonly Tensor[]): Tensor {
  return tensors
    .map((t, i) => sum(mul(t, weightsLike(t, 21 + i))))
    .reduce((total, part) => total.add(part));
}

/** What is differentiated, weighted element by element: differences of it lose the fewest digits. */
export type Terms = (inputs: readonly Tensor[]) => number[];

export function weightedResult(sample: Sample): Terms {
  return (inputs) => {
    const result = sample.run(...inputs);
    return [...mul(result, weightsLike(result, 11)).data()];
  };
}

export function weightedGradients(sample: Sample): Terms {
  return (inputs) =>
    gradients(sample, inputs).flatMap((t, i) => [...mul(t, weightsLike(t, 21 + i)).data()]);
}

const STEP = 1e-3;

/** The derivative of the sum of `terms` by each element of a source: central, fourth order. */
export function differences(terms: Terms, sample: Sample, source: number): number[] {
  const { shape, data } = sample.inputs[source];
  return Array.from({ length: sizeOf(shape) }, (_, element) => {
    const termsAt = (shift: number): number[] =>
      tidy(() => {
        const moved = data.map((value, i) => (i === element ? value + shift : value));
        const inputs = sample.inputs.map((given, i) =>
          toTensor(i === source ? { ...given, data: moved } : given, "float64"),
        );
        return terms(inputs);
      });
    const [far, near] = [2 * STEP, STEP];
    const [a, b, c, d] = [termsAt(near), termsAt(-near), termsAt(far), termsAt(-far)];
    const slopes = a.map((value, i) => (8 * (value - b[i]) - (c[i] - d[i])) / (12 * STEP));
    return slopes.reduce((total, slope) => total + slope, 0);
  });
}

/** Expects |a - n| / max(|a|, |n|, a thousandth of the greatest |a|) to stay below `tolerance`. */
export function expectGradient(
  actual: Tensor,
  numeric: readonly number[],
  tolerance: number,
): void {
  const values = [...actual.data()];
  expect(values).toHaveLength(numeric.length);
  const top = greatest(values.map(Math.abs));
  values.forEach((a, i) => {
    const n = numeric[i];
    // Where the gradient is 0 throughout, differences of values of about 1 leave rounding.
    const scale = Math.max(Math.abs(a), Math.abs(n), 1e-3 * top, 1e-5);
    if (Math.abs(a - n) / scale < tolerance) return;
    throw new Error(`element ${i}: the gradient is ${a}, central differences give ${n}`);
  });
}
