/** `jit`: runs a function once to capture its ops as a plan, then replays the plan. */

import { warn } from "../addon/warn";
import {
  type KeyLeaf,
  collectLeaves,
  describeChange,
  isInput,
  keyOf,
  leafMatches,
} from "./arguments";
import { differenceOf } from "./compare";
import type { CapturedGraph } from "./captured-graph";
import { type Graph, freezeGraph } from "./graph";
import { type Constants, Output, record } from "./record";
import { Structure } from "./structure";
import { native } from "../addon/native";
import { mapLeaves } from "../tensor/nest";
import { type Guard, currentGuardEpoch, recorder } from "../tensor/recorder";
import { type Shape, Tensor, type TensorType, wrap } from "../tensor/tensor";
import { checkFlag, checkOptions } from "../tensor/options";
import { describeValue } from "../tensor/values";
import type { Variable } from "../tensor/variable";
import { type DType, DTYPES } from "../tensor/dtype";

/** A function made by `jit`. */
export interface JitFunction<A extends unknown[], R> {
  (...args: A): R;
  /**
   * The plan that serves these arguments, in words; captures it if need be. Steps stand by phases,
   * each with its operands, attributes and formula; then the buffers with shape, bytes and place; then
   * what was merged; then the bytes of each thread's workspace and those of the arena that the
   * temporaries share.
   */
  plan(...args: A): string;
  /** The same steps as data, such as to count what they compute. */
  steps(...args: A): PlanStep[];
  /**
   * What the function computes of these arguments, before anything is merged: a typed graph, as frozen
   * plain data.
   */
  graph(...args: A): Graph;
  /** Frees all plans; a later call captures anew. */
  dispose(): void;
}

/** A step of a plan: an op of the native table, or one that several were merged into. */
export interface PlanStep {
  /** Name of the op, or of what several ops became, such as "dense". */
  readonly op: string;
  /** Shapes and dtypes of what the step reads. */
  readonly inputs: readonly TensorType[];
  /** Empty for a step that writes Variables. */
  readonly outputs: readonly TensorType[];
}

/** Options of `jit`. */
export interface JitOptions {
  /**
   * Whether the plan may merge steps, such as matMul, add and relu, or an SGD update and the product
   * that it subtracts; true. Results agree within rounding either way.
   */
  fuse?: boolean;
}

const MAX_PLANS = 16;
/** Captures of one function after which it warns that some argument keeps changing. */
const CAPTURES_BEFORE_WARNING = 8;

/** A plan and what it is valid for. */
export interface Entry {
  readonly key: readonly KeyLeaf[];
  readonly guards: readonly Guard[];
  structure: Structure;
  guardEpoch: number;
  readonly resources: Resources;
  readonly graph: CapturedGraph;
  readonly held: readonly Tensor[];
  readonly written: readonly Variable[];
  readonly outputs: readonly { shape: Shape; dtype: DType }[];
  /** The function's result, with the numbers of outputs for tensors. */
  readonly template: unknown;
}

/** What a plan holds outside of JavaScript. */
export interface Resources {
  readonly plan: number;
  readonly constants: Constants;
}

/** Frees the plans of functions that were collected. Resources never refer back to the function. */
const collector = new FinalizationRegistry<Resources[]>((all) => all.forEach(free));

function free({ plan, constants }: Resources): void {
  native.releasePlan(plan);
  constants.dispose();
}

/**
 * Compiles a function of tensors: the first call captures its ops (gradients and updates included) as
 * a plan, later calls with arguments of the same shapes and dtypes replay it.
 *
 * - Tensor arguments are inputs. Other arguments, the `training`, `trainable` and `rate` settings that
 *   the function reads, and the fields of the modules that it runs (with the arrays, plain objects, Maps,
 *   Sets and typed arrays in them) are part of the plan: another value captures another plan (16 are
 *   kept).
 * - Variables and tensors that the function closes over are used by reference, at their values of
 *   each call. Numbers that it closes over are frozen at the capture.
 * - Returned tensors are the caller's; the next call leaves them alone.
 * - Reading a tensor's values inside throws. Called inside another captured function, or while an
 *   eager tape records, the function simply runs.
 *
 * @param fn synchronous; takes tensors (alone, or in arrays and plain objects) and plain values, and
 *   returns nothing or tensors (alone, or in arrays and plain objects)
 */
