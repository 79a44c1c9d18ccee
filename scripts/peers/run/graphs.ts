/** Functional models: symbolic inputs, layers applied to them, models as layers. */

import type { Module, Tensor, Variable } from "nabla";
import { type Case, type ComputedCase, type Options, type Recorded, given } from "../case";
import type { Comparison } from "../compare";
import { named } from "../library";
import { compareComputed, differentiate } from "./computed";
import { type Layer, assignWeights, makeLayer } from "./layers";

interface LayerOfGraph {
  className: string;
  args: unknown[];
  options: Options;
  weights: Recorded[];
  graph?: Graph;
}

/** Results are numbered: first the inputs, then one a call. */
interface Graph {
  shapes: number[][];
  layers: LayerOfGraph[];
  calls: { layer: number; results: number[] }[];
  outputs: number[];
}

interface GraphCase extends ComputedCase {
  graph: Graph;
}

/** Outputs and gradients agree to this. */
const TOLERANCE = 1e-5;

type Applied = (x: unknown) => unknown;
type ModelClass = new (parts: { inputs: unknown; outputs: unknown }) => Module;
type InputFunction = (options: { shape: number[]; dtype: string }) => unknown;

export function runGraph(item: Case): Comparison[] {
  const { graph, inputs, dtype } = item as GraphCase;
  const built = build(graph, dtype);
  for (const [layer, values] of built.weighted) {
    const misfit = assignWeights(layer.weights, values);
    if (misfit) return [misfit];
  }
  const weights = (): Variable[] => built.weighted.flatMap(([layer]) => layer.weights);
  const tensors = inputs.map((input) => given(input, dtype));
  const forward = (): unknown => (built.model as Layer).forward(single(tensors) as Tensor);
  const computed = differentiate(item as GraphCase, forward, tensors, weights);
  return compareComputed(item as GraphCase, computed, TOLERANCE);
}

interface Built {
  model: Module;
  /** Layers with their values, those of inner models where the model stands. */
  weighted: [Module, Recorded[]][];
}

function build(graph: Graph, dtype: Case["dtype"]): Built {
  const input = named("input") as InputFunction;
  const Model = named("Model") as ModelClass;
  const weighted: Built["weighted"] = [];
  const layers = graph.layers.map((layer): Module => {
    if (layer.graph) {
      const inner = build(layer.graph, dtype);
      weighted.push(...inner.weighted);
      return inner.model;
    }
    const made = makeLayer({ ...layer, dtype, number: 0 });
    weighted.push([made, layer.weights]);
    return made;
  });
  const inputs = graph.shapes.map((shape) => input({ shape, dtype }));
  const results = [...inputs];
  for (const { layer, results: numbers } of graph.calls) {
    const given = numbers.map((number) => results[number]);
    results.push(applied(layers[layer])(single(given)));
  }
  const outputs = graph.outputs.map((number) => results[number]);
  return { model: new Model({ inputs: single(inputs), outputs: single(outputs) }), weighted };
}

function applied(layer: Module): Applied {
  return layer.forward.bind(layer) as Applied;
}

function single<T>(values: T[]): T | T[] {
  return values.length === 1 ? values[0] : values;
}
