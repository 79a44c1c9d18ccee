/** What an op is on the TypeScript side: its record, its types, how its gradient rule is written. */

import type { AttributeKind } from "../addon/native";
import type { DType } from "../tensor/dtype";
import type { RecordedOp } from "../tensor/recorder";
import type { Shape, Tensor } from "../tensor/tensor";
import type { OpTable } from "./op-table";

export type OpName = keyof OpTable;

/** Attributes as a caller gives them, by kind. A negative axis counts from the end. */
interface Given {
  number: number;
  flag: boolean;
  axis: number;
  /** Undefined: the op's own choice, such as all axes. */
  axes: readonly number[] | undefined;
  shape: Shape;
  dtype: DType;
}

/** Attributes as the op's rule resolved them: axes are listed and counted from 0. */
interface Resolved extends Given {
  axes: readonly number[];
}

type Kinds<N extends OpName> = OpTable[N]["attributes"];

type Values<K, By> = { readonly [A in keyof K]: K[A] extends keyof By ? By[K[A]] : never };

export type GivenAttributes<N extends OpName> = Values<Kinds<N>, Given>;
export type ResolvedAttributes<N extends OpName> = Values<Kinds<N>, Resolved>;

/** Ops that take no attributes. */
export type PlainOpName = {
  [N in OpName]: keyof Kinds<N> extends never ? N : never;
}[OpName];

type OutputNames<N extends OpName> = OpTable[N]["outputs"];

/** A tensor for each name. */
type TensorEach<Names> = { readonly [K in keyof Names]: Tensor };

/** What running an op returns: nothing for an update, its output, or its outputs as a tuple. */
export type OpResult<N extends OpName> =
  OutputNames<N> extends readonly []
    ? undefined
    : OutputNames<N> extends readonly [string]
      ? Tensor
      : TensorEach<OutputNames<N>>;

export type Gradients = readonly (Tensor | null)[];

/**
 * The gradient rule of an op (vector-Jacobian product), written with other ops, so that it can be
 * captured and differentiated itself. It returns for each input the gradient, of that input's type, or
 * null.
 *
 * @param dy gradient of the target with respect to the output, of the output's type
 * @param needs which inputs a gradient is wanted for; a rule may skip the others
 */
export type Vjp<A> = (
  dy: Tensor,
  inputs: readonly Tensor[],
  output: Tensor,
  attributes: A,
  needs: readonly boolean[],
) => Gradients;

/** Likewise of an op with several outputs; `dys` holds null for those that the target does not use. */
export type VjpOfMany<A, O> = (
  dys: { readonly [K in keyof O]: Tensor | null },
  inputs: readonly Tensor[],
  outputs: TensorEach<O>,
  attributes: A,
  needs: readonly boolean[],
) => Gradients;

/** An op that updates Variables has no results to differentiate. */
export type VjpOf<N extends OpName> =
  OutputNames<N> extends readonly []
    ? null
    : OutputNames<N> extends readonly [string]
      ? Vjp<ResolvedAttributes<N>>
      : VjpOfMany<ResolvedAttributes<N>, OutputNames<N>>;

/** All that TypeScript adds to an op's native row. */
export interface OpRecord<N extends OpName> {
  /** Null: no gradient exists; differentiating through the op throws, naming it. */
  readonly vjp: VjpOf<N> | null;
}

/** The records of a family of ops. */
export type OpRecords = { readonly [N in OpName]?: OpRecord<N> };

/** The functions that a module exports by name, as methods: without their first arguments. */
export type MethodsOf<F> = Methods<Omit<F, "default">>;

type Methods<F> = {
  [N in keyof F]: F[N] extends (x: never, ...args: infer A) => infer R ? (...args: A) => R : never;
};

/** The gradient rule of any op. */
type AnyVjp = (
  dy: never,
  inputs: readonly Tensor[],
  output: never,
  attributes: never,
  needs: readonly boolean[],
) => Gradients;

/** An op at run time. */
export interface Op extends RecordedOp {
  readonly name: OpName;
  readonly inputs: readonly string[];
  readonly repeated: number;
  readonly outputs: readonly string[];
  readonly attributes: readonly { readonly name: string; readonly kind: AttributeKind }[];
  /** Whether attributes are lists of numbers, axes or shapes. */
  readonly takesLists: boolean;
  /** To be called by `gradientsOf`. */
  readonly vjp: AnyVjp | null;
}
