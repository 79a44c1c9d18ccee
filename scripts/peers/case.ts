/** Cases: what Keras was asked and what it answered. `python/generate.py` writes them. */

import { readFileSync } from "node:fs";
import { type DType, type Tensor, tensor } from "nabla";

/** A tensor row by row. Floats are in the case's dtype, whatever stands here. */
export interface Recorded {
  shape: number[];
  dtype: DType;
  data: number[];
}

/** An object among the arguments or options of another, in Keras' words. */
export interface Described {
  room: "regularizer" | "constraint" | "initializer" | "schedule";
  class_name: string;
  args: unknown[];
  options: Options;
}

/** Options in Keras' spelling. */
export type Options = Record<string, unknown>;

export interface Gradients {
  inputs?: Recorded[];
  weights?: Recorded[];
}

/** What cases of all groups have. The rest goes by group. */
export interface Case {
  group: string;
  /** Among the cases of its class and seed. */
  number: number;
  className: string;
  dtype: "float32" | "float64";
  /** Positional, after a function's tensors. */
  args: unknown[];
  options: Options;
}

/** Of a function or a layer: `gradients` are those of sum(outputs * seeds). */
export interface ComputedCase extends Case {
  inputs: Recorded[];
  outputs: Recorded[];
  seeds: Recorded[];
  gradients: Gradients;
}

export interface CaseFile {
  header: { keras: string; tensorflow: string; seed: number };
  cases: Case[];
}

const SPECIAL = new Map<unknown, number>([
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
  ["NaN", NaN],
]);

/** A line of JSON each: a header, then the cases. */
export function readCases(path: string): CaseFile {
  const lines = readFileSync(path, "utf8").trim().split("\n").map(parse);
  const [header, ...cases] = lines as [CaseFile["header"], ...Case[]];
  return { header, cases };
}

function parse(line: string): unknown {
  return JSON.parse(line, (_key, value: unknown) => SPECIAL.get(value) ?? value);
}

/** nabla's tensor, floats in the dtype of the case. */
export function given({ data, shape, dtype }: Recorded, floats: DType): Tensor {
  return tensor(data, shape, dtype.startsWith("float") ? floats : dtype);
}
