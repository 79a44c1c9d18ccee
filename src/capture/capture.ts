/** One capture: the graph that a function turns into while `jit` runs it. */

import type { OpName } from "../ops/op-definition";
import type { ActiveCapture, Attributes, Guard, RecordedOp } from "../tensor/recorder";
import { SYMBOLIC, type Shape, Tensor, type TensorType } from "../tensor/tensor";
import type { DType } from "../tensor/dtype";
import { Variable } from "../tensor/variable";
import type { Graph, GraphNode, GraphValue } from "./graph";

export class Capture implements ActiveCapture {
  /** Tensors of outside that the plan refers to; a disposed one makes the plan throw. */
  readonly held: Tensor[] = [];
  /** Variables that the plan writes, once for every write: their versions advance at each run. */
  readonly written: Variable[] = [];
  readonly guards: Guard[] = [];
  /** Objects whose fields decided what was captured. */
  readonly owners = new Set<object>();

  private readonly guardedKeys = new Map<object, Set<string>>();
  private readonly heldValues = new Map<Tensor, number>();
  private readonly values: GraphValue[] = [];
  private readonly nodes: GraphNode[] = [];
  private inputCount = 0;
  /** The scalar that decides whether the updates of this moment run; null for always. */
  private predicate: number | null = null;

  /** A symbolic tensor that stands for the next argument. */
  addInput(shape: Shape, dtype: DType): Tensor {
    return this.symbolic("input", this.inputCount++, { shape, dtype });
  }

  addStep(
    op: RecordedOp,
    inputs: readonly Tensor[],
    attributes: Attributes,
    results: readonly TensorType[],
  ): Tensor[] {
    // Of their lengths from the beginning: lists that grow have room for more than most will ever hold.
    const numbers = new Array<number>(inputs.length);
    for (let i = 0; i < inputs.length; i++) numbers[i] = this.numberOf(inputs[i]);
    const outputs = new Array<Tensor>(results.length);
    const slots = new Array<number>(results.length);
    for (let i = 0; i < results.length; i++) {
      outputs[i] = this.symbolic("computed", null, results[i]);
      slots[i] = outputs[i].slot;
    }
    // What is skipped must leave no value that others miss: only updates are.
    const predicate = op.written.length > 0 ? this.predicate : null;
    this.nodes.push({
      op: op.name as OpName,
      attributes,
      inputs: numbers,
      outputs: slots,
      predicate,
    });
    for (let i = 0; i < op.written.length; i++)
      this.written.push(inputs[op.written[i]] as Variable);
    return outputs;
  }

  addGuard(guard: Guard): void {
    const keys = this.guardedKeys.get(guard.owner) ?? new Set();
    this.guardedKeys.set(guard.owner, keys);
    if (keys.has(guard.key)) return;
    keys.add(guard.key);
    this.guards.push(guard);
  }

  addOwner(owner: object): void {
    this.owners.add(owner);
  }

  /** Runs `fn`; the updates in it are to run only where `predicate`, a scalar, is not 0. */
  guardedBy(predicate: Tensor, fn: () => void): void {
    const outer = this.predicate;
    this.predicate = this.numberOf(predicate);
    try {
      fn();
    } finally {
      this.predicate = outer;
    }
  }

  /** True while updates have a predicate. */
  get isGuarded(): boolean {
    return this.predicate !== null;
  }

  /** True if the tensor's values come from a step of this capture. */
  isComputed(tensor: Tensor): boolean {
    return tensor.capture === this && this.values[tensor.slot].kind === "computed";
  }

  /** The graph so far, with what the function returns. */
  finish(outputs: readonly Tensor[]): Graph {
    const { values, nodes } = this;
    return { values, nodes, outputs: outputs.map(({ slot }) => slot) };
  }

  private symbolic(
    kind: "input" | "computed",
    source: number | null,
    { shape, dtype }: TensorType,
  ): Tensor {
    const tensor = new Tensor(SYMBOLIC, shape, dtype);
    tensor.capture = this;
    tensor.slot = this.addValue({ kind, source, shape, dtype });
    return tensor;
  }

  private addValue(value: GraphValue): number {
    this.values.push(value);
    return this.values.length - 1;
  }

  private numberOf(tensor: Tensor): number {
    if (tensor.capture === this) return tensor.slot;
    if (tensor.capture !== null) throw leaked(tensor);
    const known = this.heldValues.get(tensor);
    if (known !== undefined) return known;
    tensor.liveHandle(); // throws if there is none
    const { shape, dtype } = tensor;
    const kind = tensor instanceof Variable ? "variable" : "constant";
    const number = this.addValue({ kind, source: tensor, shape, dtype });
    this.heldValues.set(tensor, number);
    this.held.push(tensor);
    return number;
  }
}

/** The error for a symbolic tensor used outside the capture that made it. */
export function leaked(tensor: Tensor): Error {
  return new Error(
    `${tensor.describe()} leaked out of a function captured by jit: it stands for a value inside ` +
      "that function alone. Return it from the function to use it outside",
  );
}
