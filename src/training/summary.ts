/** The text of `model.summary()`. */

import type { Module } from "../nn/module";

const HEADER = ["Layer (type)", "Output shape", "Params"];

/** A table of the modules that `model` holds directly or below, as Keras prints it. */
export function summarize(model: Module): string {
  const rows = layersOf(model, "").map(([path, layer]) => [
    `${path} (${layer.constructor.name})`,
    layer.resultShape === null ? "?" : `[null, ${layer.resultShape.slice(1).join(", ")}]`,
    group(layer.countParams()),
  ]);
  const table = [HEADER, ...rows];
  const widths = HEADER.map((_, column) => Math.max(...table.map((row) => row[column].length)));
  const line = (row: readonly string[]): string =>
    `${row[0].padEnd(widths[0])}  ${row[1].padEnd(widths[1])}  ${row[2].padStart(widths[2])}`;
  const rule = "-".repeat(widths.reduce((total, width) => total + width, 4));
  const trainable = model.trainableWeights.reduce((total, weight) => total + weight.size, 0);
  const all = model.countParams();
  return [
    `Model: ${model.constructor.name}`,
    line(HEADER),
    rule,
    ...rows.map(line),
    rule,
    `Total params: ${group(all)}`,
    `Trainable params: ${group(trainable)}`,
    `Non-trainable params: ${group(all - trainable)}`,
  ].join("\n");
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

/** 1234567 -> "1,234,567" */
function group(count: number): string {
  return count.toLocaleString("en-US");
}
