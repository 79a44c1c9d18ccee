/** Steps as numbers: how they reach the addon, and how it answers. See `native/binding/addon.cpp`. */

import { type AttributeKind, native } from "../addon/native";
import { type DType, DTYPES, codeOf, isDType, notDType } from "../tensor/dtype";
import type { AttributeValue, Attributes } from "../tensor/recorder";
import { type Shape, UNKNOWN, shapeFrom } from "../tensor/shapes";
import { Tensor, type TensorType, noTensor } from "../tensor/tensor";
import { MAX_RANK, describeValue } from "../tensor/values";
import type { Op } from "./op-definition";

const { words } = native;

/** Instead of a number of values: the caller said nothing. */
const NOT_GIVEN = -1;

/** Writes an eager step to `words`. */
export function writeStep(op: Op, inputs: readonly Tensor[], attributes: Attributes): void {
  words[0] = op.number;
  words[1] = inputs.length;
  let at = 2;
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i];
    if (!(input instanceof Tensor)) throw noTensor(input, op.name, inputName(op, i));
    words[at++] = input.liveHandle();
  }
  if (op.attributes.length > 0) writeAttributes(op, attributes, words, at);
}

/** Writes a step whose types alone are asked for. */
export function writeTypes(op: Op, inputs: readonly Tensor[], attributes: Attributes): void {
  words[0] = op.number;
  words[1] = inputs.length;
  let at = 2;
  for (let i = 0; i < inputs.length; i++) at = writeType(inputs[i], words, at);
  writeAttributes(op, attributes, words, at);
}

export function checkTensors(op: Op, inputs: readonly unknown[]): void {
  for (let i = 0; i < inputs.length; i++) {
    if (!(inputs[i] instanceof Tensor)) throw noTensor(inputs[i], op.name, inputName(op, i));
  }
}

function inputName({ inputs, repeated }: Op, input: number): string {
  const first = inputs.length - repeated;
  const isRepeated = repeated > 0 && input >= first;
  return inputs[isRepeated ? first + ((input - first) % repeated) : input];
}

/** Writes a type from position `at` on; returns the next position. */
export function writeType({ dtype, shape }: TensorType, target: Float64Array, at: number): number {
  target[at++] = codeOf(dtype);
  target[at++] = shape.length;
  for (let axis = 0; axis < shape.length; axis++) target[at++] = shape[axis] ?? UNKNOWN;
  return at;
}

/** Writes attributes in the order of the row; returns the next position. */
function writeAttributes(op: Op, attributes: Attributes, target: Float64Array, at: number): number {
  const rows = op.attributes;
  for (let i = 0; i < rows.length; i++) {
    const { name, kind } = rows[i];
    const value = attributes[name];
    if (isList(kind)) at = writeList(op, name, kind, value, target, at);
    else {
      target[at++] = 1;
      target[at++] = numberOf(op, name, kind, value);
    }
  }
  return at;
}

/** Kinds of attributes with any number of values. */
type ListKind = "axes" | "shape";

export function isList(kind: AttributeKind): kind is ListKind {
  return kind === "axes" || kind === "shape";
}

/** The words of attributes alone. */
export function attributeWords(op: Op, attributes: Attributes): readonly number[] {
  if (op.attributes.length === 0) return NO_WORDS;
  const result = new Array<number>(writeAttributes(op, attributes, words, 0));
  for (let i = 0; i < result.length; i++) result[i] = words[i];
  return result;
}

const NO_WORDS: readonly number[] = [];

function numberOf(op: Op, name: string, kind: string, value: AttributeValue): number {
  switch (kind) {
    case "flag":
      return value ? 1 : 0;
    case "dtype":
      if (!isDType(value)) throw notDType(value, `${name} of ${op.name}`);
      return codeOf(value);
    case "axis":
      if (Number.isInteger(value)) return value as number;
      throw notOf("an integer", op, name, value);
    default:
      if (typeof value === "number") return value;
      throw notOf("a number", op, name, value);
  }
}

function notOf(expected: string, op: Op, name: string, value: unknown): Error {
  return new TypeError(
    `${op.name}: expected ${expected} for ${name} but received ${describeValue(value)}`,
  );
}

function writeList(
  op: Op,
  name: string,
  kind: ListKind,
  value: AttributeValue,
  target: Float64Array,
  at: number,
): number {
  if (kind === "axes" && (value === undefined || value === null)) {
    target[at++] = NOT_GIVEN;
    return at;
  }
  if (!Array.isArray(value)) {
    throw new TypeError(`expected an array for ${name} but received ${typeof value}`);
  }
  const list = value as readonly (number | null)[];
  if (list.length > MAX_RANK) {
    throw new RangeError(
      `expected a rank of at most ${MAX_RANK} for ${name} but received ${list.length}`,
    );
  }
  target[at++] = list.length;
  for (let i = 0; i < list.length; i++) {
    const number = list[i] ?? (kind === "shape" && list[i] === null ? UNKNOWN : NaN);
    if (!Number.isInteger(number)) throw notIntegers(op, name, kind, list);
    target[at++] = number;
  }
  return at;
}

function notIntegers(
  op: Op,
  name: string,
  kind: ListKind,
  list: readonly (number | null)[],
): Error {
  if (kind === "axes") {
    const odd = list.find((item) => !Number.isInteger(item));
    return notOf("an integer", op, name, odd);
  }
  return new RangeError(
    `expected non-negative integers for ${name} but received [${list.map(String).join(", ")}]`,
  );
}

// ---- results

/** True if the rule replaced attributes by what they come to. */
export function wasResolved(): boolean {
  return words[0] !== 0;
}

/** Where the results stand in `words`; one takes a handle, a dtype, a rank and as many sizes. */
export const FIRST_RESULT = 1;

// Small integers from here on: V8 would keep what it reads of `words` as objects otherwise.

export function handleAt(at: number): number {
  return words[at] | 0;
}

export function nextResult(at: number): number {
  return at + 3 + (words[at + 2] | 0);
}

export function dtypeAt(at: number): DType {
  return dtypeOf(words[at + 1] | 0);
}

/** The dtype of a number. */
export function dtypeOf(code: number): DType {
  return DTYPES[code];
}

/** The shape of a result, shared with others of the same. */
export function shapeAt(at: number): Shape {
  return shapeFrom(words, at + 3, words[at + 2] | 0);
}

/** Attributes that stand in words, such as those which the rule resolved, behind the results. */
export function attributesAt(op: Op, from: Float64Array, at: number): Attributes {
  const attributes: Record<string, AttributeValue> = {};
  for (const { name, kind } of op.attributes) {
    const count = from[at++];
    if (count === NOT_GIVEN) continue;
    attributes[name] = isList(kind) ? listAt(kind, from, at, count) : valueOf(kind, from[at]);
    at += count;
  }
  return attributes;
}

/** The position behind attributes. */
export function skipAttributes(op: Op, from: Float64Array, at: number): number {
  for (let i = 0; i < op.attributes.length; i++) at += 1 + Math.max(from[at], 0);
  return at;
}

function listAt(kind: ListKind, from: Float64Array, at: number, count: number): (number | null)[] {
  const values = new Array<number | null>(count);
  for (let i = 0; i < count; i++) {
    const value = from[at + i];
    values[i] = kind === "shape" && value === UNKNOWN ? null : value;
  }
  return values;
}

function valueOf(kind: AttributeKind, value: number): AttributeValue {
  if (kind === "flag") return value !== 0;
  return kind === "dtype" ? DTYPES[value] : value;
}
