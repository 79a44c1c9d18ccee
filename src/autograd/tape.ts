/** Reverse-mode automatic differentiation: a tape notes what is computed and plays it backwards. */

import { isFloat } from "../tensor/dtype";
import { tensorsIn } from "../tensor/nest";
import { checkFlag, checkFunction, checkOptions } from "../tensor/options";
import { add } from "../ops/arithmetic";
import { forgetLogits } from "../ops/logits";
import { gradientsOf } from "../ops/op";
import type { Op } from "../ops/op-definition";
import { clone, onesLike, zerosLike } from "../ops/shape";
import {
  type Attributes,
  type InferenceUse,
  inferenceGradients,
  recorder,
} from "../tensor/recorder";
import {
  type Owned,
  addHolder,
  beginScope,
  endHolds,
  endScope,
  removeHolder,
} from "../tensor/scope";
import { Tensor, describeType, sameShape } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import { type TapeTrace, type TracedNode, traceOf } from "./trace";
import { Variable } from "../tensor/variable";

/** Options of a `GradientTape`. */
export interface GradientTapeOptions {
  /** Allows several calls of `gradient`; then free the tape with `dispose`. */
  persistent?: boolean;
}

/** Options of `tape.gradient`. */
export interface GradientOptions {
  /** What to do about a source that the target does not depend on: throw (default) or give zeros. */
  unconnected?: "error" | "zero";
}

/** @internal One op that was executed while the tape recorded. */
export interface TapeNode extends TracedNode {
  /** Versions of the inputs that are Variables at that moment; null if none is. */
  readonly versions: readonly number[] | null;
}

/** Numbers the passes of `gradient`, to mark tensors without a set. */
let lastPass = 0;

/** Passes under way: a gradient rule may take gradients itself. */
let passes = 0;

/** Frees the tensors of tapes that were dropped without taking a gradient. */
const dropped = new FinalizationRegistry<Owned[]>((held) => releaseHeld(held));

/**
 * Tapes that are to be registered there. It takes as long as several ops, and most tapes are spent
 * by the end of the turn of the event loop, before which no finalizer runs.
 */
const recent: GradientTape[] = [];
const MOST_RECENT = 64;
let isTurnAwaited = false;

function registerRecent(): void {
  for (const tape of recent.splice(0)) tape.registerHeld();
}

function awaitTurn(): void {
  if (isTurnAwaited) return;
  isTurnAwaited = true;
  queueMicrotask(() => {
    isTurnAwaited = false;
    registerRecent();
  });
}

function releaseHeld(held: Owned[], from = 0): void {
  endHolds(held.splice(from));
}

/**
 * Records what is computed in `record` and differentiates it.
 *
 * ```ts
 * const tape = new GradientTape();
 * const loss = tape.record(() => model.forward(x).sub(y).square());
 * const gradients = tape.gradient(loss, model.trainableWeights);
 * ```
 *
 * Trainable Variables are watched by themselves, other tensors by `watch`. What the tape stored is
 * freed once the gradient was taken, unless it is persistent. Tapes nest: an outer tape that records
 * an inner tape's `gradient` gives second derivatives.
 */
export class GradientTape {
  private readonly persistent: boolean;
  private readonly watched = new Set<Tensor>();
  private nodes: TapeNode[] = [];
  /** Tensors whose memory this tape keeps alive. Never refers to the tape: see `dropped`. */
  private readonly held: Owned[] = [];
  private readonly capture = recorder.capture;
  private spent = false;
  private isRegistered = false;
  private inferenceUse: InferenceUse | null = null;
  private lastPlace: TracedNode["where"] = null;

  constructor(options: GradientTapeOptions = {}) {
    checkOptions(options, ["persistent"], "GradientTape");
    const { persistent = false } = options;
    checkFlag(persistent, "GradientTape", "persistent");
    this.persistent = persistent;
  }

  /** Makes `gradient` accept a tensor that is no trainable Variable, such as an input. */
  watch(x: Tensor): void {
    if (!(x instanceof Tensor))
      throw new TypeError(`expected a Tensor to watch but received ${typeof x}`);
    if (!isFloat(x.dtype)) {
      throw new TypeError(`expected a float tensor to watch but received ${x.describe()}`);
    }
    this.watched.add(x);
    forgetLogits(x);
  }