export function jit<A extends unknown[], R>(
  fn: (...args: A) => R,
  options: JitOptions = {},
): JitFunction<A, R> {
  if (typeof fn !== "function") {
    throw new TypeError(`expected a function for jit but received ${describeValue(fn)}`);
  }
  checkOptions(options, ["fuse"], "jit");
  const fuse = options.fuse ?? true;
  checkFlag(fuse, "jit", "fuse");
  const cache = new PlanCache(fn as (...args: unknown[]) => unknown, fuse);
  const run = (...args: A): R => {
    if (recorder.capture !== null || recorder.tapes.length > 0) return fn(...args);
    return cache.call(args) as R;
  };
  /** What serves the arguments, for a look at it. */
  const entryOf = (what: string, args: A): Entry => {
    if (args.length > 0 || fn.length === 0) return cache.entryFor(args);
    throw new TypeError(
      `${what}: expected the arguments of a call but received none; a function has a plan for each kind of them`,
    );
  };
  collector.register(run, cache.resources, cache);
  const compiled: JitFunction<A, R> = Object.assign(run, {
    plan: (...args: A) => native.describePlan(entryOf("plan", args).resources.plan),
    steps: (...args: A) => native.planSteps(entryOf("steps", args).resources.plan).map(toPlanStep),
    graph: (...args: A) => freezeGraph(entryOf("graph", args).graph.graph),
    dispose: () => cache.dispose(),
  });
  caches.set(compiled, cache);
  return compiled;
}

const caches = new WeakMap<object, PlanCache>();

/**
 * @internal The plan of a `jit` function that serves such arguments, captured if need be; for loops
 * that replay it on another thread. Tensors among the arguments need no values.
 */
export function planFor<A extends unknown[]>(fn: JitFunction<A, unknown>, ...args: A): Entry {
  return (caches.get(fn) as PlanCache).planFor(args);
}

/** @internal The plan that serves such arguments as things stand, without a capture; undefined for none. */
export function servingPlan<A extends unknown[]>(
  fn: JitFunction<A, unknown>,
  ...args: A
): Entry | undefined {
  return (caches.get(fn) as PlanCache).servingPlan(args);
}

/**
 * @internal Captures once more what a plan was captured from. Returns how the computation differs by
 * now, in words, or null; a plan that differs is dropped, and the next call captures anew.
 */
export function recapture<A extends unknown[]>(
  fn: JitFunction<A, unknown>,
  entry: Entry,
  ...args: A
): string | null {
  return (caches.get(fn) as PlanCache).recapture(entry, args);
}

function toPlanStep([op, inputs, outputs]: ReturnType<typeof native.planSteps>[0]): PlanStep {
  const toType = ([code, ...shape]: number[]): TensorType => ({ dtype: DTYPES[code], shape });
  return { op, inputs: inputs.map(toType), outputs: outputs.map(toType) };
}

class PlanCache {
  /** Most recently used first. */
  private readonly entries: Entry[] = [];
  /** Those of `entries`, in any order. */
  readonly resources: Resources[] = [];
  private captures = 0;
  private lastKey: readonly KeyLeaf[] | null = null;
  private readonly leaves: unknown[] = [];
  private readonly inputs: Tensor[] = [];

  constructor(
    private readonly fn: (...args: unknown[]) => unknown,
    private readonly fuse: boolean,
  ) {}

  call(args: readonly unknown[]): unknown {
    const entry = this.entryFor(args);
    const { leaves, inputs } = this;
    for (let i = 0; i < leaves.length; i++) {
      const leaf = leaves[i];
      if (isInput(leaf)) inputs.push(leaf);
    }
    try {
      return replay(entry, inputs);
    } finally {
      // Between calls nothing keeps the arguments alive.
      leaves.length = 0;
      inputs.length = 0;
    }
  }

  /** The plan for these arguments; captured if there is none. Leaves their leaves in `leaves`. */
  entryFor(args: readonly unknown[]): Entry {
    return this.find(args) ?? this.capture(args);
  }

  servingPlan(args: readonly unknown[]): Entry | undefined {
    const entry = this.find(args);
    this.leaves.length = 0;
    return entry;
  }

  planFor(args: readonly unknown[]): Entry {
    this.captures = 0; // what calls it decides on the arguments: there is nobody to warn
    const entry = this.entryFor(args);
    this.leaves.length = 0;
    return entry;
  }

