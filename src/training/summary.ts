/** The text of `model.summary()`. */

import type { Graph } from "../nn/graph";
import { Layer } from "../nn/layer";
import type { Module } from "../nn/module";
import { type GraphNode, SymbolicTensor } from "../nn/symbolic";
import { type KnownShape, describeShape } from "../nn/types-alone";
import { forEachLeaf } from "../tensor/nest";

/** A table of layers as Keras prints it: of a graph with what each is connected to. */
export function summarize(model: Module & { readonly graph: Graph | null }): string {
  const header = ["Layer (type)", "Output shape", "Params"];
  if (model.graph === null) return table(model, header, rowsOf(model));
  return table(model, [...header, "Connected to"], rowsOfGraph(model.graph));
}

/** The modules that `model` holds directly or below. */
function rowsOf(model: Module): string[][] {
  return layersOf(model, "").map(([path, layer]) => [
    `${path} (${layer.constructor.name})`,
    layer.resultShape === null ? "?" : describeShape([null, ...layer.resultShape.slice(1)]),
    group(layer.countParams()),
  ]);
}

/** The leaves of the module tree: modules that hold no other module. */
function layersOf(module: Module, path: string): [string, Module][] {
  return module.childModules().flatMap(([key, child]) => {
    const name = path === "" ? key : `${path}.${key}`;
    return child.childModules().length === 0
      ? [[name, child] as [string, Module]]
      : layersOf(child, name);
  });
}

function rowsOfGraph(graph: Graph): string[][] {
  const inputs = symbolsIn(graph.inputs).map(({ name, shape }) => [
    `${name} (input)`,
    describeShape(shape),
    "0",
    "",
  ]);
  const layers = graph.modules.map((called) => {
    const module = called as Module;
    const calls = graph.nodes.filter((node) => node.module === called);
    return [
      `${module instanceof Layer ? `${module.name} ` : ""}(${module.constructor.name})`,
      calls[0].outputs.map(({ shape }) => describeShape(shape as KnownShape)).join(", "),
      group(module.countParams()),
      calls.map(connectionsOf).join("; "),
    ];
  });
  return [...inputs, ...layers];
}

function connectionsOf(node: GraphNode): string {
  return symbolsIn(node.args)
    .map(({ name }) => name)
    .join(", ");
}

function symbolsIn(tree: unknown): SymbolicTensor[] {
  const found: SymbolicTensor[] = [];
  forEachLeaf(tree, (leaf) => {
    if (leaf instanceof SymbolicTensor) found.push(leaf);
  });
  return found;
}

/** Rows below a header; numbers of parameters to the right. */
function table(model: Module, header: readonly string[], rows: readonly string[][]): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column].length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i === 2 ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join("  ")
      .trimEnd();
  const rule = "-".repeat(widths.reduce((total, width) => total + width, 2 * widths.length - 2));
  const trainable = model.trainableWeights.reduce((total, weight) => total + weight.size, 0);
  const all = model.countParams();
  return [
    `Model: ${model.constructor.name}`,
    line(header),
    rule,
    ...rows.map(line),
    rule,
    `Total params: ${group(all)}`,
    `Trainable params: ${group(trainable)}`,
    `Non-trainable params: ${group(all - trainable)}`,
  ].join("\n");
}

/** 1234567 -> "1,234,567" */
function group(count: number): string {
  return count.toLocaleString("en-US");
}
