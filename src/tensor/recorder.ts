/** What is being captured or taped at this moment. */

import type { DType } from "./dtype";
import { outsideScopes } from "./scope";
import type { Tensor, TensorType } from "./tensor";

/** A value that a captured function read and that must still hold when its plan is replayed. */
export interface Guard {
  readonly owner: object;
  readonly key: string;
  readonly value: unknown;
  /** Reads the value of this moment. */
  readonly read: () => unknown;
}

/** A value of an attribute of an op, by its kind; see `ops/op-definition.ts`. */
export type AttributeValue = number | boolean | string | readonly (number | null)[] | undefined;

/** Attributes of an op by name: numbers, flags, axes, shapes, dtypes. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** What a capture and a tape need to know of an op. */
export interface RecordedOp {
  readonly name: string;
  /** Its number in the native table. */
  readonly number: number;
  /** Numbers of the inputs that it writes in place. */
  readonly written: readonly number[];
}

/** What the rule of an op made of a step; none of it changes any more. */
export interface InferredStep {
  readonly results: readonly TensorType[];
  readonly attributes: Attributes;
  /** The attributes as the addon takes them. */
  readonly attributeWords: readonly number[];
}

/** A capture in progress; see `capture.ts`. */
export interface ActiveCapture {
  /** Appends a step whose results were inferred; returns tensors that stand for them. */
  addStep(op: RecordedOp, inputs: readonly Tensor[], step: InferredStep): Tensor[];
  /** The one tensor of a number that ops read; not every capture keeps them. */
  numberTensor?(value: number, dtype: DType): Tensor;
  addGuard(guard: Guard): void;
  /** Takes note of an object whose fields, and what they hold, decide what is captured. */
  addOwner(owner: object): void;
}

/** A tape that takes note of what is computed; see `tape.ts`. */
export interface RecordingTape {
  note(
    op: RecordedOp,
    inputs: readonly Tensor[],
    attributes: Attributes,
    outputs: readonly Tensor[],
  ): void;
  /** Takes note of a layer that would have done more in training. */
  noteInference(use: InferenceUse): void;
}

/** A layer such as Dropout that ran in inference mode, and the outermost module around it. */
export interface InferenceUse {
  readonly layer: RunningModule;
  readonly root: RunningModule;
}

/** Gradients by tapes that took note of a layer in inference mode, and the first such layer. */
export const inferenceGradients = new WeakMap<Tensor, InferenceUse>();

/** A module whose `forward` is running; see `module.ts`. */
export interface RunningModule {
  /** The path of fields that leads to a module below, or the name of the class for itself. */
  pathOf(module: RunningModule): string;
}

/** The one mutable state of recording. A thread has its own. */
export const recorder: {
  capture: ActiveCapture | null;
  tapes: RecordingTape[];
  /** Outermost first. */
  readonly modules: RunningModule[];
  /** The method of a model that captures its step; null where the caller's own `jit` does. */
  reader: string | null;
} = {
  capture: null,
  tapes: [],
  modules: [],
  reader: null,
};

/** Advances whenever a guarded value is set: plans whose guards were checked since need no check. */
let guardEpoch = 0;

export function currentGuardEpoch(): number {
  return guardEpoch;
}

/** To be called by the setter of a value that captured functions may read. */
export function guardedValueChanged(): void {
  guardEpoch++;
}

/** Remembers, while capturing, that the plan depends on `owner[key]` being `value`. */
export function guardRead<T>(owner: object, key: string, value: T, read: () => T): T {
  if (recorder.capture !== null) recorder.capture.addGuard({ owner, key, value, read });
  return value;
}

/**
 * Runs `fn` eagerly, unrecorded and outside every scope: for what must exist before a capture can
 * refer to it, such as the weights of a layer that is built at its first call.
 */
export function outsideRecording<T>(fn: () => T): T {
  const { capture, tapes } = recorder;
  recorder.capture = null;
  recorder.tapes = [];
  try {
    return outsideScopes(fn);
  } finally {
    recorder.capture = capture;
    recorder.tapes = tapes;
  }
}
