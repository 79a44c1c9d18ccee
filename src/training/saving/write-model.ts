/** Writes models to files. */

import { warn } from "../../addon/warn";
import { tensorsBytes, writeTensors } from "../../formats/safetensors/write";
import type { Layer } from "../../nn/layer";
import { serialize } from "../../nn/serialization";
import { checkFlag, checkOptions } from "../../tensor/options";
import type { Compiled } from "../compiled";
import { FORMAT, FORMAT_VERSION, OWN_FIELDS } from "./model-header";
import { withCopies } from "./copies";
import { type Named, optimizerState, stateOf, weightsOf } from "./named-state";

/** Options of `save` and `toBytes`. */
export interface SaveOptions {
  /**
   * Whether the configuration of `compile`, the optimizer's state and the random streams are kept, so
   * that training can go on; true.
   */
  includeOptimizer?: boolean;
  /** Texts of one's own by name, which `openSafetensors(path)` gives back as `metadata`; none. */
  metadata?: Readonly<Record<string, string>>;
}

/** Tensors and texts of a file. */
export interface Content {
  readonly tensors: Named;
  readonly metadata: Record<string, string>;
}

/** @param isCopied whether it is a copy that is written, so that training can go on meanwhile */
export function saveModel(
  file: string | URL,
  model: Layer,
  compiled: Compiled | undefined,
  options: SaveOptions,
  isCopied: boolean,
): Promise<void> {
  return write("save", file, contentOf("save", model, compiled, options), isCopied);
}

/** Writes a content; copies, if they are wanted, are made before this returns. */
export function write(
  method: string,
  file: string | URL,
  { tensors, metadata }: Content,
  isCopied: boolean,
): Promise<void> {
  const run = (own: Named): Promise<void> => writeTensors(method, file, own, { metadata });
  return isCopied ? withCopies(tensors, run) : run(tensors);
}

export function modelBytes(
  model: Layer,
  compiled: Compiled | undefined,
  options: SaveOptions,
): Uint8Array {
  const { tensors, metadata } = contentOf("toBytes", model, compiled, options);
  return tensorsBytes("toBytes", tensors, { metadata });
}

export function saveWeights(file: string | URL, model: Layer, isCopied: boolean): Promise<void> {
  const content = { tensors: weightsOf(model), metadata: ownMetadata(model) };
  return write("saveWeights", file, content, isCopied);
}

/** What stands in the file of a model. */
export function contentOf(
  method: string,
  model: Layer,
  compiled: Compiled | undefined,
  options: SaveOptions = {},
): Content {
  checkOptions(options, ["includeOptimizer", "metadata"], method);
  const { includeOptimizer = true, metadata: given = {} } = options;
  for (const name of OWN_FIELDS) {
    if (!Object.hasOwn(given, name)) continue;
    throw new RangeError(
      `${method}: expected other names in metadata than ${OWN_FIELDS.join(", ")} but received ${name}`,
    );
  }
  checkFlag(includeOptimizer, method, "includeOptimizer");
  const metadata = {
    ...given,
    ...ownMetadata(model),
    ...field(model, method, "model", () => model),
  };
  if (!includeOptimizer) return { tensors: weightsOf(model), metadata };
  const tensors: Named = stateOf(model);
  if (compiled === undefined) return { tensors, metadata };
  for (const [name, variable] of optimizerState(model, compiled.optimizer)) {
    tensors.set(name, variable);
  }
  const compile = field(model, method, "compile", () => compiled.description);
  return { tensors, metadata: { ...metadata, ...compile } };
}

function ownMetadata(model: Layer): Record<string, string> {
  return {
    format: FORMAT,
    format_version: String(FORMAT_VERSION),
    class: model.constructor.name,
    input: JSON.stringify(model.inputType),
  };
}

const CONSEQUENCES = {
  model: "The file holds the weights alone, for loadWeights of a model that is made by its program",
  compile: "The file does not tell how the model is compiled, and loadModel will not compile it",
};

/** Models that were warned of a field. */
const warned = { model: new WeakSet<object>(), compile: new WeakSet<object>() };

/** A configuration as the text of a field; none, with one warning, if something in it has no name. */
function field(
  model: object,
  method: string,
  name: keyof typeof CONSEQUENCES,
  value: () => unknown,
): Record<string, string> {
  try {
    return { [name]: JSON.stringify(serialize(value())) };
  } catch (error) {
    if (!warned[name].has(model)) {
      warned[name].add(model);
      const code = name === "model" ? "NABLA_UNSAVED_MODEL" : "NABLA_UNSAVED_COMPILE";
      warn(code, `${method}: ${(error as Error).message}. ${CONSEQUENCES[name]}`);
    }
    return {};
  }
}
