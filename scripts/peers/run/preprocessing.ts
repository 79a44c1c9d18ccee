/** Layers of tables and texts: `new nabla[className](...args, options)`, `adapt`, `forward`. */

import { type Tensor, type Values, tensor } from "nabla";
import type { Case, Recorded } from "../case";
import { type Comparison, TOLERANCES, compare } from "../compare";
import { argumentsOf, makeFrom, named } from "../library";

interface PreprocessingCase extends Case {
  /** Rows, or columns by name; absent if nothing is learned. */
  adapt?: unknown;
  x: unknown;
  output: Recorded;
}

interface Preprocessing {
  adapt(rows: unknown): unknown;
  forward(x: unknown): Tensor;
}

/** Of those that take tensors alone. */
const DTYPES: Readonly<Record<string, "float32" | "int32">> = {
  CategoryEncoding: "int32",
  Discretization: "float32",
  Normalization: "float32",
};

export function runPreprocessing(item: Case): Comparison[] {
  const { className, adapt, x, output, dtype } = item as PreprocessingCase;
  const { args, options } = argumentsOf(item);
  const layer = makeFrom(named(className), args, options) as Preprocessing;
  const given = (values: unknown): unknown =>
    Object.hasOwn(DTYPES, className)
      ? tensor(values as Values, undefined, DTYPES[className])
      : values;
  if (adapt !== undefined) layer.adapt(given(adapt));
  return [compare("output", layer.forward(given(x)), output, TOLERANCES[dtype])];
}
