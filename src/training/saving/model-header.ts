/**
 * What a model's file says beside its tensors: texts in the metadata of a safetensors file.
 *
 *   format          "nabla"
 *   format_version  "1"
 *   class           the model's class
 *   input           JSON: the type of the input for which the model was built, or null
 *   model           JSON: the configuration, as `serialize` gives it; absent if the class has no name
 *   compile         JSON: the configuration of `compile`, likewise
 *   training        JSON: where training stood; in checkpoints
 *
 * Nothing in it is executed: names stand for what is registered, or was given to `loadModel`.
 */

import { FormatError } from "../../formats/format-error";
import type { SafetensorsFile } from "../../formats/safetensors";

export const FORMAT = "nabla";
export const FORMAT_VERSION = 1;

export const OWN_FIELDS: readonly string[] = [
  ...["format", "format_version", "class", "input", "model", "compile", "training"],
];

export interface ModelHeader {
  /** Names the file in errors. */
  readonly file: string;
  readonly class: string;
  readonly input: unknown;
  readonly model: unknown;
  readonly compile: unknown;
  readonly training: unknown;
}

/** The header of a file that nabla wrote; null for other safetensors files. */
export function readHeader(file: SafetensorsFile): ModelHeader | null {
  const { metadata, name } = file;
  if (metadata.get("format") !== FORMAT) return null;
  const version = metadata.get("format_version");
  if (version !== String(FORMAT_VERSION)) {
    throw new FormatError(
      name,
      `expected format_version ${FORMAT_VERSION} in the metadata but found ${version ?? "none"}; a newer ` +
        "nabla may read it",
    );
  }
  const json = (field: string): unknown => parse(metadata.get(field), field, name);
  return {
    file: name,
    class: metadata.get("class") ?? "Model",
    input: json("input") ?? null,
    model: json("model"),
    compile: json("compile"),
    training: json("training"),
  };
}

function parse(text: string | undefined, field: string, file: string): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw fieldError(file, field, error);
  }
}

/** What is wrong with a field of the metadata. */
export function fieldError(file: string, field: string, error: unknown, hint = ""): FormatError {
  const { message = String(error) } = (error ?? {}) as Partial<Error>;
  return Object.assign(new FormatError(file, `${field} in the metadata: ${message}${hint}`), {
    cause: error,
  });
}
