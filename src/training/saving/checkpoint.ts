/** Checkpoints: files of models that say where training stood. */

import type { FileSource } from "../../formats/byte-source";
import { FormatError } from "../../formats/format-error";
import type { SafetensorsFile } from "../../formats/safetensors";
import { openFor } from "../../formats/safetensors/read";
import type { Layer } from "../../nn/layer";
import { deserialize, serialize } from "../../nn/serialization";
import type { TypedArray } from "../../tensor/dtype";
import { isPlainObject } from "../../tensor/nest";
import { outsideRecording } from "../../tensor/recorder";
import { type Tensor, tensor } from "../../tensor/tensor";
import { describeValue } from "../../tensor/values";
import type { CallbackState } from "../callbacks";
import type { Compiled } from "../compiled";
import type { FitStanding, SavedCallback } from "../standing";
import { fieldError, readHeader } from "./model-header";
import { CALLBACK } from "./named-state";
import { buildFor, matchModel } from "./read-model";
import { matchOptimizer, readAll } from "./read-state";
import { contentOf, write } from "./write-model";

const METHOD = "saveCheckpoint";

/**
 * @param standing where training stands; undefined where there was none
 * @param isCopied whether it is a copy that is written, so that training can go on meanwhile
 */
export async function saveCheckpoint(
  file: string | URL,
  model: Layer,
  compiled: Compiled | undefined,
  standing: FitStanding | undefined,
  isCopied: boolean,
): Promise<void> {
  const content = contentOf(METHOD, model, compiled);
  if (standing === undefined) return write(METHOD, file, content, isCopied);
  const arrays = new Map<string, Tensor>();
  try {
    const training = JSON.stringify(serialize(encode(standing, arrays)));
    const tensors = new Map([...content.tensors, ...arrays]);
    const metadata = { ...content.metadata, training };
    await write(METHOD, file, { tensors, metadata }, isCopied);
  } finally {
    for (const made of arrays.values()) made.dispose();
  }
}

/** As values that a configuration can hold; the arrays of callbacks are put among `arrays`. */
function encode(standing: FitStanding, arrays: Map<string, Tensor>): unknown {
  const { logs, history, callbacks } = standing;
  return {
    ...standing,
    logs: logs === null ? null : Object.entries(logs),
    history: { epoch: history.epoch, history: Object.entries(history.history) },
    callbacks: callbacks.map(({ class: name, state }, i) => ({
      class: name,
      state: Object.entries(state).map(([key, value]) => {
        if (typeof value === "number") return [key, value];
        checkArray(value, name, key);
        const stored = `${CALLBACK}${i}/${key}`;
        arrays.set(
          stored,
          outsideRecording(() => tensor(value)),
        );
        return [key, { tensor: stored }];
      }),
    })),
  };
}

function checkArray(value: unknown, callback: string, key: string): void {
  if (ArrayBuffer.isView(value)) return;
  throw new TypeError(
    `${METHOD}: expected numbers and typed arrays from state() of the callback ${callback} but received ` +
      `${describeValue(value)} for ${key}`,
  );
}

/**
 * Reads weights, random streams and the state of the optimizer that is in force. Everything is checked
 * before anything changes.
 * @param check throws if training cannot go on from there
 * @returns where training stood; undefined for a file that `save` wrote
 */
export async function readCheckpoint(
  source: FileSource,
  model: Layer,
  compiled: Compiled,
  check: (standing: FitStanding) => void,
): Promise<FitStanding | undefined> {
  const file = await openFor(source, "fit");
  try {
    const header = readHeader(file);
    if (header === null) {
      throw new FormatError(file.name, "expected a model or checkpoint that nabla wrote");
    }
    const standing = await decode(header.training, file);
    if (standing !== undefined) check(standing);
    buildFor(file, model);
    await readAll([matchModel(file, model), matchOptimizer(file, model, compiled.optimizer)]);
    return standing;
  } finally {
    await file.close();
  }
}

type Entries = [string, unknown][];

async function decode(training: unknown, file: SafetensorsFile): Promise<FitStanding | undefined> {
  if (training === undefined) return undefined;
  try {
    const saved = deserialize(training);
    if (!isPlainObject(saved)) throw new TypeError("expected an object");
    const { epoch, logs, history, train } = saved;
    if (!Number.isSafeInteger(epoch) || !isPlainObject(history) || !isPlainObject(train)) {
      throw new TypeError("expected epoch, history and train");
    }
    return {
      ...(saved as unknown as FitStanding),
      logs: logs === null ? null : (Object.fromEntries(logs as Entries) as FitStanding["logs"]),
      history: {
        epoch: history.epoch as number[],
        history: Object.fromEntries(history.history as Entries) as Record<string, number[]>,
      },
      callbacks: await readCallbacks(saved.callbacks as SavedEntries[], file),
    };
  } catch (error) {
    throw fieldError(file.name, "training", error);
  }
}

interface SavedEntries {
  readonly class: string;
  readonly state: [string, number | { tensor: string }][];
}

async function readCallbacks(
  saved: readonly SavedEntries[],
  file: SafetensorsFile,
): Promise<SavedCallback[]> {
  const callbacks: SavedCallback[] = [];
  for (const { class: name, state } of saved) {
    const found: CallbackState = {};
    for (const [key, value] of state) {
      found[key] = typeof value === "number" ? value : await valuesOf(file, value.tensor);
    }
    callbacks.push({ class: name, state: found });
  }
  return callbacks;
}

async function valuesOf(file: SafetensorsFile, name: string): Promise<TypedArray> {
  const entry = file.tensors.get(name);
  if (entry === undefined) throw new Error(`expected the tensor ${name}`);
  const read = await entry.read();
  const values = read.data();
  read.dispose();
  return values;
}
