/** Types that ops' rules have inferred of late: captures repeat a few steps over and over. */

import type { DType } from "../tensor/dtype";
import type { AttributeValue, Attributes, InferredStep } from "../tensor/recorder";
import { type Shape, type Tensor, sameShape } from "../tensor/tensor";
import type { Op } from "./op-definition";

/** All that a rule looks at, as copies, and what it made of it. */
interface Known {
  readonly op: Op;
  readonly shapes: readonly Shape[];
  readonly dtypes: readonly DType[];
  readonly given: readonly AttributeValue[];
  readonly inferred: InferredStep;
}

/** By a number of 9 bits, made of the op, its inputs' sizes and its flags. */
const table = new Array<Known | undefined>(512).fill(undefined);

const { imul } = Math;

export function knownTypes(
  op: Op,
  inputs: readonly Tensor[],
  attributes: Attributes,
): InferredStep | undefined {
  const known = table[placeOf(op, inputs, attributes)];
  if (known?.op !== op || known.shapes.length !== inputs.length) return undefined;
  for (let i = 0; i < inputs.length; i++) {
    const { dtype, shape } = inputs[i];
    if (dtype !== known.dtypes[i] || !sameShape(shape, known.shapes[i])) return undefined;
  }
  for (let i = 0; i < op.attributes.length; i++) {
    if (!isSame(attributes[op.attributes[i].name], known.given[i])) return undefined;
  }
  return known.inferred;
}

export function rememberTypes(
  op: Op,
  inputs: readonly Tensor[],
  attributes: Attributes,
  inferred: InferredStep,
): void {
  table[placeOf(op, inputs, attributes)] = {
    op,
    shapes: inputs.map(({ shape }) => shape),
    dtypes: inputs.map(({ dtype }) => dtype),
    given: op.attributes.map(({ name }) => copyOf(attributes[name])),
    inferred,
  };
}

function placeOf(op: Op, inputs: readonly Tensor[], attributes: Attributes): number {
  let place = op.number;
  for (let i = 0; i < inputs.length; i++) {
    const { shape } = inputs[i];
    for (let axis = 0; axis < shape.length; axis++) place = mixed(place + shape[axis]);
    place++; // [2], [3] is not [2, 3]
  }
  for (let i = 0; i < op.attributes.length; i++) {
    if (attributes[op.attributes[i].name] === true) place = mixed(place + i);
  }
  return mixed(place) >>> 23;
}

function mixed(word: number): number {
  const product = imul(word, 0x9e3779b1);
  return product ^ (product >>> 15);
}

function copyOf(value: AttributeValue): AttributeValue {
  return Array.isArray(value) ? [...(value as readonly (number | null)[])] : value;
}

function isSame(a: AttributeValue, b: AttributeValue): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return Object.is(a, b);
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}
