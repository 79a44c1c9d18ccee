/** One capture: the graph that a function turns into while `jit` runs it. */

import { writeType } from "../ops/step-words";
import type { ActiveCapture, Guard, InferredStep, RecordedOp } from "../tensor/recorder";
import { SYMBOLIC, type Shape, Tensor, type TensorType, tensor } from "../tensor/tensor";
import type { DType } from "../tensor/dtype";
import { Variable } from "../tensor/variable";
import { COMPUTED, CONSTANT, CapturedGraph, INPUT, NONE, VARIABLE } from "./captured-graph";
import { WordList } from "./word-list";

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
  private readonly numberTensors = new Map<DType, Map<number, Tensor>>();
  private readonly values = WordList.take();
  private readonly nodes = WordList.take();
  private valueCount = 0;
  private nodeCount = 0;
  private inputCount = 0;
  /** The scalar that decides whether the updates of this moment run; null for always. */
  private predicate: number | null = null;

  /** A symbolic tensor that stands for the next argument; before any step. */
  addInput(shape: Shape, dtype: DType): Tensor {
    return this.symbolic(INPUT, this.inputCount++, { shape, dtype });
  }

  addStep(
    op: RecordedOp,
    inputs: readonly Tensor[],
    { results, attributeWords }: InferredStep,
  ): Tensor[] {
    const { nodes } = this;
    if (this.predicate !== null && op.written.length > 0 && results.length > 0) {
      throw new Error(`${op.name}: expected no \`when\` around an update that has results`);
    }
    nodes.makeRoom(4 + inputs.length + results.length + attributeWords.length);
    const { words } = nodes;
    let at = nodes.length;
    words[at++] = op.number;
    // What is skipped must leave no value that others miss: only updates are.
    words[at++] = op.written.length > 0 ? (this.predicate ?? NONE) : NONE;
    words[at++] = inputs.length;
    words[at++] = results.length;
    for (let i = 0; i < inputs.length; i++) words[at++] = this.numberOf(inputs[i]);
    const outputs = new Array<Tensor>(results.length);
    for (let i = 0; i < results.length; i++) {
      outputs[i] = this.symbolic(COMPUTED, NONE, results[i]);
      words[at++] = outputs[i].slot;
    }
    for (let i = 0; i < attributeWords.length; i++) words[at++] = attributeWords[i];
    nodes.length = at;
    this.nodeCount++;
    for (let i = 0; i < op.written.length; i++)
      this.written.push(inputs[op.written[i]] as Variable);
    return outputs;
  }

  numberTensor(value: number, dtype: DType): Tensor {
    const ofDType = this.numberTensors.get(dtype) ?? new Map<number, Tensor>();
    this.numberTensors.set(dtype, ofDType);
    const known = ofDType.get(value);
    if (known !== undefined && !Object.is(value, -0)) return known;
    const made = tensor(value, undefined, dtype);
    if (!Object.is(value, -0)) ofDType.set(value, made); // a Map takes it for 0
    return made;
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
    return tensor.capture === this && tensor.slot >= this.inputCount;
  }

  /** The graph, with what the function returns. Nothing is added to it any more. */
  finish(outputs: readonly Tensor[]): CapturedGraph {
    const { values, nodes } = this;
    const words = new Float64Array(4 + values.length + nodes.length + outputs.length);
    words[0] = this.inputCount;
    words[1] = this.valueCount;
    let at = values.copyTo(words, 2);
    words[at++] = this.nodeCount;
    at = nodes.copyTo(words, at);
    words[at++] = outputs.length;
    for (let i = 0; i < outputs.length; i++) words[at++] = outputs[i].slot;
    values.giveBack();
    nodes.giveBack();
    return new CapturedGraph(words, this.held);
  }

  private symbolic(kind: number, which: number, type: TensorType): Tensor {
    const tensor = new Tensor(SYMBOLIC, type.shape, type.dtype);
    tensor.capture = this;
    tensor.slot = this.addValue(kind, which, type);
    return tensor;
  }

  private addValue(kind: number, which: number, type: TensorType): number {
    const { values } = this;
    values.makeRoom(4 + type.shape.length);
    values.words[values.length] = kind;
    values.words[values.length + 1] = which;
    values.length = writeType(type, values.words, values.length + 2);
    return this.valueCount++;
  }

  private numberOf(tensor: Tensor): number {
    if (tensor.capture === this) return tensor.slot;
    if (tensor.capture !== null) throw leaked(tensor);
    const known = this.heldValues.get(tensor);
    if (known !== undefined) return known;
    const kind = tensor instanceof Variable ? VARIABLE : CONSTANT;
    const number = this.addValue(kind, tensor.liveHandle(), tensor);
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
