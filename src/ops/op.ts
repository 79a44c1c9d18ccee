/**
 * The one way in which ops run. An op is defined once: a name that `native/table/ops.def` knows, a rule
 * for the type of its result, a rule for its gradient. Executing one either runs it now or appends
 * it to the plan being captured, and lets recording tapes take note.
 */

import { type DType, codeOf } from "../tensor/dtype";
import { native } from "../addon/native";
import type { Op, OpDefinition, OpFunction } from "./op-definition";
import { recorder } from "../tensor/recorder";
import { type Shape, Tensor, wrap } from "../tensor/tensor";
import { Variable } from "../tensor/variable";

const NO_ATTRS: readonly number[] = [];
const numbers = new Map(native.ops.map((op, number) => [op.name, number]));
const defined = new Set<string>();

function numberOf(name: string): number {
  const number = numbers.get(name);
  if (number === undefined) throw new Error(`op ${name} has no row in native/table/ops.def`);
  if (defined.has(name)) throw new Error(`op ${name} is defined twice`);
  defined.add(name);
  return number;
}

/** Names of the native ops that have no definition on this side; a test keeps it empty. */
export function undefinedOps(): string[] {
  return native.ops.map((op) => op.name).filter((name) => !defined.has(name));
}

/** Makes the function of an op that computes a result. */
export function defineOp(name: string, definition: OpDefinition): OpFunction {
  const run: OpFunction = (inputs, attrs = NO_ATTRS, wanted) => {
    const { shape, dtype } = op.infer(inputs, attrs, wanted);
    const output =
      recorder.capture === null
        ? runNow(op.number, inputs, attrs, shape, dtype)
        : recorder.capture.addStep(op.number, inputs, attrs, shape, dtype);
    const { tapes } = recorder;
    for (let i = 0; i < tapes.length; i++) tapes[i].note(op, inputs, attrs, output);
    return output;
  };
  const { infer, vjp } = definition;
  const op: Op = { name, number: numberOf(name), infer, vjp, run };
  return run;
}

/** Makes the function of an op that writes its first inputs, which must be Variables. */
export function defineUpdate(
  name: string,
  check: (inputs: readonly Tensor[]) => void,
): (inputs: readonly Tensor[], attrs?: readonly number[]) => void {
  const number = numberOf(name);
  const { writes } = native.ops[number];
  return (inputs, attrs = NO_ATTRS) => {
    for (let i = 0; i < writes; i++) checkVariable(name, inputs[i]);
    check(inputs);
    if (recorder.capture !== null) recorder.capture.addUpdate(number, inputs, attrs, writes);
    else runUpdateNow(number, inputs, attrs);
    for (let i = 0; i < writes; i++) (inputs[i] as Variable).version++;
  };
}

function checkVariable(name: string, target: unknown): void {
  if (target instanceof Variable) return;
  const found = target instanceof Tensor ? target.describe() : typeof target;
  throw new TypeError(`${name}: expected a Variable to write to but received ${found}`);
}

const { words } = native;

/** Writes op, counts, handles and attributes to `words`; returns where the next word goes. */
function describeStep(
  op: number,
  inputs: readonly Tensor[],
  attrs: readonly number[],
  outputs: number,
): number {
  let next = 4;
  for (let i = 0; i < inputs.length; i++) words[next++] = inputs[i].liveHandle();
  for (let i = 0; i < attrs.length; i++) words[next++] = attrs[i];
  words[0] = op;
  words[1] = inputs.length;
  words[2] = outputs;
  words[3] = attrs.length;
  return next;
}

function runNow(
  op: number,
  inputs: readonly Tensor[],
  attrs: readonly number[],
  shape: Shape,
  dtype: DType,
): Tensor {
  let next = describeStep(op, inputs, attrs, 1);
  words[next++] = codeOf(dtype);
  words[next++] = shape.length;
  for (let axis = 0; axis < shape.length; axis++) words[next++] = shape[axis];
  return wrap(native.runStep(), shape, dtype);
}

function runUpdateNow(op: number, inputs: readonly Tensor[], attrs: readonly number[]): void {
  describeStep(op, inputs, attrs, 0);
  native.runStep();
}
