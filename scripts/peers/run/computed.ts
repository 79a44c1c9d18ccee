/** Functions and layers: values, and gradients by a tape. */

import { GradientTape, Tensor, type Variable, mul, sum } from "nabla";
import { type ComputedCase, type Gradients, given } from "../case";
import { type Comparison, TOLERANCES, compareAll, gradientScale } from "../compare";

/** Outputs as a list, and the gradients of their sum weighted by the seeds. */
export interface Computed {
  outputs: Tensor[];
  inputs: Tensor[];
  weights: Tensor[];
}

/**
 * Runs `forward` on inputs and differentiates with respect to the floats among them and to weights.
 */
export function differentiate(
  item: Pick<ComputedCase, "seeds" | "dtype">,
  forward: () => unknown,
  watched: readonly Tensor[],
  weights: () => readonly Variable[] = () => [],
): Computed {
  const tape = new GradientTape();
  for (const tensor of watched) tape.watch(tensor);
  const { outputs, target } = tape.record(() => {
    const result = forward();
    const list = (Array.isArray(result) ? result : [result]) as Tensor[];
    return { outputs: list, target: weighted(list, item) };
  });
  const trained = weights();
  const gradients = tape.gradient(target, [...watched, ...trained], { unconnected: "zero" });
  return {
    outputs,
    inputs: gradients.slice(0, watched.length),
    weights: gradients.slice(watched.length),
  };
}

function weighted(
  outputs: Tensor[],
  { seeds, dtype }: Pick<ComputedCase, "seeds" | "dtype">,
): Tensor {
  const terms = outputs.map((output, i) => {
    if (!(output instanceof Tensor)) throw new TypeError(`output ${i} is no tensor`);
    return sum(mul(output, given({ ...seeds[i], shape: [...output.shape] }, dtype)));
  });
  return terms.reduce((total, term) => total.add(term));
}

/** Outputs and all gradients beside Keras'. */
export function compareComputed(
  item: Pick<ComputedCase, "outputs" | "gradients" | "dtype">,
  computed: Computed,
  tolerance = TOLERANCES[item.dtype],
): Comparison[] {
  const { inputs = [], weights = [] }: Gradients = item.gradients;
  const scale = gradientScale([...inputs, ...weights]);
  return [
    ...compareAll("output", computed.outputs, item.outputs, tolerance),
    ...compareAll("gradient of input", computed.inputs, inputs, tolerance, scale),
    ...compareAll("gradient of weight", computed.weights, weights, tolerance, scale),
  ];
}