  /**
   * Runs `fn` and notes every op in it. Returns what `fn` returns; tensors that it creates and does
   * not return are freed with the tape. May be called several times.
   */
  record<T>(fn: () => T): T {
    this.checkUsable("record");
    checkFunction(fn, "record", "fn");
    const { nodes, held } = this;
    const [nodesBefore, heldBefore] = [nodes.length, held.length];
    recorder.tapes.push(this);
    addHolder(this);
    beginScope();
    let survivors: Tensor[] = [];
    let failed = true;
    try {
      const result = fn();
      if (typeof (result as { then?: unknown } | null | undefined)?.then === "function") {
        throw new TypeError(
          "record expects a synchronous function but received one with a promise",
        );
      }
      survivors = tensorsIn(result);
      failed = false;
      return result;
    } finally {
      endScope(survivors);
      removeHolder(this);
      recorder.tapes.splice(recorder.tapes.lastIndexOf(this), 1);
      if (failed) {
        // Nobody got anything to differentiate: as if it had not been recorded.
        nodes.length = nodesBefore;
        releaseHeld(held, heldBefore);
      }
      if (held.length > 0) this.freeOnceDropped();
    }
  }

  private freeOnceDropped(): void {
    if (this.isRegistered || recent.at(-1) === this) return;
    if (recent.length === MOST_RECENT) registerRecent();
    recent.push(this);
    awaitTurn();
  }

  /** @internal */
  registerHeld(): void {
    if (this.spent || this.isRegistered) return;
    dropped.register(this, this.held, this);
    this.isRegistered = true;
  }

  /** Runs `fn` without noting its ops. */
  stopRecording<T>(fn: () => T): T {
    checkFunction(fn, "stopRecording", "fn");
    const { tapes } = recorder;
    recorder.tapes = tapes.filter((tape) => tape !== this);
    try {
      return fn();
    } finally {
      recorder.tapes = tapes;
    }
  }

  /**
   * The gradient of `target` with respect to each source. A target that is no scalar is summed, as
   * in TensorFlow: a loss of one value a sample gives the gradient of the batch's sum.
   *
   * @returns gradients of the sources' shapes and dtypes: one tensor for one source, an array for an
   *   array
   */
  gradient(target: Tensor, sources: Tensor, options?: GradientOptions): Tensor;
  gradient(target: Tensor, sources: readonly Tensor[], options?: GradientOptions): Tensor[];
  gradient(
    target: Tensor,
    sources: Tensor | readonly Tensor[],
    options: GradientOptions = {},
  ): Tensor | Tensor[] {
    checkGradientOptions(options);
    const list = Array.isArray(sources) ? (sources as readonly Tensor[]) : [sources as Tensor];
    const fill = options.unconnected === "zero" ? zerosLike : refuse;
    const results = this.differentiate(target, list, fill) as Tensor[];
    return Array.isArray(sources) ? results : results[0];
  }

  /** @internal The gradients by all sources; null for those that the target does not depend on. */
  gradientOrNull(target: Tensor, sources: readonly Tensor[]): (Tensor | null)[] {
    return this.differentiate(target, sources, () => null);
  }

  private differentiate(
    target: Tensor,
    sources: readonly Tensor[],
    fill: (source: Tensor, index: number) => Tensor | null,
  ): (Tensor | null)[] {
    this.checkUsable("gradient");
    this.checkTarget(target);
    for (let i = 0; i < sources.length; i++) this.checkSource(sources[i], i);
    beginScope();
    let results: (Tensor | null)[];
    let made: Tensor[] = [];
    try {
      results = this.playBack(target, sources, fill);
      made = results.filter((result) => result !== null);
    } finally {
      endScope(made);
    }
    if (this.inferenceUse !== null) {
      for (const result of made) inferenceGradients.set(result, this.inferenceUse);
    }
    if (!this.persistent) this.dispose();
    return results;
  }

  /**
   * What was recorded so far, op by op with its layer, and what of it each derivative reads: what
   * forward stored for backward. To be called before `gradient`, which frees it. Gradients are
   * assumed to be taken by the trainable Variables and the watched tensors.
   */
  trace(): TapeTrace {
    this.checkUsable("trace");
    const isSource = (x: Tensor): boolean =>
      this.watched.has(x) || (x instanceof Variable && x.trainable);
    return traceOf(this.nodes, isSource);
  }