  recapture(entry: Entry, args: readonly unknown[]): string | null {
    const { difference, constants } = record(this.fn, args, ({ capture, graph, constants }) => {
      entry.structure = new Structure(capture.owners);
      return { difference: differenceOf(entry.graph.graph, graph.graph), constants };
    });
    constants.dispose();
    if (difference !== null) this.drop(this.entries.indexOf(entry));
    return difference;
  }

  dispose(): void {
    this.entries.length = 0;
    this.resources.splice(0).forEach(free);
  }

  private find(args: readonly unknown[]): Entry | undefined {
    const { entries, leaves } = this;
    leaves.length = 0;
    for (let i = 0; i < args.length; i++) collectLeaves(args[i], leaves, i);
    for (let i = 0; i < entries.length; i++) {
      if (!serves(entries[i], leaves)) continue;
      if (i > 0) entries.unshift(...entries.splice(i, 1));
      return entries[0];
    }
    return undefined;
  }

  private drop(index: number): void {
    const [{ resources }] = this.entries.splice(index, 1);
    this.resources.splice(this.resources.indexOf(resources), 1);
    free(resources);
  }

  private capture(args: readonly unknown[]): Entry {
    const key = this.leaves.map(keyOf);
    this.warnOfManyCaptures(args, key);
    const entry = captureFunction(this.fn, args, key, this.fuse);
    this.entries.unshift(entry);
    this.resources.push(entry.resources);
    if (this.entries.length > MAX_PLANS) this.drop(this.entries.length - 1);
    return entry;
  }

  private warnOfManyCaptures(args: readonly unknown[], key: readonly KeyLeaf[]): void {
    this.captures++;
    if (this.captures === CAPTURES_BEFORE_WARNING && this.lastKey !== null) {
      warn(
        "NABLA_MANY_CAPTURES",
        `a jit function${this.fn.name && ` (${this.fn.name})`} was captured ${this.captures} times: ` +
          `${describeChange(args, this.lastKey, key)}. Each capture costs as much as many calls; pass ` +
          "what changes as a tensor of one shape, or keep it in a Variable",
      );
    }
    this.lastKey = key;
  }
}

// ---- lookup

function serves(entry: Entry, leaves: readonly unknown[]): boolean {
  const { key } = entry;
  if (key.length !== leaves.length) return false;
  for (let i = 0; i < key.length; i++) if (!leafMatches(key[i], leaves[i])) return false;
  return guardsHold(entry) && entry.structure.holds();
}

function guardsHold(entry: Entry): boolean {
  const epoch = currentGuardEpoch();
  if (entry.guardEpoch === epoch) return true;
  for (const guard of entry.guards) if (!Object.is(guard.read(), guard.value)) return false;
  entry.guardEpoch = epoch;
  return true;
}

// ---- capture

function captureFunction(
  fn: (...args: unknown[]) => unknown,
  args: readonly unknown[],
  key: readonly KeyLeaf[],
  fuse: boolean,
): Entry {
  const guardEpoch = currentGuardEpoch();
  return record(fn, args, ({ capture, graph, template, outputs, constants }) => {
    const { guards, owners, held, written } = capture;
    const structure = new Structure(owners);
    const plan = native.createPlan(graph.planWords(), fuse);
    const resources = { plan, constants };
    return {
      key,
      guards,
      structure,
      guardEpoch,
      resources,
      graph,
      held,
      written,
      outputs: outputs.map(({ shape, dtype }) => ({ shape, dtype })),
      template,
    };
  });
}

// ---- replay

const { words } = native;

function replay(entry: Entry, inputs: readonly Tensor[]): unknown {
  const { held, written, outputs, template } = entry;
  for (let i = 0; i < held.length; i++) if (held[i].handle < 0) throw held[i].unusable();
  for (let i = 0; i < inputs.length; i++) words[i] = inputs[i].liveHandle();
  native.runPlan(entry.resources.plan);
  for (let i = 0; i < written.length; i++) written[i].version++;
  if (template === undefined) return undefined;
  const results: Tensor[] = [];
  for (let i = 0; i < outputs.length; i++) {
    results.push(wrap(words[i], outputs[i].shape, outputs[i].dtype));
  }
  return fromTemplate(template, results);
}

function fromTemplate(template: unknown, results: readonly Tensor[]): unknown {
  if (template instanceof Output) return results[template.index];
  return mapLeaves(template, (leaf) => (leaf instanceof Output ? results[leaf.index] : leaf));
}
