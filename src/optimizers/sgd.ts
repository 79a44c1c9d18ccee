import { momentumUpdate, sgdUpdate } from "../ops/update";
import { checkFlag, checkOptions } from "../tensor/options";
import type { Tensor } from "../tensor/tensor";
import type { Variable } from "../tensor/variable";
import { checkFraction } from "./arguments";
import { Optimizer } from "./optimizer";

export interface SGDOptions {
  /** 0 by default: plain gradient descent. */
  momentum?: number;
  /** Looks ahead along the momentum (Nesterov 1983); false by default. */
  nesterov?: boolean;
}

/**
 * Gradient descent: w -= rate * g. With momentum v = momentum * v - rate * g and w += v, or with
 * Nesterov's look-ahead w += momentum * v - rate * g.
 */
export class SGD extends Optimizer {
  private readonly momentum: number;
  private readonly nesterov: boolean;

  constructor(learningRate = 0.01, options: SGDOptions = {}) {
    super(learningRate);
    checkOptions(options, ["momentum", "nesterov"], "SGD");
    this.momentum = options.momentum ?? 0;
    this.nesterov = options.nesterov ?? false;
    checkFlag(this.nesterov, "SGD", "nesterov");
    checkFraction("momentum", this.momentum);
    if (this.nesterov && this.momentum === 0) {
      throw new RangeError("expected a momentum > 0 for nesterov but received 0");
    }
  }

  protected slotNames(): readonly string[] {
    return this.momentum === 0 ? [] : ["momentum"];
  }

  protected updateOne(weight: Variable, gradient: Tensor, slots: Record<string, Variable>): void {
    if (this.momentum === 0) sgdUpdate(weight, gradient, this.learningRate);
    else
      momentumUpdate(
        weight,
        slots.momentum,
        gradient,
        this.learningRate,
        this.momentum,
        this.nesterov,
      );
  }
}
