/** Initial values that are matrices of a form: the identity, and orthogonal ones. */

import { eye } from "../../ops/creation";
import { mul } from "../../ops/arithmetic";
import { matMul } from "../../ops/linear";
import type { Generator } from "../../ops/random";
import { cast, reshape, transpose } from "../../ops/shape";
import { tidy } from "../../tensor/memory";
import { number, readOptions, seed } from "../../tensor/option-kinds";
import { type Shape, type Tensor, tensor } from "../../tensor/tensor";
import { madeBy, registerFactory } from "../registry";
import { type Initializer, type SeedOption, withGenerator } from "./initializer";

/** Options of `identity`. */
export interface IdentityOptions {
  /** What stands on the diagonal; 1 by default. */
  gain?: number;
}

const IDENTITY = { gain: number(1) };

/** The gain on the diagonal of a matrix, 0 elsewhere. */
export function identity(options: IdentityOptions = {}): Initializer {
  const made = readOptions(IDENTITY, options, "identity");
  return madeBy(identity, made, (shape, dtype = "float32") => {
    if (shape.length !== 2) throw notMatrix("identity", "[rows, columns]", shape);
    return tidy(() => mul(eye(shape[0], shape[1], dtype), made.gain));
  });
}

/** Options of `orthogonal`. */
export interface OrthogonalOptions extends SeedOption {
  /** The length of the rows or columns; 1 by default. */
  gain?: number;
}

const ORTHOGONAL = { gain: number(1), seed: seed() };

/**
 * A random matrix whose columns, or its rows where those are fewer, are orthogonal and of one length
 * (Saxe et al. 2014, arXiv:1312.6120). Of weights with more axes all but the last make the rows.
 */
export function orthogonal(options: OrthogonalOptions = {}): Initializer {
  const made = readOptions(ORTHOGONAL, options, "orthogonal");
  const draw = withGenerator(made, (generator, shape, dtype) => {
    if (shape.length < 2) throw notMatrix("orthogonal", "at least two axes", shape);
    return tidy(() => {
      const columns = shape[shape.length - 1];
      const rows = shape.slice(0, -1).reduce((product, dim) => product * dim, 1);
      const tall = orthonormal(generator, Math.max(rows, columns), Math.min(rows, columns));
      const matrix = rows < columns ? transpose(tall) : tall;
      return cast(reshape(mul(matrix, made.gain), shape), dtype);
    });
  });
  return madeBy(orthogonal, made, draw);
}

function notMatrix(initializer: string, expected: string, shape: Shape): Error {
  return new RangeError(
    `${initializer}: expected a shape of ${expected} but received [${shape.join(", ")}]`,
  );
}

/** Orthonormal columns, of all directions alike: those of a normal matrix, made so one by one. */
function orthonormal(generator: Generator, rows: number, columns: number): Tensor {
  if (columns === 0) return generator.normal([rows, columns], 0, 1, "float64");
  for (;;) {
    const normal = generator.normal([rows, columns], 0, 1, "float64");
    const once = orthogonalized(normal);
    // Once more, for what rounding left.
    const twice = once && orthogonalized(once);
    if (twice) return twice;
  }
}

/** x r^-1, where r^T r = x^T x is Cholesky's factor; null if the columns of x are not independent. */
function orthogonalized(x: Tensor): Tensor | null {
  const size = x.shape[1];
  const inverse = inverseFactor(matMul(x, x, true).data(), size);
  return inverse && matMul(x, tensor(inverse, [size, size]), false, true);
}

/** The inverse of Cholesky's lower factor of a symmetric matrix; null if it has none. */
function inverseFactor(matrix: ArrayLike<number>, size: number): Float64Array | null {
  const lower = new Float64Array(size * size);
  const inverse = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i * size + j];
      for (let k = 0; k < j; k++) rest -= lower[i * size + k] * lower[j * size + k];
      if (i === j && !(rest > 0)) return null;
      lower[i * size + j] = i === j ? Math.sqrt(rest) : rest / lower[j * size + j];
    }
  }
  for (let i = 0; i < size; i++) {
    const pivot = lower[i * size + i];
    inverse[i * size + i] = 1 / pivot;
    for (let k = 0; k < i; k++) {
      const factor = lower[i * size + k] / pivot;
      for (let j = 0; j <= k; j++) inverse[i * size + j] -= factor * inverse[k * size + j];
    }
  }
  return inverse;
}

registerFactory("initializer", "identity", identity);
registerFactory("initializer", "orthogonal", orthogonal);
