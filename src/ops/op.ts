/**
 * The one way in which ops run: by name, on tensors, with attributes. The native row of the op checks
 * them and infers the results (see `native/table/row.hpp`). Running an op computes it now, or appends
 * it to the plan being captured, and lets recording tapes take note.
 */

import { type StepError, native } from "../addon/native";
import {
  type ActiveCapture,
  type Attributes,
  type InferredStep,
  recorder,
} from "../tensor/recorder";
import { Tensor, type TensorType, wrap } from "../tensor/tensor";
import { Variable } from "../tensor/variable";
import type {
  GivenAttributes,
  Gradients,
  Op,
  OpName,
  OpRecord,
  OpResult,
  PlainOpName,
} from "./op-definition";
import { knownTypes, rememberTypes } from "./known-types";
import {
  FIRST_RESULT,
  attributeWords,
  attributesAt,
  checkTensors,
  dtypeAt,
  handleAt,
  isList,
  nextResult,
  shapeAt,
  wasResolved,
  writeStep,
  writeTypes,
} from "./step-words";

const NO_ATTRIBUTES: Attributes = {};

/** The native rows of ops, by name. */
const ROWS = new Map(native.ops.map((row, number) => [row.name, { row, number }]));

/** The ops that have their records, by name. */
const OPS = new Map<OpName, Op>();

/** The op of a number in the native table. */
export function opByNumber(number: number): Op {
  return opOf(native.ops[number].name as OpName);
}

/** The op of a name. */
export function opOf(name: OpName): Op {
  return OPS.get(name) as Op;
}

/** The text as V8 keeps names: look-ups by others, and comparisons with them, go through the letters. */
function interned<T extends string>(text: T): T {
  return Object.keys({ [text]: 0 })[0] as T;
}

/** Makes an op of its native row and what TypeScript adds to it. */
export function addRecord<N extends OpName>(name: N, record: OpRecord<N>): void {
  const found = ROWS.get(name);
  if (found === undefined) {
    throw new Error(
      `nabla's addon has no op ${name}: it was built from other sources than this package; build it anew`,
    );
  }
  const { row, number } = found;
  // Field by field: then all ops have one hidden class, and what every run reads of them is fast.
  OPS.set(name, {
    name,
    number,
    inputs: row.inputs,
    repeated: row.repeated,
    written: row.written,
    outputs: row.outputs,
    attributes: row.attributes.map(({ name, kind }) => ({
      name: interned(name),
      kind: interned(kind),
    })),
    takesLists: row.attributes.some(({ kind }) => isList(kind)),
    vjp: record.vjp,
  });
}

/**
 * What an op's rule makes of the gradients of its outputs (null for those that the target does not use):
 * the gradients of its inputs. The op must have a rule.
 */
export function gradientsOf(
  op: Op,
  dys: Gradients,
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  attributes: Attributes,
  needs: readonly boolean[],
): Gradients {
  const isSingle = op.outputs.length === 1;
  return (op.vjp as NonNullable<Op["vjp"]>)(
    (isSingle ? dys[0] : dys) as never,
    inputs,
    (isSingle ? outputs[0] : outputs) as never,
    attributes as never,
    needs,
  );
}

/** Runs an op. */
export function run<N extends PlainOpName>(name: N, inputs: readonly Tensor[]): OpResult<N>;
export function run<N extends OpName>(
  name: N,
  inputs: readonly Tensor[],
  attributes: GivenAttributes<N>,
): OpResult<N>;
export function run(
  name: OpName,
  inputs: readonly Tensor[],
  attributes: Attributes = NO_ATTRIBUTES,
): unknown {
  const outputs = runOp(opOf(name), inputs, attributes);
  if (outputs.length === 1) return outputs[0];
  return outputs.length === 0 ? undefined : outputs;
}

/** Likewise; all outputs in a list. */
export function runOp(op: Op, inputs: readonly Tensor[], attributes: Attributes): Tensor[] {
  const { written } = op;
  for (let i = 0; i < written.length; i++) checkVariable(op, inputs[written[i]]);
  const outputs =
    recorder.capture === null
      ? runNow(op, inputs, attributes)
      : capture(recorder.capture, op, inputs, attributes);
  for (let i = 0; i < written.length; i++) (inputs[written[i]] as Variable).version++;
  return outputs;
}

function checkVariable(op: Op, target: unknown): void {
  if (target instanceof Variable) return;
  const found = target instanceof Tensor ? target.describe() : typeof target;
  throw new TypeError(`${op.name}: expected a Variable to write to but received ${found}`);
}

function runNow(op: Op, inputs: readonly Tensor[], attributes: Attributes): Tensor[] {
  writeStep(op, inputs, attributes);
  try {
    native.runStep();
  } catch (error) {
    throw worded(error as StepError, inputs);
  }
  const outputs = new Array<Tensor>(op.outputs.length);
  let at = FIRST_RESULT;
  for (let i = 0; i < outputs.length; i++, at = nextResult(at)) {
    outputs[i] = wrap(handleAt(at), shapeAt(at), dtypeAt(at));
  }
  if (recorder.tapes.length > 0) {
    note(op, inputs, attributesOf(op, attributes, at), outputs);
  }
  return outputs;
}

/** Attributes as the rule left them, which stay as they are when the caller's lists change. */
function attributesOf(op: Op, attributes: Attributes, at: number): Attributes {
  if (wasResolved()) return attributesAt(op, native.words, at);
  if (!op.takesLists) return attributes;
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      Array.isArray(value) ? Object.freeze([...(value as readonly number[])]) : value,
    ]),
  );
}

function capture(
  active: ActiveCapture,
  op: Op,
  inputs: readonly Tensor[],
  attributes: Attributes,
): Tensor[] {
  const step = inferStep(op, inputs, attributes);
  const outputs = active.addStep(op, inputs, step);
  if (recorder.tapes.length > 0) note(op, inputs, step.attributes, outputs);
  return outputs;
}

function note(
  op: Op,
  inputs: readonly Tensor[],
  attributes: Attributes,
  outputs: readonly Tensor[],
): void {
  if (outputs.length === 0) return;
  const { tapes } = recorder;
  for (let i = 0; i < tapes.length; i++) tapes[i].note(op, inputs, attributes, outputs);
}

/** What the rule makes of the types of the inputs alone: sizes may be null, unknown. */
function inferStep(op: Op, inputs: readonly Tensor[], attributes: Attributes): InferredStep {
  checkTensors(op, inputs);
  const known = knownTypes(op, inputs, attributes);
  if (known !== undefined) return known;
  writeTypes(op, inputs, attributes);
  try {
    native.inferStep();
  } catch (error) {
    throw worded(error as StepError, inputs);
  }
  const results = new Array<TensorType>(op.outputs.length);
  let at = FIRST_RESULT;
  for (let i = 0; i < results.length; i++, at = nextResult(at)) {
    results[i] = { shape: shapeAt(at), dtype: dtypeAt(at) };
  }
  const resolved = { ...attributesOf(op, attributes, at) };
  const step = { results, attributes: resolved, attributeWords: attributeWords(op, resolved) };
  rememberTypes(op, inputs, attributes, step);
  return step;
}

/** The error of its class, which tells inputs by their names where they have one. */
function worded({ message, kind, worded }: StepError, inputs: readonly Tensor[]): Error {
  const text = (worded ?? message).replace(/\{(\d+)\}/g, (_, i: string) =>
    inputs[Number(i)].describe(),
  );
  if (kind === "TypeError") return new TypeError(text);
  return kind === "RangeError" ? new RangeError(text) : new Error(text);
}
