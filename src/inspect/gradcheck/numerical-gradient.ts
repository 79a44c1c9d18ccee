/** The gradient by differences: slow, and right without any rule of derivation. */

import { checkOptions } from "../../tensor/options";
import { type Tensor, tensor } from "../../tensor/tensor";
import { describeValue } from "../../tensor/values";
import { checkedPositive, checkedSamples, checkedSeed, chooseElements } from "./elements";
import { type TensorFunction, atPoint } from "./point";

/** (f(x + h) - f(x - h)) / 2h, (f(x + h) - f(x)) / h, or (f(x) - f(x - h)) / h. */
export type DifferenceScheme = "central" | "forward" | "backward";

/** Options of `numericalGradient`. */
export interface NumericalGradientOptions {
  /**
   * How far each element is moved. By default 2^-17 for central differences, 2^-26 for the others:
   * near the best balance of what the difference leaves out and of rounding, for values of about 1.
   */
  epsilon?: number;
  /**
   * - "central" (default): (f(x + e) - f(x - e)) / 2e, with an error of e^2; 2 evaluations an element
   * - "forward": (f(x + e) - f(x)) / e, with an error of e; 1 evaluation an element and 1 for f(x)
   * - "backward": (f(x) - f(x - e)) / e, likewise
   */
  scheme?: DifferenceScheme;
  /** Moves so many elements of each tensor at most, drawn by `seed`; the others' gradient is NaN. */
  samples?: number;
  /** 0 by default. */
  seed?: number;
}

const SCHEMES: Record<DifferenceScheme, { epsilon: number; from: number; to: number }> = {
  central: { epsilon: 2 ** -17, from: -1, to: 1 },
  forward: { epsilon: 2 ** -26, from: 0, to: 1 },
  backward: { epsilon: 2 ** -26, from: -1, to: 0 },
};

/**
 * The gradient of `f` by differences: every element of every tensor is moved and `f` evaluated anew,
 * so N elements cost 2N evaluations (`scheme`), where a GradientTape takes the time of a few.
 *
 * ```ts
 * numericalGradient((a, b) => a.mul(b), [a, b]);
 * numericalGradient(() => loss(y, model.forward(x)), model.trainableWeights);
 * ```
 *
 * @param f gives a float64 tensor, which is summed if it is no scalar; must always give the same.
 *   It is called with the tensors, in order. Variables among them it may also close over: they are
 *   moved in place and have their values back afterwards, also if `f` throws.
 * @param tensors one or several, float64
 * @returns float64 gradients of the tensors' shapes: one for one tensor, an array for an array
 */
export function numericalGradient(
  f: TensorFunction,
  tensors: Tensor,
  options?: NumericalGradientOptions,
): Tensor;
export function numericalGradient(
  f: TensorFunction,
  tensors: readonly Tensor[],
  options?: NumericalGradientOptions,
): Tensor[];
export function numericalGradient(
  f: TensorFunction,
  tensors: Tensor | readonly Tensor[],
  options: NumericalGradientOptions = {},
): Tensor | Tensor[] {
  checkOptions(options, ["epsilon", "scheme", "samples", "seed"], "numericalGradient");
  const { scheme = "central" } = options;
  if (!Object.hasOwn(SCHEMES, scheme)) {
    throw new TypeError(
      `numericalGradient: expected one of ${Object.keys(SCHEMES).join(", ")} for scheme but received ` +
        describeValue(scheme),
    );
  }
  const { from, to, ...defaults } = SCHEMES[scheme];
  const { epsilon = defaults.epsilon, seed = 0 } = options;
  checkedPositive("numericalGradient", "epsilon", epsilon);
  checkedSeed("numericalGradient", seed);
  const samples = checkedSamples("numericalGradient", options.samples);
  const list = Array.isArray(tensors) ? (tensors as readonly Tensor[]) : [tensors as Tensor];
  const gradients = atPoint("numericalGradient", f, list, (point) => {
    const here = scheme === "central" ? null : point.evaluate();
    const at = (which: number, element: number, side: number): Float64Array =>
      side === 0 ? here! : point.evaluateAt(which, element, side * epsilon);
    return list.map(({ size }, which) => {
      const gradient = new Float64Array(size).fill(NaN);
      for (const element of chooseElements(size, samples, seed)) {
        const rise = difference(at(which, element, to), at(which, element, from));
        gradient[element] = rise / ((to - from) * epsilon);
      }
      return gradient;
    });
  });
  const results = gradients.map((gradient, i) => tensor(gradient, list[i].shape));
  return Array.isArray(tensors) ? results : results[0];
}

/** The sum of a - b. */
export function difference(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] - b[i];
  return total;
}
