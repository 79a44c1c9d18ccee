/** Reads the tensors of files into models and optimizers. Everything is checked before anything changes. */

import { FormatError, quote } from "../../formats/format-error";
import type { SafetensorsFile, TensorEntry } from "../../formats/safetensors";
import { readInto } from "../../formats/safetensors/safetensors-file";
import type { Module } from "../../nn/module";
import type { Optimizer } from "../../optimizers";
import { describeType, sameShape } from "../../tensor/tensor";
import { Variable } from "../../tensor/variable";
import { OPTIMIZER, optimizerState, weightsWithSlots } from "./named-state";

/** Which weights a file and a model have in common. */
export interface WeightsReport {
  /** Paths of the weights that were loaded. */
  readonly loaded: readonly string[];
  /** Paths of weights that the file does not have. */
  readonly missing: readonly string[];
  /** Names of the file that no weight has. */
  readonly unexpected: readonly string[];
  /** Weights of another shape or dtype than the file's. */
  readonly mismatched: readonly MismatchedWeight[];
}

/** A weight whose shape or dtype in the file is not that of the model. */
export interface MismatchedWeight {
  /** Path of the weight in the model. */
  readonly path: string;
  /** Of the model: "float32[784, 32]". */
  readonly expected: string;
  /** Of the file. */
  readonly found: string;
}

type Pair = readonly [TensorEntry, Variable];

export interface Match {
  readonly pairs: readonly Pair[];
  readonly report: WeightsReport;
}

/** What of `own` a file has; of the file's names those in `names` count. */
export function match(
  file: SafetensorsFile,
  own: ReadonlyMap<string, Variable>,
  names: Iterable<string>,
): Match {
  const pairs: Pair[] = [];
  const [loaded, missing, mismatched]: [string[], string[], MismatchedWeight[]] = [[], [], []];
  for (const [path, variable] of own) {
    const entry = file.tensors.get(path);
    if (entry === undefined) missing.push(path);
    else if (entry.dtype === variable.dtype && sameShape(entry.shape, variable.shape)) {
      pairs.push([entry, variable]);
      loaded.push(path);
    } else {
      const expected = describeType(variable.dtype, variable.shape);
      mismatched.push({ path, expected, found: entry.describe() });
    }
  }
  const unexpected = [...names].filter((name) => !own.has(name));
  return { pairs, report: { loaded, missing, unexpected, mismatched } };
}

/** Throws unless all fits. */
export function checkMatch(file: SafetensorsFile, { report }: Match, what: string): void {
  const { missing, unexpected, mismatched } = report;
  const faults = [
    ...mismatched.map(
      ({ path, expected, found }) => `expected ${expected} for ${quote(path)} but found ${found}`,
    ),
    ...(missing.length > 0 ? [`found no ${listed(missing)}`] : []),
    ...(unexpected.length > 0 ? [`${what} has no ${listed(unexpected)}`] : []),
  ];
  if (faults.length > 0) throw new FormatError(file.name, faults.slice(0, 5).join("; "));
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).map(quote).join(", ");
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}

/** Makes the slots that the file has values for, and matches all of the optimizer's state. */
export function matchOptimizer(file: SafetensorsFile, model: Module, optimizer: Optimizer): Match {
  const names = [...file.tensors.keys()].filter((name) => name.startsWith(OPTIMIZER));
  optimizer.build(weightsWithSlots(model, names));
  adoptRate(file, optimizer);
  const found = match(file, optimizerState(model, optimizer), names);
  checkMatch(file, found, `the optimizer ${optimizer.constructor.name}`);
  return found;
}

/** A rate that was a float32 Variable of the caller's stays float32. */
function adoptRate(file: SafetensorsFile, optimizer: Optimizer): void {
  const dtype = file.tensors.get(`${OPTIMIZER}learningRate`)?.dtype;
  const { learningRate } = optimizer;
  if (dtype === undefined || dtype === learningRate.dtype) return;
  optimizer.learningRate = new Variable(learningRate.item(), { dtype, trainable: false });
}

export function readAll(matches: readonly Match[]): Promise<void> {
  const pairs = matches.flatMap((found) => found.pairs);
  return readInto(pairs, "values are being loaded into it; await the promise");
}
