/** Golden files: values that PyTorch and numpy computed. scripts/golden/README.md has the format. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type DType, type Tensor, tensor } from "../../src";

/** A tensor as golden files hold it: flat, row by row. */
export interface GoldenTensor {
  shape: number[];
  dtype: DType;
  data: number[];
}

/** |actual - expected| may be `absolute + relative * |expected|`. */
export interface Tolerance {
  relative: number;
  absolute: number;
}

const SPECIAL = new Map<unknown, number>([
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
  ["NaN", NaN],
]);

/** The content of test/golden/<name>.json. */
export function loadGolden(name: string): unknown {
  const text = readFileSync(join(__dirname, "..", "golden", `${name}.json`), "utf8");
  return JSON.parse(text, (_key, value: unknown) => SPECIAL.get(value) ?? value);
}

/** The tensor of its own dtype, or with floats in another one. */
export function toTensor({ data, shape, dtype }: GoldenTensor, floats: DType = "float64"): Tensor {
  return tensor(data, shape, dtype === "float64" ? floats : dtype);
}

/**
 * Throws unless shape and dtype are those expected and every element is close enough. NaN equals
 * NaN, infinities equal themselves, 0 equals -0.
 * @param label op and case, for the message
 */
export function expectGolden(
  label: string,
  actual: Tensor,
  expected: GoldenTensor,
  tolerance: Tolerance,
): void {
  const found = `${actual.dtype}[${actual.shape.join(", ")}]`;
  const wanted = `${expected.dtype}[${expected.shape.join(", ")}]`;
  if (found !== wanted) throw new Error(`${label}: expected ${wanted} but received ${found}`);
  expectClose(label, actual.data(), expected.data, tolerance, expected.shape);
}

/** The same for flat numbers. */
export function expectClose(
  label: string,
  actual: ArrayLike<number>,
  expected: readonly number[],
  tolerance: Tolerance,
  shape: readonly number[] = [expected.length],
): void {
  if (actual.length !== expected.length) {
    throw new Error(`${label}: expected ${expected.length} elements but received ${actual.length}`);
  }
  const wrong = expected.flatMap((value, i) => (isClose(actual[i], value, tolerance) ? [] : [i]));
  if (wrong.length === 0) return;
  const lines = wrong.slice(0, 5).map((i) => describe(i, actual[i], expected[i], shape));
  throw new Error(
    `${label}: ${wrong.length} of ${expected.length} elements are off by more than ` +
      `${tolerance.absolute} + ${tolerance.relative} |expected|\n  ${lines.join("\n  ")}`,
  );
}

function isClose(actual: number, expected: number, { absolute, relative }: Tolerance): boolean {
  if (actual === expected || (Number.isNaN(actual) && Number.isNaN(expected))) return true;
  if (!Number.isFinite(expected)) return false;
  return Math.abs(actual - expected) <= absolute + relative * Math.abs(expected);
}

/** "element [1, 2]: expected 0.5 but received 0.4 (off by 1.0e-1)" */
function describe(
  flat: number,
  actual: number,
  expected: number,
  shape: readonly number[],
): string {
  const index: number[] = [];
  let rest = flat;
  for (const dim of [...shape].reverse()) {
    index.unshift(rest % dim);
    rest = Math.floor(rest / dim);
  }
  const gap = Math.abs(actual - expected).toExponential(1);
  return `element [${index.join(", ")}]: expected ${expected} but received ${actual} (off by ${gap})`;
}
