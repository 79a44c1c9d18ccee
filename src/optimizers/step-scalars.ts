/** The numbers that the updates of one step share. */

import { cast } from "../ops/shape";
import type { DType } from "../tensor/dtype";
import type { Tensor } from "../tensor/tensor";
import { Variable } from "../tensor/variable";

/** In float64. */
export interface ExactScalars {
  /** The learning rate. */
  readonly rate: Tensor;
  /** Number of the update, 1 for the first. */
  readonly count: Tensor;
}

/** Scalars of one learning rate: computed in float64, once a step, and cast to the weights' dtype. */
export class StepScalars {
  private known: Map<string, Tensor> | null = null; // many updates need none

  constructor(
    /** The learning rate, as a Variable of a float dtype. */
    readonly rateVariable: Variable,
    /** Number of the update, 1 for the first; int32. */
    readonly iterations: Variable,
  ) {}

  /**
   * What `compute` gives, in another dtype. Computed once for each name; different values need
   * different names.
   */
  scalar(dtype: DType, name: string, compute: (exact: ExactScalars) => Tensor): Tensor {
    return this.once(`${name} ${dtype}`, () => {
      const exact = this.once(name, () => compute(this.exact()));
      return asDType(exact, dtype);
    });
  }

  /** The learning rate of this update, a scalar. */
  rate(dtype: DType): Tensor {
    return this.scalar(dtype, "rate", ({ rate }) => rate);
  }

  private exact(): ExactScalars {
    return {
      rate: this.once("exact rate", () => asDType(this.rateVariable, "float64")),
      count: this.once("exact count", () => cast(this.iterations, "float64")),
    };
  }

  private once(name: string, compute: () => Tensor): Tensor {
    this.known ??= new Map<string, Tensor>();
    let known = this.known.get(name);
    if (known === undefined) this.known.set(name, (known = compute()));
    return known;
  }
}

/** Without a copy of a Variable. */
function asDType(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : cast(x, dtype);
}
