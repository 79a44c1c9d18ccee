/** Initializers: values, or statistics where chance makes them. */

import { type Tensor, matMul, reshape, transpose } from "nabla";
import type { Case, Recorded } from "../case";
import { type Comparison, TOLERANCES, compare, compareAll } from "../compare";
import { argumentsOf, callOf, make } from "../library";
import { type Statistics, compareStatistics, statisticsOf } from "./statistics";

interface InitializerCase extends Case {
  shape: number[];
  outputs?: Recorded[];
  statistics?: Statistics & { gram?: Recorded };
}

export function runInitializer(item: Case): Comparison[] {
  const { className, shape, outputs, statistics, dtype } = item as InitializerCase;
  const initialize = callOf(make("initializers", className, [], argumentsOf(item).options));
  const values = initialize(shape, dtype) as Tensor;
  if (outputs) return compareAll("values", [values], outputs, TOLERANCES[dtype]);
  const found = compareStatistics(statisticsOf(values), statistics!);
  return statistics!.gram ? [...found, compareGram(values, statistics!.gram)] : found;
}

/** Rows or columns, the fewer of the two, are orthogonal and all of one length. */
function compareGram(values: Tensor, expected: Recorded): Comparison {
  const columns = values.shape[values.shape.length - 1];
  const matrix = reshape(values, [-1, columns]);
  const [rows] = matrix.shape;
  const turned = transpose(matrix);
  const products = rows >= columns ? matMul(turned, matrix) : matMul(matrix, turned);
  const size = products.shape[1];
  const data = products.data();
  const corner = expected.data.map((_value, i) => data[Math.floor(i / 4) * size + (i % 4)]);
  return compare("products of rows", corner, { ...expected, shape: [16] }, 1e-3);
}
