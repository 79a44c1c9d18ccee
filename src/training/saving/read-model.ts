/** Makes models of files. */

import { FormatError } from "../../formats/format-error";
import type { FileSource } from "../../formats/byte-source";
import type { SafetensorsFile } from "../../formats/safetensors";
import { openFor } from "../../formats/safetensors/read";
import type { Layer } from "../../nn/layer";
import { whileLoading } from "../../nn/loading";
import { functionOf } from "../../nn/registry";
import { type OwnClasses, deserialize } from "../../nn/serialization";
import { bytesOf } from "../../tensor/dtype";
import { isPlainObject } from "../../tensor/nest";
import { checkFlag, checkOptions } from "../../tensor/options";
import { outsideRecording } from "../../tensor/recorder";
import { sizeOf } from "../../tensor/tensor";
import type { CompileOptions } from "../compiled";
import type { Optimizer } from "../../optimizers";
import { type ModelHeader, fieldError, readHeader } from "./model-header";
import { isBeside, stateOf, weightsOf } from "./named-state";
import {
  type Match,
  type WeightsReport,
  checkMatch,
  match,
  matchOptimizer,
  readAll,
} from "./read-state";

/** Options of `loadModel` and `Model.fromBytes`. */
export interface LoadOptions {
  /** Classes of layers, losses and the like that are not registered: an array, or by name. */
  layers?: OwnClasses;
  /** Whether the model is compiled as it was when it was saved; true. */
  compile?: boolean;
}

/** Options of `loadWeights`. */
export interface LoadWeightsOptions {
  /** Whether all weights have to be in the file, and nothing else; true. */
  strict?: boolean;
}

/** What a model needs to be able to do to be made of a file. */
export interface LoadedModel extends Layer {
  compile(options: CompileOptions): unknown;
  readonly optimizer: Optimizer;
  dispose(): void;
}

/** @param isModel whether an object is a model */
export async function readModel<M extends LoadedModel>(
  method: string,
  source: FileSource,
  options: LoadOptions,
  isModel: (value: unknown) => value is M,
): Promise<M> {
  checkOptions(options, ["layers", "compile"], method);
  const { layers = [], compile = true } = options;
  checkFlag(compile, method, "compile");
  const file = await openFor(source, method);
  try {
    const header = headerOf(file);
    const model = makeModel(file, header, layers, isModel);
    try {
      const matches = [matchModel(file, model)];
      if (compile && header.compile !== undefined) {
        compileLike(header, model, layers);
        const { optimizer } = model;
        matches.push(
          whileLoading(valueBytes(file), false, () => matchOptimizer(file, model, optimizer)),
        );
      }
      await readAll(matches);
      return model;
    } catch (error) {
      model.dispose();
      throw error;
    }
  } finally {
    await file.close();
  }
}

function headerOf(file: SafetensorsFile): ModelHeader {
  const header = readHeader(file);
  if (header === null) {
    throw new FormatError(
      file.name,
      "holds tensors but no model that nabla wrote; make the model and call its loadWeights",
    );
  }
  if (header.model !== undefined) return header;
  throw new FormatError(
    header.file,
    `holds the weights of ${header.class} but no model in its metadata; make the model and call its ` +
      "loadWeights, or register what it is made of before it is saved",
  );
}

const WAY_OUT = ", or pass the class to loadModel(file, { layers: [...] })";

function makeModel<M>(
  file: SafetensorsFile,
  header: ModelHeader,
  layers: OwnClasses,
  isModel: (value: unknown) => value is M,
): M {
  let made: unknown;
  try {
    made = outsideRecording(() =>
      whileLoading(valueBytes(file), false, () => deserialize(header.model, layers)),
    );
  } catch (error) {
    throw fieldError(header.file, "model", error, wayOut(error));
  }
  if (isModel(made)) return made;
  throw new FormatError(header.file, "expected a model for model in the metadata");
}

function wayOut(error: unknown): string {
  const { message = "" } = error as Partial<Error>;
  return message.startsWith("expected a registered") ? WAY_OUT : "";
}

/** What the tensors of a file take as nabla's. */
function valueBytes(file: SafetensorsFile): number {
  let total = 0;
  for (const { shape, dtype } of file.tensors.values()) {
    if (dtype !== undefined) total += sizeOf(shape) * bytesOf(dtype);
  }
  return total;
}

function compileLike(header: ModelHeader, model: LoadedModel, layers: OwnClasses): void {
  try {
    const { metrics, ...others } = deserialize(header.compile, layers) as Record<string, unknown>;
    const named = Array.isArray(metrics) ? metrics.map(metricIn) : metrics;
    model.compile({ ...others, metrics: named } as CompileOptions);
  } catch (error) {
    const hint = `${wayOut(error)}; { compile: false } loads the model for predictions alone`;
    throw fieldError(header.file, "compile", error, hint);
  }
}

/** A metric of a configuration, as `compile` takes it. */
function metricIn(saved: unknown): unknown {
  if (!isPlainObject(saved) || typeof saved.function !== "string") return saved;
  return functionOf("function", saved.function, "compile", "metrics");
}

/** The model's weights, which the file has to have, and its random streams, which it may have. */
export function matchModel(file: SafetensorsFile, model: Layer): Match {
  const weights = weightsOf(model);
  const known = [...stateOf(model)];
  const own = new Map(known.filter(([path]) => weights.has(path) || file.tensors.has(path)));
  const names = [...file.tensors.keys()].filter((name) => !isBeside(name));
  const found = match(file, own, names);
  checkMatch(file, found, "the model");
  return found;
}

export async function loadWeights(
  source: FileSource,
  model: Layer,
  options: LoadWeightsOptions,
): Promise<WeightsReport> {
  checkOptions(options, ["strict"], "loadWeights");
  const { strict = true } = options;
  checkFlag(strict, "loadWeights", "strict");
  const file = await openFor(source, "loadWeights");
  try {
    buildFor(file, model);
    const streams = stateOf(model);
    const own = weightsOf(model);
    const names = [...file.tensors.keys()].filter(
      (name) => !isBeside(name) && (own.has(name) || !streams.has(name)),
    );
    const found = match(file, own, names);
    if (strict) checkMatch(file, found, "the model");
    await readAll([found]);
    return found.report;
  } finally {
    await file.close();
  }
}

/** Makes the weights of a model that was not built, if the file says for what input. */
export function buildFor(file: SafetensorsFile, model: Layer): void {
  if (model.isBuilt) return;
  const header = readHeader(file);
  if (header?.input === null || header === null) return;
  try {
    outsideRecording(() =>
      whileLoading(valueBytes(file), true, () => model.buildLike(header.input)),
    );
  } catch (error) {
    throw fieldError(header.file, "input", error);
  }
}
