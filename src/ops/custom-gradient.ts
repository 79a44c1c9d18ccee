/** Gradients that are none, or that the caller writes. */

import { recorder } from "../tensor/recorder";
import { Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import { type TensorLike, checkTensor, operand } from "./arguments";
import { run } from "./op";
import type { Gradients, Op, OpName } from "./op-definition";

/** The same values, through which no gradient flows. */
export function stopGradient(x: TensorLike): Tensor {
  const source = operand(x, "stopGradient", "x");
  const { tapes } = recorder;
  recorder.tapes = [];
  try {
    return run("reshape", [source], { shape: source.shape });
  } finally {
    recorder.tapes = tapes;
  }
}

/** What a function with a gradient of its own returns. */
export interface ValueWithGradient {
  /** The result. */
  value: Tensor;
  /**
   * The gradients of the inputs from that of the value: one for each, of its type, null for none; or the
   * only one.
   */
  gradient: (dy: Tensor) => Tensor | readonly (Tensor | null)[];
}

/**
 * A function that is differentiated by a rule of its own instead of that of its ops. The rule may use what
 * `f` computed; it is differentiated itself for second derivatives. Gradients reach the arguments alone, no
 * Variables that `f` uses besides.
 *
 * ```ts
 * const clipped = customGradient((x) => ({ value: x, gradient: (dy) => dy.clipByValue(-1, 1) }));
 * ```
 */
export function customGradient(
  f: (...inputs: Tensor[]) => ValueWithGradient,
): (...inputs: TensorLike[]) => Tensor {
  if (typeof f !== "function") {
    throw new TypeError(`customGradient: expected a function but received ${describeValue(f)}`);
  }
  return (...given) => {
    const inputs = given.map((x, i) => operand(x, "customGradient", `input ${i}`));
    const { value, gradient } = f(...inputs);
    checkTensor(value, "customGradient", "value");
    if (typeof gradient !== "function") {
      throw new TypeError(
        `customGradient: expected a function for gradient but received ${describeValue(gradient)}`,
      );
    }
    const result = stopGradient(value);
    const op = opWith((dy) => gradientsFor(inputs, gradient(dy)));
    for (const tape of recorder.tapes) tape.note(op, inputs, {}, [result]);
    return result;
  };
}

/** One gradient for each input. */
function gradientsFor(inputs: readonly Tensor[], given: unknown): Gradients {
  const gradients: readonly unknown[] = Array.isArray(given) ? given : [given];
  const fits = gradients.every((item) => item === null || item instanceof Tensor);
  if (fits && gradients.length === inputs.length) return gradients;
  const received = gradients.map((x) => (x instanceof Tensor ? x.describe() : describeValue(x)));
  throw new TypeError(
    `customGradient: expected a gradient for each of ${inputs.length} inputs but received ${received.join(", ")}`,
  );
}

/** What a tape notes: an op that no native row stands for. */
function opWith(vjp: (dy: Tensor) => Gradients): Op {
  return {
    name: "customGradient" as OpName,
    number: -1,
    inputs: [],
    repeated: 0,
    outputs: ["value"],
    attributes: [],
    takesLists: false,
    written: [],
    vjp,
  };
}
