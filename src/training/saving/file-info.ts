/** What a file of a model or of tensors holds, told without reading the tensors: `nabla info`. */

import type { FileSource } from "../../formats/byte-source";
import type { TensorEntry } from "../../formats/safetensors";
import { openFor } from "../../formats/safetensors/read";
import { isPlainObject } from "../../tensor/nest";
import { sizeOf } from "../../tensor/tensor";
import { FORMAT_VERSION, OWN_FIELDS, readHeader } from "./model-header";
import { CALLBACK, OPTIMIZER, isBeside, METRIC } from "./named-state";

export interface FileInfo {
  readonly file: string;
  /** Of the file, or of all files of a set. */
  readonly bytes: number;
  /** The version of nabla's format; null for other safetensors files. */
  readonly formatVersion: number | null;
  /** The model's class; null for other safetensors files. */
  readonly class: string | null;
  /** The configuration of the model, as JSON. */
  readonly model: unknown;
  /** The configuration of `compile`, as JSON. */
  readonly compile: unknown;
  /** Where training stands, as JSON; null but for checkpoints. */
  readonly training: unknown;
  /** Elements of the model's tensors of floats. */
  readonly parameters: number;
  /** Number of the model's tensors by element type. */
  readonly dtypes: Readonly<Record<string, number>>;
  readonly tensors: readonly TensorInfo[];
  /** Texts by name, but for those above. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface TensorInfo {
  readonly name: string;
  /** As the file has it: "F32". */
  readonly type: string;
  readonly shape: readonly number[];
  readonly bytes: number;
}

/** @param source a path, a `file:` URL, or the file's bytes */
export async function fileInfo(source: FileSource): Promise<FileInfo> {
  const file = await openFor(source, "nabla info");
  try {
    const header = readHeader(file);
    const entries = [...file.tensors.values()];
    const others = [...file.metadata].filter(
      ([name]) => header === null || !OWN_FIELDS.includes(name),
    );
    return {
      file: file.name,
      bytes: file.bytes,
      formatVersion: header === null ? null : FORMAT_VERSION,
      class: header?.class ?? null,
      model: header?.model ?? null,
      compile: header?.compile ?? null,
      training: header?.training ?? null,
      ...countsOf(entries.filter(({ name }) => !isBeside(name))),
      tensors: entries.map(({ name, type, shape, bytes }) => ({ name, type, shape, bytes })),
      metadata: Object.fromEntries(others),
    };
  } finally {
    await file.close();
  }
}

function countsOf(entries: readonly TensorEntry[]): Pick<FileInfo, "parameters" | "dtypes"> {
  const dtypes: Record<string, number> = {};
  let parameters = 0;
  for (const { type, shape } of entries) {
    dtypes[type] = (dtypes[type] ?? 0) + 1;
    if (type.includes("F")) parameters += sizeOf(shape);
  }
  return { parameters, dtypes };
}

/** The same for people. */
export function infoText(info: FileInfo): string {
  const { tensors, training, metadata } = info;
  const own = tensors.filter(({ name }) => !isBeside(name));
  const types = Object.entries(info.dtypes).map(([type, count]) => `${count} ${type}`);
  return [
    `${info.file}: ${info.class === null ? "tensors" : `a model of nabla's, ${info.class}`}`,
    `${sizeText(info.bytes)}, ${info.parameters} parameters, ${types.join(", ") || "no tensors"}`,
    ...(info.model === null ? [] : ["", ...architecture(info.model, "")]),
    ...(info.compile === null ? [] : ["", `compiled: ${compileText(info.compile)}`]),
    ...(isPlainObject(training) ? ["", trainingText(training)] : []),
    "",
    ...own.map(({ name, type, shape }) => `${name}  ${type}[${shape.join(", ")}]`),
    ...[OPTIMIZER, METRIC, CALLBACK].flatMap((prefix) => besideText(tensors, prefix)),
    ...Object.entries(metadata).map(([name, text]) => `${name}: ${text}`),
  ]
    .map(printable)
    .join("\n");
}

/** Without what would steer a terminal. */
function printable(line: string): string {
  return line.replace(/\p{Cc}/gu, "?");
}

function sizeText(bytes: number): string {
  if (bytes < 1e3) return `${bytes} bytes`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Each layer on a line, those within it further in. */
function architecture(described: unknown, indent: string): string[] {
  if (!isPlainObject(described) || !isPlainObject(described.config)) return [];
  const { class: name, config } = described;
  const { graph, layers } = config;
  const inner = isPlainObject(graph) ? graph.layers : layers;
  const below = Array.isArray(inner) ? inner : [];
  const units = typeof config.units === "number" ? `(${config.units})` : "";
  return [
    `${indent}${String(name)}${units}  ${String(config.name)}`,
    ...below.flatMap((layer) => architecture(layer, `${indent}  `)),
  ];
}

function compileText(compile: unknown): string {
  if (!isPlainObject(compile)) return "unknown";
  const { optimizer, loss, metrics } = compile;
  const names = Array.isArray(metrics) ? metrics.map(classText) : [];
  return [classText(optimizer), classText(loss), ...names].join(", ");
}

function classText(value: unknown): string {
  if (!isPlainObject(value)) return String(value);
  return String(value.class ?? value.function);
}

function trainingText({ epoch, isWithinEpoch, train }: Record<string, unknown>): string {
  const batches = isPlainObject(train) ? Number(train.batches) : 0;
  const number = Number(epoch) + 1;
  return isWithinEpoch === true
    ? `training stands in epoch ${number}, of which ${batches} batches are done`
    : `training stands before epoch ${number}`;
}

function besideText(tensors: readonly TensorInfo[], prefix: string): string[] {
  const found = tensors.filter(({ name }) => name.startsWith(prefix));
  const bytes = found.reduce((total, each) => total + each.bytes, 0);
  return found.length === 0 ? [] : [`${prefix} ${found.length} tensors, ${sizeText(bytes)}`];
}
