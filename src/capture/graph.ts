/** The typed graph that `jit` captures: plain data that describes itself. */

import type { OpName } from "../ops/op-definition";
import type { Attributes } from "../tensor/recorder";
import type { Tensor, TensorType } from "../tensor/tensor";

/** A value of a graph. */
export interface GraphValue extends TensorType {
  /** Where it comes from: an argument, a tensor or a Variable of outside, or a node. */
  readonly kind: "input" | "constant" | "variable" | "computed";
  /** The number of the argument, counted over all tensors of the call; the tensor; null. */
  readonly source: number | Tensor | null;
}

/** One run of an op. */
export interface GraphNode {
  /** Name of the op, as in the native table. */
  readonly op: OpName;
  /** By name, as the op's rule resolved them: axes are counted from 0. */
  readonly attributes: Attributes;
  /** Numbers of values. Variables among them are written if the op writes its input of that place. */
  readonly inputs: readonly number[];
  /** Numbers of values, which this node alone computes. */
  readonly outputs: readonly number[];
  /** Number of a scalar value: the node runs only where it is not 0. Null: it always runs. */
  readonly predicate: number | null;
}

/** What a function computes: nodes in the order of their execution, over numbered values. */
export interface Graph {
  /** What nodes read and write, by number. */
  readonly values: readonly GraphValue[];
  /** The runs of ops, in the order of their execution. */
  readonly nodes: readonly GraphNode[];
  /** Numbers of the values that the function returns. */
  readonly outputs: readonly number[];
}

/** Freezes a graph and all of its own data; the tensors it refers to stay as they are. */
export function freezeGraph(graph: Graph): Graph {
  if (Object.isFrozen(graph)) return graph;
  for (const value of graph.values) {
    Object.freeze(value.shape);
    Object.freeze(value);
  }
  for (const node of graph.nodes) {
    for (const attribute of Object.values(node.attributes)) Object.freeze(attribute);
    for (const part of [node.attributes, node.inputs, node.outputs, node]) Object.freeze(part);
  }
  for (const part of [graph.values, graph.nodes, graph.outputs]) Object.freeze(part);
  return Object.freeze(graph);
}
