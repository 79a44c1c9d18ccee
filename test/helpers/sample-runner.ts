/** Runs samples: tensors from their inputs, comparison with references, functions for gradcheck. */

import {
  type DType,
  GradientTape,
  Tensor,
  type TensorFunction,
  Variable,
  concat,
  memory,
  mul,
  reshape,
  sum,
  tensor,
  tidy,
} from "../../src";
import type { Input, Kind, Sample } from "../samples/sample";
import type { NdArray } from "./nd-array";
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

/** As `expect(actual).toEqual(expected)`, but quick: samples run tens of thousands of times. */
function expectList(actual: readonly unknown[], expected: readonly unknown[]): void {
  if (actual.length === expected.length && actual.every((item, i) => item === expected[i])) return;
  expect(actual).toEqual(expected);
}

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
  expectList([actual.dtype, ...actual.shape], [dtype, ...expected.shape]);
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
  expectList([after.handles, after.plans], [before.handles, before.plans]);
  return result;
}

/** Equal bit for bit, NaN like NaN, 0 unlike -0. */
export function expectSameBits(actual: Tensor, expected: Tensor): void {
  expectList([actual.dtype, ...actual.shape], [expected.dtype, ...expected.shape]);
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

const weights = new Map<string, Float32Array | Float64Array>();

/** Fixed weights that make a scalar of a result: its gradient is the vector-Jacobian product. */
function weightsLike({ shape, dtype }: Tensor, seed: number): Tensor {
  const key = [dtype, seed, ...shape].join();
  let values = weights.get(key);
  if (!values) {
    const drawn = spread(shape, 0.5, 1.5, { seed });
    values = dtype === "float32" ? Float32Array.from(drawn) : Float64Array.from(drawn);
    weights.set(key, values);
  }
  return tensor(values, shape, dtype);
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

/** A sample's result, weighted, as a function of its sources alone. */
export function weightedResult(sample: Sample): TensorFunction {
  return ofSources(sample, (inputs) => {
    const result = sample.run(...inputs);
    return mul(result, weightsLike(result, 11));
  });
}

/** The elements of the first gradients, weighted, as a function of the sources. */
export function weightedGradients(sample: Sample): TensorFunction {
  return ofSources(sample, (inputs) =>
    concat(
      gradients(sample, inputs).map((t, i) => reshape(mul(t, weightsLike(t, 21 + i)), [-1])),
      0,
    ),
  );
}

function ofSources(sample: Sample, f: (inputs: Tensor[]) => Tensor): TensorFunction {
  const inputs = sample.inputs.map((given) => toTensor(given, "float64"));
  return (...moved) =>
    f(inputs.map((x, i) => (sample.sources.includes(i) ? moved[sample.sources.indexOf(i)] : x)));
}

/** The inputs that a sample is differentiated by, in float64, and what they are called. */
export function sourcesOf(sample: Sample): { tensors: Tensor[]; names: string[] } {
  const { sources, inputs } = sample;
  return {
    tensors: sources.map((i) => toTensor(inputs[i], "float64")),
    names: sources.map((i) => `input ${i}`),
  };
}