  /** Frees what the tape stored. Done by `gradient` unless the tape is persistent. */
  dispose(): void {
    this.spent = true;
    this.nodes = [];
    if (this.isRegistered) dropped.unregister(this);
    else if (recent.at(-1) === this) recent.pop();
    releaseHeld(this.held);
  }

  /** Ends with `using`: frees what the tape has stored, as `dispose` does. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal */
  note(
    op: Op,
    inputs: readonly Tensor[],
    attributes: Attributes,
    outputs: readonly Tensor[],
  ): void {
    const versions = versionsOf(inputs);
    this.nodes.push({ op, inputs, attributes, outputs, versions, where: this.place() });
  }

  /** The module that runs, and the outermost one; the same object for ops that follow each other. */
  private place(): TracedNode["where"] {
    const { modules } = recorder;
    if (modules.length === 0) return null;
    const [root, module] = [modules[0], modules[modules.length - 1]];
    const { lastPlace: last } = this;
    if (last?.module === module && last.root === root) return last;
    return (this.lastPlace = { root, module });
  }

  /** @internal */
  noteInference(use: InferenceUse): void {
    this.inferenceUse ??= use;
  }

  /** @internal */
  hold(tensor: Owned): void {
    tensor.holds++;
    this.held.push(tensor);
  }

  /** @internal The ops through which the sources reach anything, in the order of their execution. */
  nodesFrom(sources: readonly Tensor[]): TapeNode[] {
    const pass = ++lastPass;
    for (const source of sources) source.mark = pass;
    return this.nodes.filter((node) => markReached(node, pass));
  }

  private checkUsable(method: string): void {
    if (this.capture !== recorder.capture) {
      throw new Error(
        `a GradientTape begun ${this.capture === null ? "outside" : "inside"} a function captured by ` +
          `jit cannot ${method} ${this.capture === null ? "inside" : "outside"} it: create the tape ` +
          "where it is used",
      );
    }
    if (this.spent) {
      throw new Error(
        `this GradientTape was freed: its gradient was taken already. For several gradients create ` +
          "it with { persistent: true }",
      );
    }
  }

  private checkTarget(target: Tensor): void {
    if (!(target instanceof Tensor)) {
      throw new TypeError(`expected a Tensor for target but received ${typeof target}`);
    }
    const recorded =
      this.watched.has(target) || target instanceof Variable || this.hasComputed(target);
    if (recorded) return;
    throw new Error(
      `the target ${target.describe()} was not computed while this tape recorded: compute it inside ` +
        "tape.record(() => ...)",
    );
  }

  private checkSource(source: Tensor, index: number): void {
    if (!(source instanceof Tensor)) {
      throw new TypeError(`expected Tensors for sources but received ${typeof source} at ${index}`);
    }
    if (source instanceof Variable ? source.trainable : this.watched.has(source)) return;
    if (this.watched.has(source) || this.hasComputed(source)) return;
    throw new Error(
      `source ${index}, ${source.describe()}, was not watched: call tape.watch(x) before recording ` +
        "with it",
    );
  }

  /** Looks from the last op on, whose result most targets are. */
  private hasComputed(x: Tensor): boolean {
    for (let i = this.nodes.length - 1; i >= 0; i--) {
      if (this.nodes[i].outputs.includes(x)) return true;
    }
    return false;
  }

  private playBack(
    target: Tensor,
    sources: readonly Tensor[],
    fill: (source: Tensor, index: number) => Tensor | null,
  ): (Tensor | null)[] {
    const putBack = passes > 0 ? this.takeScratch(sources) : null;
    passes++;
    const pass = ++lastPass;
    for (const source of sources) source.mark = pass;
    for (const node of this.nodes) markReached(node, pass);
    const reached: Tensor[] = [];
    try {
      if (target.mark === pass) deposit(target, onesLike(target), reached);
      for (let i = this.nodes.length - 1; i >= 0; i--) propagate(this.nodes[i], pass, reached);
      return collect(sources, fill);
    } finally {
      for (const tensor of reached) tensor.grad = null;
      passes--;
      putBack?.();
    }
  }

  /** Takes away what a pass around this one noted in its tensors; what it returns puts that back. */
  private takeScratch(sources: readonly Tensor[]): () => void {
    const tensors = [...sources, ...this.nodes.flatMap(({ outputs }) => outputs)];
    const noted = tensors.map(({ mark, grad }) => ({ mark, grad }));
    for (const tensor of tensors) tensor.grad = null;
    return () => tensors.forEach((tensor, i) => Object.assign(tensor, noted[i]));
  }
}

