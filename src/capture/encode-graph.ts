/** Hands a graph to the native planner, as numbers; read by `readGraph` in `native/binding/words.cpp`. */

import { opOf } from "../ops/op";
import { mostWords, writeAttributes, writeType } from "../ops/step-words";
import type { Graph, GraphNode, GraphValue } from "./graph";

/** Kinds of slots, numbered as in `native/plan/graph.hpp`. */
const KINDS: Record<GraphValue["kind"], number> = {
  computed: 0,
  input: 1,
  constant: 2,
  variable: 3,
};

const NONE = -1;

/** Memory for the words of most graphs, used again by each. */
const scratch = new Float64Array(2 ** 14);

/**
 * The words of a graph, which stand until the next one is encoded. Throws if it refers to a tensor that
 * is disposed of.
 */
export function encodeGraph(graph: Graph): Float64Array {
  const { values, nodes, outputs } = graph;
  const most = mostWordsOf(graph);
  const words = most <= scratch.length ? scratch : new Float64Array(most);
  let at = 0;
  words[at++] = values.reduce((count, { kind }) => count + Number(kind === "input"), 0);
  words[at++] = values.length;
  for (const value of values) at = writeValue(value, words, at);
  words[at++] = nodes.length;
  for (const node of nodes) at = writeNode(node, words, at);
  at = writeNumbers(outputs, words, at);
  return words.subarray(0, at);
}

/** At least as many words as the graph takes. */
function mostWordsOf({ values, nodes, outputs }: Graph): number {
  let most = 4 + outputs.length;
  for (const { shape } of values) most += 4 + shape.length;
  for (const { op, inputs, outputs: results } of nodes) {
    most += 4 + inputs.length + results.length + mostWords(opOf(op));
  }
  return most;
}

function writeValue(value: GraphValue, words: Float64Array, at: number): number {
  words[at++] = KINDS[value.kind];
  words[at++] = whichOf(value);
  return writeType(value, words, at);
}

/** The number of the argument, the tensor's handle, or nothing. */
function whichOf({ source }: GraphValue): number {
  if (source === null) return NONE;
  return typeof source === "number" ? source : source.liveHandle();
}

function writeNode(node: GraphNode, words: Float64Array, at: number): number {
  const op = opOf(node.op);
  words[at++] = op.number;
  words[at++] = node.predicate ?? NONE;
  words[at++] = node.inputs.length;
  words[at++] = node.outputs.length;
  for (let i = 0; i < node.inputs.length; i++) words[at++] = node.inputs[i];
  for (let i = 0; i < node.outputs.length; i++) words[at++] = node.outputs[i];
  return writeAttributes(op, node.attributes, words, at);
}

function writeNumbers(numbers: readonly number[], words: Float64Array, at: number): number {
  words[at++] = numbers.length;
  for (let i = 0; i < numbers.length; i++) words[at++] = numbers[i];
  return at;
}
