/** Symbolic tensors: what stands between the layers of a model that is put together as a graph. */

import type { DType } from "../tensor/dtype";
import { checkDType } from "../tensor/dtype";
import { isPlainObject, mapLeaves } from "../tensor/nest";
import { checkOptions } from "../tensor/options";
import { frozen } from "../tensor/shapes";
import { SYMBOLIC, type Shape, Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import { type KnownShape, TypeOnly, describeShape, isShape, typesOf } from "./types-alone";

/** A module, as far as graphs need to know it. */
export interface Callable {
  forward(...args: never[]): unknown;
}

/** One call of a module on symbolic tensors. */
export class GraphNode {
  /** In the order in which the results stand in their tree. */
  readonly outputs: SymbolicTensor[] = [];

  constructor(
    readonly module: Callable,
    /** The arguments, trees in which symbolic tensors stand. */
    readonly args: readonly unknown[],
  ) {}
}

/**
 * Stands for a tensor of a model that is put together as a graph: an input, or what a layer makes of
 * one. It has a type and no values; sizes that are not known yet are null.
 */
export class SymbolicTensor extends Tensor {
  /** Of an input, or of the layer whose result it is. */
  readonly name: string;
  /** @internal The call whose result it is; null for an input. */
  readonly node: GraphNode | null;

  /** @internal Use `input`. */
  constructor(type: TypeOnly, name: string, node: GraphNode | null) {
    super(SYMBOLIC, frozen(type.shape as Shape), type.dtype);
    this.name = name;
    this.node = node;
  }

  /** @internal */
  override unusable(): Error {
    return new Error(
      `${this.describe()} is ${this.node === null ? "the input" : "a result"} ${this.name} of a model ` +
        "that is being put together: it has no values. Give the model a tensor, by forward or predict; " +
        "compute with layers here",
    );
  }

  override describe(): string {
    return `${this.dtype}${describeShape(this.shape)}`;
  }
}

/** Options of `input`. */
export interface InputOptions {
  /** Of one sample, without the batch's axis. */
  shape?: KnownShape;
  /** Of a whole batch, where its size is fixed; instead of `shape`. */
  batchShape?: KnownShape;
  /** "float32" by default. */
  dtype?: DType;
  /** By which data is given to the input: "input", "input_1", ... by default. */
  name?: string;
}

let inputs = 0;

/**
 * An input of a model that is put together as a graph. Layers called on it give further symbolic
 * tensors, and `new Model({ inputs, outputs })` makes the model. Typed as tensors, they go wherever
 * `forward` of a layer or a model takes one.
 *
 * ```ts
 * const x = input({ shape: [784] });
 * const h = new Dense(64, { activation: "relu" }).forward(x);
 * const model = new Model({ inputs: x, outputs: new Dense(10).forward(h) });
 * ```
 */
export function input(options: InputOptions): Tensor {
  checkOptions(options, ["shape", "batchShape", "dtype", "name"], "input");
  const { dtype = "float32" } = options;
  checkDType(dtype);
  const name = options.name ?? (inputs === 0 ? "input" : `input_${inputs}`);
  if (typeof name !== "string") {
    throw new TypeError(`input: expected a string for name but received ${describeValue(name)}`);
  }
  const type = new TypeOnly(Object.freeze([...batchShapeOf(options)]), dtype);
  if (options.name === undefined) inputs++;
  return new SymbolicTensor(type, name, null);
}

function batchShapeOf({ shape, batchShape }: InputOptions): KnownShape {
  const [given, name] = batchShape === undefined ? [shape, "shape"] : [batchShape, "batchShape"];
  const isKnown =
    isShape(given) &&
    given.every((size) => size === null || (Number.isSafeInteger(size) && size >= 0));
  if (!isKnown || (batchShape !== undefined) === (shape !== undefined)) {
    throw new TypeError(
      `input: expected sizes for ${name}, each a non-negative integer or null, but received ` +
        (isShape(given) ? describeShape(given) : describeValue(given)),
    );
  }
  return batchShape === undefined ? [null, ...given] : given;
}

/** True if a symbolic tensor is among the arguments of a call. */
export function holdsSymbols(value: unknown): boolean {
  if (value instanceof Tensor) return value instanceof SymbolicTensor;
  if (Array.isArray(value)) return value.some(holdsSymbols);
  return isPlainObject(value) && Object.values(value).some(holdsSymbols);
}

/**
 * Notes the call of a module on symbolic tensors; nothing is computed.
 * @param run the call itself, which is tried on types alone
 */
export function extendGraph(
  module: Callable & { name?: unknown },
  args: readonly unknown[],
  run: (...args: unknown[]) => unknown,
): unknown {
  const node = new GraphNode(module, args);
  const types = args.map((arg) =>
    mapLeaves(arg, (leaf) =>
      leaf instanceof SymbolicTensor ? new TypeOnly(leaf.shape, leaf.dtype) : leaf,
    ),
  );
  const name = typeof module.name === "string" ? module.name : module.constructor.name;
  return mapLeaves(typesOf(run, types), (leaf, path) => {
    if (!(leaf instanceof TypeOnly)) {
      throw new TypeError(
        `${name}: expected tensors from forward but received ${describeValue(leaf)}${path && ` at ${path}`}`,
      );
    }
    const output = new SymbolicTensor(leaf, name, node);
    node.outputs.push(output);
    return output;
  });
}