function checkGradientOptions(options: GradientOptions): void {
  checkOptions(options, ["unconnected"], "gradient");
  const { unconnected = "error" } = options;
  if (unconnected === "error" || unconnected === "zero") return;
  throw new TypeError(
    `gradient: expected "error" or "zero" for unconnected but received ${describeValue(unconnected)}`,
  );
}

// Loops instead of closures from here on: this is the path of every eager op.

function versionsOf(inputs: readonly Tensor[]): number[] | null {
  let versions: number[] | null = null;
  for (let i = 0; i < inputs.length; i++) {
    const { version } = inputs[i];
    if (version === undefined) continue;
    versions ??= new Array<number>(inputs.length);
    versions[i] = version;
  }
  return versions;
}

function dependsOn(inputs: readonly Tensor[], pass: number): boolean {
  for (let i = 0; i < inputs.length; i++) if (inputs[i].mark === pass) return true;
  return false;
}

/** Marks the outputs of a node whose inputs are marked; true if they are. */
function markReached({ inputs, outputs }: TapeNode, pass: number): boolean {
  if (!dependsOn(inputs, pass)) return false;
  for (let i = 0; i < outputs.length; i++) outputs[i].mark = pass;
  return true;
}

/** Adds `gradient` to what has arrived at `tensor`. */
function deposit(tensor: Tensor, gradient: Tensor, reached: Tensor[]): void {
  if (tensor.grad === null) reached.push(tensor);
  tensor.grad = tensor.grad === null ? gradient : add(tensor.grad, gradient);
}

/** Sends the gradients that arrived at a node's outputs on to its inputs. */
function propagate(node: TapeNode, pass: number, reached: Tensor[]): void {
  const { op, inputs, outputs } = node;
  if (!hasGradient(outputs) || !dependsOn(inputs, pass)) return;
  if (op.vjp === null) throw new Error(`op ${op.name} has no gradient`);
  checkVersions(node);
  const needs = new Array<boolean>(inputs.length);
  for (let i = 0; i < inputs.length; i++) needs[i] = inputs[i].mark === pass;
  const dys = new Array<Tensor | null>(outputs.length);
  for (let i = 0; i < outputs.length; i++) dys[i] = outputs[i].grad;
  const gradients = gradientsOf(op, dys, inputs, outputs, node.attributes, needs);
  for (let i = 0; i < inputs.length; i++) {
    const gradient = gradients[i];
    if (!needs[i] || gradient === null) continue;
    checkType(op, inputs[i], gradient);
    deposit(inputs[i], gradient, reached);
  }
}

function hasGradient(outputs: readonly Tensor[]): boolean {
  for (let i = 0; i < outputs.length; i++) if (outputs[i].grad !== null) return true;
  return false;
}

function checkVersions({ op, inputs, versions }: TapeNode): void {
  if (versions === null) return;
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i];
    if (input.version === undefined || input.version === versions[i]) continue;
    throw new Error(
      `${input.describe()} was assigned after op ${op.name} was recorded with it: take the gradient ` +
        "before assigning",
    );
  }
}

function checkType(op: Op, input: Tensor, gradient: Tensor): void {
  if (gradient.dtype === input.dtype && sameShape(gradient.shape, input.shape)) return;
  throw new Error(
    `the gradient rule of op ${op.name} gave ${describeType(gradient.dtype, gradient.shape)} for an ` +
      `input ${describeType(input.dtype, input.shape)}`,
  );
}

/** @param fill what a source has that nothing arrived at */
function collect(
  sources: readonly Tensor[],
  fill: (source: Tensor, index: number) => Tensor | null,
): (Tensor | null)[] {
  const given = new Set<Tensor>();
  const results = new Array<Tensor | null>(sources.length);
  for (let i = 0; i < results.length; i++) {
    let gradient = sources[i].grad ?? fill(sources[i], i);
    // Each result is the caller's to dispose of.
    if (gradient !== null && given.has(gradient)) gradient = clone(gradient);
    if (gradient !== null) given.add(gradient);
    results[i] = gradient;
  }
  return results;
}

function refuse(source: Tensor, index: number): never {
  throw new Error(
    `the target does not depend on source ${index}, ${source.describe()}. Leave it out, or pass ` +
      '{ unconnected: "zero" } to get zeros',
  );
}
