/** Eager steps of random operands and attributes. */

import { codeOf } from "../../src/tensor/dtype";
import type { Native } from "../../src/addon/native";
import { DTYPES, HandlePool, type Held } from "./handle-pool";
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
      const result = this.describe();
      if (next() < 0.05) this.spoil();
      const handle = tally.call(() => native.runStep());
      if (handle !== undefined && handle >= 0) this.keep(handle, result);
      if (next() < 0.02) pool.createAny();
    }
    native.words.fill(-1);
    pool.releaseAll();
  }

  private changeThreads(): void {
    this.native.setThreads(integer(this.next, 1, 4));
    this.native.setWorthAPart(pick(this.next, [0, 5000]));
  }

  /** A result whose type the step's words did not tell truly is released unread. */
  private keep(handle: number, result: Held): void {
    const size = result.shape.reduce((product, dim) => product * dim, 1);
    const isKnown = size <= MAX_ELEMENTS && this.fits(handle, result);
    if (isKnown) this.pool.add({ ...result, handle });
    else this.native.release(handle);
  }

  private fits(handle: number, { shape }: Held): boolean {
    try {
      this.native.release(this.native.alias(handle, shape));
      return true;
    } catch {
      return false;
    }
  }

  /** Writes a step to the words: an op, about as many operands as it takes, some result. */
  private describe(): Held {
    const { native, next, pool } = this;
    const { words } = native;
    const number = integer(next, 0, native.ops.length);
    const op = native.ops[number];
    const vary = (count: number): number =>
      Math.max(0, (count < 0 ? integer(next, 0, 4) : count) + (next() < 0.03 ? 1 : 0));
    const model = pool.any();
    const inputs = Array.from({ length: vary(op.inputs) }, () => this.input(model));
    const attrs = Array.from({ length: vary(op.attrs) }, () => this.attribute());
    const outputs = next() < 0.02 ? 1 - op.outputs : op.outputs;
    const result = this.result(model, inputs);
    const list = [number, inputs.length, outputs, attrs.length];
    list.push(...inputs.map(({ handle }) => handle), ...attrs);
    if (outputs === 1) list.push(codeOf(result.dtype), result.shape.length, ...result.shape);
    words.set(list);
    return result;
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

  private attribute(): number {
    return this.next() < 0.8 ? integer(this.next, 0, 3) : pick(this.next, NUMBERS);
  }

  private result(model: Held, inputs: readonly Held[]): Held {
    const { next } = this;
    const like = next() < 0.8 || inputs.length === 0 ? model : pick(next, inputs);
    return {
      handle: -1,
      dtype: next() < 0.8 ? like.dtype : pick(next, DTYPES),
      shape: this.resultShape(like.shape),
    };
  }

  private resultShape(shape: readonly number[]): readonly number[] {
    const { next } = this;
    const kind = next();
    if (kind < 0.5) return shape;
    if (kind < 0.6) return [...shape].reverse();
    if (kind < 0.7) return shape.slice(0, -1);
    if (kind < 0.8) return [...shape, integer(next, 1, 5)];
    if (kind < 0.9) return [];
    return Array.from({ length: integer(next, 0, 10) }, () => pick(next, SIZES));
  }

  private spoil(): void {
    this.native.words[integer(this.next, 0, 16)] = pick(this.next, NUMBERS);
  }
}
