import { abs, div, maximum, mul, rsqrt, square, sub } from "../../ops/arithmetic";
import { eye } from "../../ops/creation";
import { matMul } from "../../ops/linear";
import { sum, transpose } from "../../ops/shape";
import { choice, number, readOptions } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { madeBy, registerFactory } from "../registry";
import type { Regularizer } from "./regularizer";

/** Options of `orthogonal`. */
export interface OrthogonalOptions {
  /** 0.01 by default. */
  factor?: number;
  /** Whether rows or columns are to be orthogonal; "rows" by default. */
  mode?: "rows" | "columns";
}

const ORTHOGONAL = {
  factor: number(0.01, { least: 0 }),
  mode: choice(["rows", "columns"], "rows"),
};

/**
 * factor times the mean over pairs of rows (or columns) of |cosine of the angle between them|.
 * x [rows, columns]
 */
export function orthogonal(options: OrthogonalOptions = {}): Regularizer {
  const made = readOptions(ORTHOGONAL, options, "orthogonal");
  return madeBy(orthogonal, made, (x) => meanCosine(x, made.mode, made.factor));
}

function meanCosine(x: Tensor, mode: "rows" | "columns", factor: number): Tensor {
  if (x.rank !== 2) {
    throw new RangeError(`orthogonal: expected a matrix but received ${x.describe()}`);
  }
  const vectors = mode === "rows" ? x : transpose(x);
  const [count] = vectors.shape;
  const unit = mul(vectors, rsqrt(maximum(sum(square(vectors), 1, true), 1e-24)));
  const cosines = matMul(unit, transpose(unit));
  const others = mul(cosines, sub(1, eye(count, count, x.dtype)));
  return div(mul(sum(abs(others)), factor / 2), Math.max((count * (count - 1)) / 2, 1));
}

registerFactory("regularizer", "orthogonal", orthogonal);
registerFactory("regularizer", "orthogonalRegularizer", orthogonal);
