/** One capture: the flat list of steps that a function turns into while `jit` runs it. */

import { type DType, codeOf } from "../tensor/dtype";
import { native } from "../addon/native";
import type { ActiveCapture, Guard } from "../tensor/recorder";
import { SYMBOLIC, type Shape, Tensor } from "../tensor/tensor";
import { Variable } from "../tensor/variable";

/** Kinds of slots, numbered as in `native/plan/graph.hpp`. */
const TEMP = 0;
const INPUT = 1;
const HELD = 2;
const VARIABLE = 3;

export class Capture implements ActiveCapture {
  /** Tensors of outside that the plan refers to; a disposed one makes the plan throw. */
  readonly held: Tensor[] = [];
  /** Variables that the plan writes, once for every write: their versions advance at each run. */
  readonly written: Variable[] = [];
  readonly guards: Guard[] = [];

  private readonly heldSlots = new Map<Tensor, number>();
  private readonly kinds: number[] = [];
  private readonly slotWords: number[] = [];
  private readonly stepWords: number[] = [];
  private slotCount = 0;
  private stepCount = 0;
  private inputCount = 0;

  /** A symbolic tensor that stands for the next argument. */
  addInput(shape: Shape, dtype: DType): Tensor {
    return this.symbolic(this.addSlot(INPUT, this.inputCount++, shape, dtype), shape, dtype);
  }

  /** Appends a step with one result. */
  addStep(
    op: number,
    inputs: readonly Tensor[],
    attrs: readonly number[],
    shape: Shape,
    dtype: DType,
  ): Tensor {
    const slots = this.slotsOf(inputs);
    const slot = this.addSlot(TEMP, -1, shape, dtype);
    this.stepCount++;
    this.stepWords.push(op, slots.length, 1, attrs.length, ...slots, slot, ...attrs);
    return this.symbolic(slot, shape, dtype);
  }

  /** Appends a step that writes its first `writes` inputs. */
  addUpdate(op: number, inputs: readonly Tensor[], attrs: readonly number[], writes: number): void {
    const slots = this.slotsOf(inputs);
    this.stepCount++;
    this.stepWords.push(op, slots.length, 0, attrs.length, ...slots, ...attrs);
    for (let i = 0; i < writes; i++) this.written.push(inputs[i] as Variable);
  }

  addGuard(guard: Guard): void {
    const known = this.guards.some((g) => g.owner === guard.owner && g.key === guard.key);
    if (!known) this.guards.push(guard);
  }

  /** True if the tensor's values come from a step of this capture. */
  isComputed(tensor: Tensor): boolean {
    return tensor.capture === this && this.kinds[tensor.slot] === TEMP;
  }

  /** Makes the native plan; `fuse` lets it merge steps. */
  finish(outputs: readonly Tensor[], fuse: boolean): number {
    const words = [this.inputCount, this.slotCount, ...this.slotWords];
    words.push(this.stepCount, ...this.stepWords);
    words.push(outputs.length, ...outputs.map((output) => output.slot));
    return native.createPlan(Float64Array.from(words), fuse);
  }

  private addSlot(kind: number, which: number, shape: Shape, dtype: DType): number {
    this.kinds.push(kind);
    this.slotWords.push(kind, which, codeOf(dtype), shape.length, ...shape);
    return this.slotCount++;
  }

  private symbolic(slot: number, shape: Shape, dtype: DType): Tensor {
    const tensor = new Tensor(SYMBOLIC, shape, dtype);
    tensor.capture = this;
    tensor.slot = slot;
    return tensor;
  }

  private slotsOf(inputs: readonly Tensor[]): number[] {
    return inputs.map((input) => this.slotOf(input));
  }

  private slotOf(tensor: Tensor): number {
    if (tensor.capture === this) return tensor.slot;
    if (tensor.capture !== null) throw leaked(tensor);
    const known = this.heldSlots.get(tensor);
    if (known !== undefined) return known;
    const kind = tensor instanceof Variable ? VARIABLE : HELD;
    const slot = this.addSlot(kind, tensor.liveHandle(), tensor.shape, tensor.dtype);
    this.heldSlots.set(tensor, slot);
    this.held.push(tensor);
    return slot;
  }
}

/** The error for a symbolic tensor used outside the capture that made it. */
export function leaked(tensor: Tensor): Error {
  return new Error(
    `${tensor.describe()} leaked out of a function captured by jit: it stands for a value inside ` +
      "that function alone. Return it from the function to use it outside",
  );
}
