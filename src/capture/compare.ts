/** Two captures of one function: whether they are the same computation. */

import { Tensor, describeType, sameShape } from "../tensor/tensor";
import type { AttributeValue, Attributes } from "../tensor/recorder";
import type { Graph, GraphValue } from "./graph";

/** The first difference between two graphs, in words; null if they compute the same of the same. */
export function differenceOf(before: Graph, now: Graph): string | null {
  const steps = Math.min(before.nodes.length, now.nodes.length);
  for (let i = 0; i < steps; i++) {
    const [old, node] = [before.nodes[i], now.nodes[i]];
    const where = `step ${i + 1} of the computation, ${old.op},`;
    if (old.op !== node.op) return `${where} becomes ${node.op}`;
    const attribute = changedAttribute(old.attributes, node.attributes);
    if (attribute !== null) return `${where} has another ${attribute}`;
    if (old.inputs.length !== node.inputs.length) return `${where} has another number of inputs`;
    const changed = [...old.inputs, old.predicate ?? -1].findIndex((number, k) => {
      const other = k < node.inputs.length ? node.inputs[k] : (node.predicate ?? -1);
      return (
        number !== other || (number >= 0 && !sameValue(before.values[number], now.values[other]))
      );
    });
    if (changed >= 0)
      return `${where} ${describeInputs(before, now, old.inputs[changed], node.inputs[changed])}`;
  }
  if (before.nodes.length !== now.nodes.length) {
    return `it takes ${before.nodes.length} steps, then ${now.nodes.length}`;
  }
  const sameOutputs =
    before.outputs.length === now.outputs.length &&
    before.outputs.every((number, i) => {
      const other = now.outputs[i];
      return number === other && sameValue(before.values[number], now.values[other]);
    });
  return sameOutputs ? null : "it returns other values";
}

function describeInputs(before: Graph, now: Graph, old?: number, other?: number): string {
  const [a, b] = [before.values[old ?? -1], now.values[other ?? -1]].map(describe);
  return a === b || a === "" || b === "" ? "has another input" : `has the input ${a}, then ${b}`;
}

function describe(value: GraphValue | undefined): string {
  if (value === undefined) return "";
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
