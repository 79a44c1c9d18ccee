/** Layers: `new nabla[className](...args, options)`, weights in Keras' order. */

import { type Module, type Tensor, type Variable, assign, fill, randomNormal, tensor } from "nabla";
import { type Case, type ComputedCase, type Recorded, given } from "../case";
import { type Comparison, TOLERANCES, compareAll } from "../compare";
import { argumentsOf, makeFrom, named } from "../library";
import { compareComputed, differentiate } from "./computed";
import { type Statistics, compareStatistics, statisticsOf } from "./statistics";

interface LayerCase extends ComputedCase {
  training: boolean;
  /** Whether `forward` takes a list of inputs. */
  list: boolean;
  weights: Recorded[];
  /** All weights after the call. */
  updated: Recorded[];
}

interface ChanceCase extends Case {
  input: { shape: number[]; ones: boolean; mean: number; deviation: number };
  statistics: Statistics;
}

export type Layer = Module & { forward(x: Tensor | Tensor[]): unknown };

export function runLayer(item: Case): Comparison[] {
  return "statistics" in item ? runChance(item as ChanceCase) : runExact(item as LayerCase);
}

/** Layers of another dtype than float32 are told so. */
export function makeLayer(item: Omit<Case, "group">): Layer {
  const { args, options } = argumentsOf(item);
  if (item.dtype === "float64") options.dtype = item.dtype;
  return makeFrom(named(item.className), args, options) as Layer;
}

function runExact(item: LayerCase): Comparison[] {
  const layer = makeLayer(item).train(item.training);
  const tensors = item.inputs.map((input) => given(input, item.dtype));
  const forward = (): unknown => layer.forward(item.list ? tensors : tensors[0]);
  // The first call makes the weights.
  if (item.weights.length > 0) forward();
  const misfit = assignWeights(layer.weights, item.weights);
  if (misfit) return [misfit];
  const computed = differentiate(item, forward, tensors, () => layer.trainableWeights);
  return [
    ...compareComputed(item, computed),
    ...compareAll("updated weight", layer.weights, item.updated, TOLERANCES[item.dtype]),
  ];
}

/** Assigns Keras' values; says so if number or shapes of the weights are not Keras'. */
export function assignWeights(
  weights: readonly Variable[],
  values: readonly Recorded[],
): Comparison | undefined {
  const shapes = (list: readonly { shape: readonly number[] }[]): string =>
    list.map(({ shape }) => `[${shape.join(", ")}]`).join(" ");
  if (shapes(weights) !== shapes(values)) {
    const detail = `expected ${shapes(values)} but received ${shapes(weights)}`;
    return { what: "shapes of the weights", deviation: Infinity, tolerance: 0, detail };
  }
  weights.forEach((weight, i) =>
    assign(weight, tensor(values[i].data, values[i].shape, weight.dtype)),
  );
  return undefined;
}

function runChance(item: ChanceCase): Comparison[] {
  const { shape, ones, mean, deviation } = item.input;
  const layer = makeLayer(item).train(true);
  const x = ones ? fill(shape, 1, item.dtype) : randomNormal(shape, mean, deviation, item.dtype);
  return compareStatistics(statisticsOf(layer.forward(x) as Tensor), item.statistics);
}
