/** Plans of random steps, right ones and ones with some words changed. */

import { type DType, codeOf } from "../../src/tensor/dtype";
import type { Native } from "../../src/addon/native";
import { DTYPES, HandlePool, type Held } from "./handle-pool";
import { NUMBERS, pick } from "./hostile";
import { sizeOf } from "./nd-array";
import { integer } from "./numbers";
import type { Tally } from "./tally";

/** Kinds of slots, numbered as in `native/plan/graph.hpp`. */
const TEMP = 0;
const INPUT = 1;
const HELD = 2;
const VARIABLE = 3;

const NONE = -1;

const POOL = 32;

interface Slot {
  readonly kind: number;
  /** Number of the argument or handle. */
  readonly which: number;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

interface Type {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

const MATRIX: Type = { dtype: "float32", shape: [3, 3] };

/** A plan that is being described. */
class Description {
  readonly slots: Slot[] = [];
  readonly steps: number[][] = [];
  readonly inputs: Type[] = [];
  private readonly outputs: number[] = [];

  constructor(
    private readonly native: Native,
    private readonly pool: HandlePool,
    private readonly next: () => number,
  ) {}

  words(): number[] {
    const slots = this.slots.flatMap(({ kind, which, dtype, shape }) => [
      ...[kind, which, codeOf(dtype), shape.length],
      ...shape,
    ]);
    const { inputs, outputs, steps } = this;
    const counts = [inputs.length, this.slots.length];
    return [...counts, ...slots, steps.length, ...steps.flat(), outputs.length, ...outputs];
  }

  input(type: Type): number {
    this.inputs.push(type);
    return this.slot(INPUT, this.inputs.length - 1, type);
  }

  /** A slot of the given type: one that is there, or a new one of any kind. */
  like(type: Type): number {
    const fitting = this.slots
      .map((_, i) => i)
      .filter((i) => this.slots[i].dtype === type.dtype && sameShape(this.slots[i], type));
    if (fitting.length > 0 && this.next() < 0.8) return pick(this.next, fitting);
    if (this.next() < 0.3) return this.input(type);
    const { handle } = this.pool.like(type.dtype, type.shape);
    return this.slot(HELD, handle, type);
  }

  variable(type: Type): number {
    const known = this.slots.findIndex((slot) => slot.kind === VARIABLE && sameShape(slot, type));
    if (known >= 0 && this.slots[known].dtype === type.dtype) return known;
    // Of its own: no other slot may name it.
    return this.slot(VARIABLE, this.pool.create(type.dtype, type.shape).handle, type);
  }

  any(): number {
    return this.slots.length > 0 ? integer(this.next, 0, this.slots.length) : this.like(MATRIX);
  }

  type(slot: number): Type {
    return this.slots[slot];
  }

  /** `attributes` in the order of the op's row; a list has several numbers. */
  step(name: string, inputs: readonly number[], attributes: Values, result: Type): number {
    const slot = this.slot(TEMP, -1, result);
    const head = [this.op(name), NONE, inputs.length, 1];
    this.steps.push([...head, ...inputs, slot, ...attributeWords(attributes)]);
    return slot;
  }

  update(name: string, inputs: readonly number[], attributes: Values = []): void {
    const predicate = this.next() < 0.1 ? this.scalar() : NONE;
    const head = [this.op(name), predicate, inputs.length, 0];
    this.steps.push([...head, ...inputs, ...attributeWords(attributes)]);
  }

  private scalar(): number {
    return this.like({ dtype: pick(this.next, DTYPES), shape: [] });
  }

  /** Returns some of what steps compute. */
  returnSome(): void {
    this.slots.forEach(({ kind }, slot) => {
      if (kind === TEMP && this.next() < 0.4) this.outputs.push(slot);
    });
  }

  private op(name: string): number {
    return this.native.ops.findIndex((op) => op.name === name);
  }

