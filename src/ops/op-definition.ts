/** What defines an op on the TypeScript side. */

import type { DType } from "../tensor/dtype";
import type { Shape, Tensor } from "../tensor/tensor";

/** Shape and dtype of a result. */
export interface TensorType {
  readonly shape: Shape;
  readonly dtype: DType;
}

/**
 * The gradient rule of an op (vector-Jacobian product), written with other ops, so that it can be
 * captured and differentiated itself.
 *
 * @param dy gradient of the target with respect to the result, of the result's shape
 * @param needs which inputs a gradient is wanted for; a rule may skip the others
 * @returns for each input the gradient, of that input's shape, or null
 */
export type Vjp = (
  dy: Tensor,
  inputs: readonly Tensor[],
  output: Tensor,
  attrs: readonly number[],
  needs: readonly boolean[],
) => readonly (Tensor | null)[];

export interface OpDefinition {
  /**
   * Checks the inputs and gives the result's type. `wanted` is what the caller asked for, in ops
   * whose result does not follow from the inputs (reshape, cast, fill, ...).
   */
  infer: (inputs: readonly Tensor[], attrs: readonly number[], wanted?: TensorType) => TensorType;
  /** Null: no gradient exists; differentiating through the op throws, naming it. */
  vjp: Vjp | null;
}

/** Runs an op on checked inputs, or captures it. */
export type OpFunction = (
  inputs: readonly Tensor[],
  attrs?: readonly number[],
  wanted?: TensorType,
) => Tensor;

export interface Op extends OpDefinition {
  readonly name: string;
  readonly number: number;
  readonly run: OpFunction;
}
