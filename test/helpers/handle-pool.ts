/** Native tensors by their handles, for fuzzing; what leaves the pool is released. */

import { type DType, codeOf, typedArray } from "../../src/tensor/dtype";
import type { Native } from "../../src/addon/native";
import { pick } from "./hostile";
import { sizeOf } from "./nd-array";
import { integer } from "./numbers";

export interface Held {
  readonly handle: number;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

export const DTYPES: readonly DType[] = ["float32", "float64", "int32", "uint8"];

const SHAPES = [[], [1], [3], [4], [0], [2, 3], [3, 2], [3, 3], [3, 1], [1, 3], [0, 3], [2, 3, 4]];

const VALUES = [-2, -1, 0, 0, 0.5, 1, 1, 2, 2, 3, 1e9, -1e30, Infinity, NaN];

export class HandlePool {
  private readonly all: Held[] = [];

  constructor(
    private readonly native: Native,
    private readonly next: () => number,
    private readonly capacity: number,
  ) {}

  create(dtype: DType, shape: readonly number[]): Held {
    const data = typedArray(dtype, sizeOf(shape));
    for (let i = 0; i < data.length; i++) data[i] = pick(this.next, VALUES);
    const held = { handle: this.native.create(codeOf(dtype), shape, data), dtype, shape };
    this.add(held);
    return held;
  }

  createAny(): Held {
    return this.create(pick(this.next, DTYPES), pick(this.next, SHAPES));
  }

  /** Takes a tensor over; another one may have to go. */
  add(held: Held): void {
    this.all.push(held);
    if (this.all.length <= this.capacity) return;
    const [gone] = this.all.splice(integer(this.next, 0, this.all.length - 1), 1);
    this.native.release(gone.handle);
  }

  any(): Held {
    return this.all.length > 0 ? pick(this.next, this.all) : this.createAny();
  }

  /** One of the given type, new if there is none. */
  like(dtype: DType, shape: readonly number[]): Held {
    const fitting = this.all.filter(
      (held) => held.dtype === dtype && held.shape.join() === shape.join(),
    );
    return fitting.length > 0 ? pick(this.next, fitting) : this.create(dtype, shape);
  }

  releaseAll(): void {
    for (const { handle } of this.all.splice(0)) this.native.release(handle);
  }
}