  private slot(kind: number, which: number, { dtype, shape }: Type): number {
    this.slots.push({ kind, which, dtype, shape });
    return this.slots.length - 1;
  }
}

function sameShape(a: Type, b: Type): boolean {
  return a.shape.join() === b.shape.join();
}

/** Values of attributes, in order. */
type Values = readonly (number | readonly number[])[];

function attributeWords(attributes: Values): number[] {
  return attributes.flatMap((value) =>
    typeof value === "number" ? [1, value] : [value.length, ...value],
  );
}

type Maker = (plan: Description, next: () => number) => void;

const unary = (...names: string[]): Maker[] =>
  names.map((name) => (plan) => {
    const x = plan.like(MATRIX);
    plan.step(name, [x], [], plan.type(x));
  });

const binary = (...names: string[]): Maker[] =>
  names.map((name) => (plan, next) => {
    const a = plan.like(MATRIX);
    const b = plan.like(pick(next, [MATRIX, { ...MATRIX, shape: [3] }, { ...MATRIX, shape: [] }]));
    plan.step(name, next() < 0.5 ? [a, b] : [b, a], [], MATRIX);
  });

const INDICES: readonly Type[] = [[], [3], [3, 3]].map((shape) => ({ dtype: "int32", shape }));
const LABELS: readonly Type[] = [
  { dtype: "int32", shape: [3] },
  { dtype: "uint8", shape: [3] },
];
const ROW: Type = { dtype: "float32", shape: [3] };
const SCALAR: Type = { dtype: "float32", shape: [] };

/** Steps as the library records them, in proportions that meet the passes. */
const MAKERS: readonly Maker[] = [
  ...unary("relu", "tanh", "sigmoid", "softmax", "exp", "neg", "copy", "logSoftmax"),
  ...binary("add", "add", "mul", "sub", "maximum"),
  ...binary("reluGrad", "tanhGrad", "softmaxGrad"),
  (plan, next) => {
    const attrs = [integer(next, 0, 2), integer(next, 0, 2)];
    plan.step("matMul", [plan.like(MATRIX), plan.like(MATRIX)], attrs, MATRIX);
  },
  // A layer, its gradient and its update.
  (plan) => {
    const [x, w, b] = [plan.like(MATRIX), plan.variable(MATRIX), plan.like(ROW)];
    const sums = plan.step("add", [plan.step("matMul", [x, w], [0, 0], MATRIX), b], [], MATRIX);
    const y = plan.step("tanh", [sums], [], MATRIX);
    const dy = plan.step("matMul", [plan.like(MATRIX), w], [0, 1], MATRIX);
    const dz = plan.step("tanhGrad", [dy, y], [], MATRIX);
    const dw = plan.step("matMul", [x, dz], [1, 0], MATRIX);
    plan.update("sgdUpdate", [w, dw, plan.like(SCALAR)]);
    const db = plan.step("sum", [dz], [[0], 0], ROW);
    plan.update("sgdUpdate", [plan.variable(ROW), db, plan.like(SCALAR)]);
  },
  (plan, next) => {
    const x = plan.any();
    const { dtype, shape } = plan.type(x);
    const other = pick(next, [[sizeOf(shape)], [...shape].reverse(), [1, ...shape]]);
    plan.step("reshape", [x], [other], { dtype, shape: other });
  },
  (plan, next) => {
    const x = plan.any();
    const dtype = pick(next, DTYPES);
    plan.step("cast", [x], [codeOf(dtype)], { dtype, shape: plan.type(x).shape });
  },
  (plan, next) => {
    const axis = integer(next, 0, 2);
    plan.step("sum", [plan.like(MATRIX)], [[axis], 0], ROW);
  },
  (plan, next) => {
    const axis = integer(next, 0, 2);
    plan.step("argMax", [plan.like(MATRIX)], [axis], { dtype: "int32", shape: [3] });
  },
  (plan, next) => {
    const x = plan.like({ dtype: pick(next, DTYPES), shape: [3, 3] });
    const indices = plan.like(pick(next, INDICES));
    const shape = [...plan.type(indices).shape, 3];
    const { dtype } = plan.type(x);
    const y = plan.step("gather", [x, indices], [codeOf(dtype)], { dtype, shape });
    plan.step("rescale", [y], [2, 1, codeOf("float32")], { dtype: "float32", shape });
  },
  (plan, next) => {
    const indices = plan.like(pick(next, INDICES));
    const updates = plan.like({ dtype: "float32", shape: [...plan.type(indices).shape, 3] });
    plan.step("scatterAdd", [updates, indices], [3], MATRIX);
  },
  (plan, next) => {
    const indices = plan.like(pick(next, INDICES));
    const shape = [...plan.type(indices).shape, 3];
    const dtype = pick(next, DTYPES);
    plan.step("oneHot", [indices], [3, codeOf(dtype)], { dtype, shape });
  },
  (plan, next) => {
    const [labels, dy] = [plan.like(pick(next, LABELS)), plan.like(ROW)];
    const p = plan.step("softmax", [plan.like(MATRIX)], [], MATRIX);
    plan.step("sparseCrossentropy", [p, labels], [1e-7], ROW);
    const dp = plan.step("sparseCrossentropyGrad", [dy, p, labels], [1e-7], MATRIX);
    plan.step("softmaxGrad", [dp, p], [], MATRIX);
  },
  (plan) => plan.update("assign", [plan.variable(MATRIX), plan.like(MATRIX)]),
  (plan) => {
    const type = INDICES[1];
    plan.update("assign", [plan.variable(type), plan.like(type)]);
  },
  (plan) => {
    const state = plan.variable({ dtype: "int32", shape: [4] });
    plan.step("dropoutMask", [state], [[3, 3], 0.5, codeOf("float32")], MATRIX);
    plan.update("advanceRandom", [state], [3]);
  },
  (plan, next) => {
    const [a, b] = [plan.like(MATRIX), plan.like(MATRIX)];
    const axis = integer(next, 0, 2);
    plan.step("concat", [a, b], [axis], { dtype: "float32", shape: axis === 0 ? [6, 3] : [3, 6] });
  },
  (plan, next) => {
    const dtype = pick(next, DTYPES);
    plan.step("fill", [], [[3], pick(next, NUMBERS), codeOf(dtype)], { dtype, shape: [3] });
  },
];

export class FuzzedPlans {
  private readonly pool: HandlePool;

