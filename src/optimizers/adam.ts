import { adamUpdate } from "../ops/update";
import { checkOptions } from "../tensor/options";
import type { Tensor } from "../tensor/tensor";
import type { Variable } from "../tensor/variable";
import { checkFraction, checkNonNegative } from "./arguments";
import { Optimizer } from "./optimizer";

export interface AdamOptions {
  /** Decay of the mean of gradients; 0.9 by default. */
  beta1?: number;
  /** Decay of the mean of squared gradients; 0.999 by default. */
  beta2?: number;
  /** Added to the root of the latter; 1e-7 by default. */
  epsilon?: number;
}

/** Adam (Kingma and Ba 2015, arXiv:1412.6980), epsilon outside the bias correction as in Keras. */
export class Adam extends Optimizer {
  private readonly beta1: number;
  private readonly beta2: number;
  private readonly epsilon: number;

  constructor(learningRate = 0.001, options: AdamOptions = {}) {
    super(learningRate);
    checkOptions(options, ["beta1", "beta2", "epsilon"], "Adam");
    this.beta1 = options.beta1 ?? 0.9;
    this.beta2 = options.beta2 ?? 0.999;
    this.epsilon = options.epsilon ?? 1e-7;
    checkFraction("beta1", this.beta1);
    checkFraction("beta2", this.beta2);
    checkNonNegative("epsilon", this.epsilon);
  }

  protected slotNames(): readonly string[] {
    return ["m", "v"];
  }

  protected updateOne(
    weight: Variable,
    gradient: Tensor,
    { m, v }: Record<string, Variable>,
  ): void {
    const { beta1, beta2, epsilon } = this;
    adamUpdate(weight, m, v, gradient, this.learningRate, this.iterations, {
      beta1,
      beta2,
      epsilon,
    });
  }
}
