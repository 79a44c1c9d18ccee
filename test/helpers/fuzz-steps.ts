/** Eager steps of random operands and attributes. */

import { DTYPES, codeOf } from "../../src/tensor/dtype";
import type { AttributeKind, Native, NativeOp } from "../../src/addon/native";
import { HandlePool, type Held } from "./handle-pool";
import { NUMBERS, SIZES, pick } from "./hostile";
import { integer } from "./numbers";
import type { Tally } from "./tally";

const POOL = 48;
const MAX_ELEMENTS = 64;

export class FuzzedSteps {
  private readonly pool: HandlePool;

  constructor(
    private readonly native: Native,
    private readonly next: () => number,
  ) {
    this.pool = new HandlePool(native, next, POOL);
  }

  run(tally: Tally, rounds: number): void {
    const { native, next, pool } = this;
    for (let i = 0; i < POOL; i++) pool.createAny();
    for (let i = 0; i < rounds; i++) {
      if (i % 500 === 0) this.changeThreads();
      const op = this.describe();
      if (next() < 0.05) this.spoil();
      const isTold = tally.call(() => {
        (next() < 0.9 ? native.runStep : native.inferStep)();
        return true;
      });
      if (isTold) this.keep(op);
      if (next() < 0.02) pool.createAny();
    }
    native.words.fill(-1);
    pool.releaseAll();
  }

  private changeThreads(): void {
    this.native.setThreads(integer(this.next, 1, 4));
    this.native.setWorthAPart(pick(this.next, [0, 5000]));
  }

  /** Takes over the results of a step that was described as this op, or another one by chance. */
  private keep(op: NativeOp): void {
    const { words } = this.native;
    const told = words.slice(0, 64);
    let at = 1;
    for (let i = 0; i < op.outputs.length; i++) {
      const [handle, dtype, rank] = told.subarray(at, at + 3);
      const shape = [...told.subarray(at + 3, at + 3 + rank)];
      at += 3 + rank;
      if (handle < 0) return; // types alone
      const size = shape.reduce((product, dim) => product * dim, 1);
      if (size <= MAX_ELEMENTS) this.pool.add({ handle, dtype: DTYPES[dtype], shape });
      else this.native.release(handle);
    }
  }

  /** Writes a step to the words: an op, about as many operands as it takes, attributes. */
  private describe(): NativeOp {
    const { native, next, pool } = this;
    const { words } = native;
    const number = integer(next, 0, native.ops.length);
    const op = native.ops[number];
    const count = op.inputs.length + (op.repeated > 0 ? integer(next, 0, 4) * op.repeated : 0);
    const model = pool.any();
    const inputs = Array.from({ length: Math.max(0, count + (next() < 0.03 ? 1 : 0)) }, () =>
      this.input(model),
    );
    const attributes = op.attributes.flatMap(({ kind }) => this.attribute(kind, model));
    words.set([number, inputs.length, ...inputs.map(({ handle }) => handle), ...attributes]);
    return op;
  }

  /** Often of the model's type, so that many steps are right. */
  private input(model: Held): Held {
    const kind = this.next();
    if (kind < 0.4) return this.pool.like(model.dtype, model.shape);
    if (kind < 0.5) return this.pool.like("int32", model.shape);
    if (kind < 0.55) return this.pool.like("int32", model.shape.slice(0, -1));
    if (kind < 0.6) return this.pool.like("int32", [4]);
    if (kind < 0.65) return this.pool.like(model.dtype, []);
    return kind < 0.98 ? this.pool.any() : { ...model, handle: pick(this.next, NUMBERS) };
  }

  /** Count and values. */
  private attribute(kind: AttributeKind, { dtype, shape }: Held): number[] {
    const { next } = this;
    if (next() < 0.03) return [integer(next, -2, 10), pick(next, NUMBERS)];
    switch (kind) {
      case "number":
        return [1, next() < 0.8 ? integer(next, 0, 3) : pick(next, NUMBERS)];
      case "flag":
        return [1, integer(next, 0, 2)];
      case "axis":
        return [1, integer(next, -3, 3)];
      case "dtype":
        return [1, next() < 0.5 ? codeOf(dtype) : integer(next, 0, 4)];
      case "axes": {
        const axes = shape.map((_, axis) => axis).filter(() => next() < 0.5);
        return next() < 0.2 ? [-1] : [axes.length, ...axes];
      }
      case "shape": {
        const sizes = this.sizes(shape);
        return [sizes.length, ...sizes];
      }
    }
  }

  private sizes(shape: readonly number[]): readonly number[] {
    const { next } = this;
    const kind = next();
    if (kind < 0.3) return shape;
    if (kind < 0.5) return shape.map(() => integer(next, 0, 2));
    if (kind < 0.6) return [...shape].reverse();
    if (kind < 0.7) return shape.slice(0, -1);
    if (kind < 0.8) return [...shape, integer(next, 1, 5)].slice(0, 8);
    if (kind < 0.9) return [-1];
    return Array.from({ length: integer(next, 0, 8) }, () => pick(next, SIZES));
  }

  private spoil(): void {
    this.native.words[integer(this.next, 0, 16)] = pick(this.next, NUMBERS);
  }
}