  constructor(
    private readonly native: Native,
    private readonly next: () => number,
  ) {
    this.pool = new HandlePool(native, next, POOL);
  }

  run(tally: Tally, rounds: number): void {
    const { native, next } = this;
    for (let i = 0; i < rounds; i++) {
      const description = this.describe();
      const words = this.spoil(description.words());
      const plan = tally.call(() => native.createPlan(words, next() < 0.7));
      if (plan === undefined) continue;
      tally.call(() => native.describePlan(plan));
      for (let k = integer(next, 1, 4); k > 0; k--) this.runOnce(tally, plan, description);
      native.releasePlan(plan);
      tally.call(() => native.runPlan(plan));
    }
    this.pool.releaseAll();
  }

  private describe(): Description {
    const { native, next } = this;
    const description = new Description(native, this.pool, next);
    for (let steps = integer(next, 1, 16); steps > 0; steps--) {
      pick(next, MAKERS)(description, next);
    }
    description.returnSome();
    return description;
  }

  /** Leaves half of the plans as they are. */
  private spoil(words: number[]): Float64Array {
    const { next } = this;
    for (let changes = integer(next, -3, 4); changes > 0; changes--) {
      const value = next() < 0.7 ? integer(next, -1, 12) : pick(next, NUMBERS);
      words[integer(next, 0, words.length)] = value;
    }
    return Float64Array.from(next() < 0.03 ? words.slice(0, -3) : words);
  }

  private runOnce(tally: Tally, plan: number, { inputs }: Description): void {
    const { native, next, pool } = this;
    native.setThreads(integer(next, 1, 4));
    native.setWorthAPart(pick(next, [0, 5000]));
    native.setPieceBytes(pick(next, [0, 5000]));
    native.words.fill(-1);
    inputs.forEach((type, i) => {
      const held: Held = next() < 0.97 ? pool.like(type.dtype, type.shape) : pool.any();
      native.words[i] = held.handle;
    });
    const before = native.words.slice(0, 64);
    const hasRun = tally.call(() => {
      native.runPlan(plan);
      return true;
    });
    if (hasRun === undefined) return;
    // The words that a run changed are handles of results.
    for (let i = 0; i < before.length; i++) {
      if (native.words[i] !== before[i]) native.release(native.words[i]);
    }
  }
}
