/** Two captures of one function: whether they are the same computation. */

import { Tensor, describeType, sameShape } from "../tensor/tensor";
import type { AttributeValue, Attributes } from "../tensor/recorder";
import type { Graph, GraphNode, GraphValue } from "./graph";

/** The first difference between two graphs, in words; null if they compute the same of the same. */
export function differenceOf(before: Graph, now: Graph): string | null {
  const steps = Math.min(before.nodes.length, now.nodes.length);
  for (let i = 0; i < steps; i++) {
    const [old, node] = [before.nodes[i], now.nodes[i]];
    const where = `step ${i + 1} of the computation, ${old.op},`;
    if (old.op !== node.op) return `${where} becomes ${node.op}`;
    const attribute = changedAttribute(old.attributes, node.attributes);
    if (attribute !== null) return `${where} has another ${attribute}`;
    const [inputs, others] = [inputsOf(old), inputsOf(node)];
    if (inputs.length !== others.length) return `${where} has another number of inputs`;
    const changed = inputs.findIndex((_, k) => !sameNumber(before, now, inputs[k], others[k]));
    if (changed >= 0) {
      return `${where} ${describeInputs(before.values[inputs[changed]], now.values[others[changed]])}`;
    }
  }
  if (before.nodes.length !== now.nodes.length) {
    return `it takes ${before.nodes.length} steps, then ${now.nodes.length}`;
  }
  const sameOutputs =
    before.outputs.length === now.outputs.length &&
    before.outputs.every((number, i) => sameNumber(before, now, number, now.outputs[i]));
  return sameOutputs ? null : "it returns other values";
}

/** Numbers of the values that a step reads, that of its predicate included. */
function inputsOf({ inputs, predicate }: GraphNode): readonly number[] {
  return predicate === null ? inputs : [...inputs, predicate];
}

/** Whether a value's number in one graph and that in the other stand for the same. */
function sameNumber(before: Graph, now: Graph, number: number, other: number): boolean {
  return number === other && sameValue(before.values[number], now.values[other]);
}

function describeInputs(old: GraphValue, now: GraphValue): string {
  const [a, b] = [old, now].map(describe);
  return a === b ? "has another input" : `has the input ${a}, then ${b}`;
}

function describe(value: GraphValue): string {
  const { kind, source, shape, dtype } = value;
  if (kind === "constant" && source instanceof Tensor && source.handle >= 0 && source.size === 1) {
    return String(source.data()[0]);
  }
  return describeType(dtype, shape);
}

function sameValue(a: GraphValue, b: GraphValue): boolean {
  if (a.kind !== b.kind || a.dtype !== b.dtype || !sameShape(a.shape, b.shape)) return false;
  if (a.source === b.source) return true;
  return a.kind === "constant" && sameContents(a.source as Tensor, b.source as Tensor);
}

/** Numbers become other tensors at each capture. */
function sameContents(a: Tensor, b: Tensor): boolean {
  if (a.handle < 0 || b.handle < 0) return false;
  const [x, y] = [a.data(), b.data()];
  for (let i = 0; i < x.length; i++) if (!Object.is(x[i], y[i])) return false;
  return true;
}

/** The name of an attribute that differs. */
function changedAttribute(before: Attributes, now: Attributes): string | null {
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  for (const name of names) if (!sameAttribute(before[name], now[name])) return name;
  return null;
}

function sameAttribute(a: AttributeValue, b: AttributeValue): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return Object.is(a, b);
  return a.length === b.length && a.every((item, i) => Object.is(item, b[i]));
}
