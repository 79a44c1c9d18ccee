import { add, div, mul, sqrt, square } from "../ops/arithmetic";
import { matMul } from "../ops/linear";
import { sum } from "../ops/shape";
import { assign, assignSub } from "../ops/update";
import { flag, integer, nullable, number, texts } from "../tensor/option-kinds";
import {
  Optimizer,
  type OptimizerOptions,
  type Rate,
  type Slots,
  type StepScalars,
  type Tensor,
  type Variable,
  epsilon,
  fraction,
  register,
} from "./base";
import { moveMoments, unbiasedRate } from "./moments";

/** Options of `Muon`, beside those of all optimizers. */
export interface MuonOptions extends OptimizerOptions {
  /** Adam's, for weights that are no matrices; 0.9 by default. */
  adamBeta1?: number;
  /** 0.999 by default. */
  adamBeta2?: number;
  /** 0.004 by default. */
  adamWeightDecay?: number | null;
  /** 1e-7 by default. */
  epsilon?: number;
  /** Of matrices; 0.004 by default. */
  weightDecay?: number | null;
  /** Parts of the names of matrices that Adam updates; none by default. */
  excludeLayers?: readonly string[];
  /** Whether Adam updates embeddings: what has "embedding" in its name; true. */
  excludeEmbeddings?: boolean;
  /** Coefficients of the iteration x = a x + (b A + c A^2) x, A = x x^T; 3.4445 by default. */
  muonA?: number;
  /** -4.775 by default. */
  muonB?: number;
  /** 2.0315 by default. */
  muonC?: number;
  /** Adam's rate, as a multiple of the rate; 1 by default. */
  adamLrRatio?: number;
  /** 0.95 by default. */
  momentum?: number;
  /** Number of iterations; 5 by default. */
  nsSteps?: number;
  /** Whether the momentum looks ahead; true. */
  nesterov?: boolean;
  /** Scales a change by rmsRate times the root of the longer side; 0.2 by default, null for no scale. */
  rmsRate?: number | null;
}

const decay = nullable(number(undefined, { least: 0 }), 0.004);

const OPTIONS = {
  adamBeta1: fraction(0.9),
  adamBeta2: fraction(0.999),
  adamWeightDecay: decay,
  epsilon: epsilon(),
  weightDecay: decay,
  excludeLayers: texts([]),
  excludeEmbeddings: flag(true),
  muonA: number(3.4445),
  muonB: number(-4.775),
  muonC: number(2.0315),
  adamLrRatio: number(1, { least: 0 }),
  momentum: fraction(0.95),
  nsSteps: integer(5, { least: 0, most: 100 }),
  nesterov: flag(true),
  rmsRate: nullable(number(undefined, { least: 0 }), 0.2),
};

/**
 * Muon (Jordan et al. 2024, kellerjordan.github.io/posts/muon; scales of Liu et al. 2025,
 * arXiv:2502.16982): the momentum of a matrix, m = momentum m + g, is made nearly orthogonal by a
 * Newton-Schulz iteration before it is taken off. Weights that are no matrices follow Adam.
 */
export class Muon extends Optimizer {
  /** See {@link MuonOptions.adamBeta1}; may be set between updates. */
  declare adamBeta1: number;
  /** See {@link MuonOptions.adamBeta2}; may be set between updates. */
  declare adamBeta2: number;
  /** See {@link MuonOptions.adamWeightDecay}; may be set between updates. */
  declare adamWeightDecay: number | null;
  /** See {@link MuonOptions.epsilon}; may be set between updates. */
  declare epsilon: number;
  /** See {@link MuonOptions.excludeLayers}; may be set between updates. */
  declare excludeLayers: readonly string[];
  /** See {@link MuonOptions.excludeEmbeddings}; may be set between updates. */
  declare excludeEmbeddings: boolean;
  /** See {@link MuonOptions.muonA}; may be set between updates. */
  declare muonA: number;
  /** See {@link MuonOptions.muonB}; may be set between updates. */
  declare muonB: number;
  /** See {@link MuonOptions.muonC}; may be set between updates. */
  declare muonC: number;
  /** See {@link MuonOptions.adamLrRatio}; may be set between updates. */
  declare adamLrRatio: number;
  /** See {@link MuonOptions.momentum}; may be set between updates. */
  declare momentum: number;
  /** See {@link MuonOptions.nsSteps}; may be set between updates. */
  declare nsSteps: number;
  /** See {@link MuonOptions.nesterov}; may be set between updates. */
  declare nesterov: boolean;
  /** See {@link MuonOptions.rmsRate}; may be set between updates. */
  declare rmsRate: number | null;

  constructor(learningRate: Rate = 0.001, options: MuonOptions = {}) {
    super(learningRate, options, OPTIONS);
  }

  protected override slotNames(weight: Variable): readonly string[] {
    return this.#followsAdam(weight) ? ["momentum", "velocity"] : ["momentum"];
  }

  protected override decayOf(weight: Variable): number | null {
    return this.#followsAdam(weight) ? this.adamWeightDecay : this.weightDecay;
  }

  protected updateOne(weight: Variable, gradient: Tensor, slots: Slots, step: StepScalars): void {
    if (this.#followsAdam(weight)) this.#updateByAdam(weight, gradient, slots, step);
    else this.#updateMatrix(weight, gradient, slots.momentum, step);
  }

  #followsAdam({ rank, name }: Variable): boolean {
    if (rank !== 2) return true;
    if (this.excludeEmbeddings && name.toLowerCase().includes("embedding")) return true;
    return this.excludeLayers.some((part) => name.includes(part));
  }

  #updateByAdam(weight: Variable, gradient: Tensor, slots: Slots, step: StepScalars): void {
    const { momentum: m, velocity: v } = slots;
    const { adamBeta1, adamBeta2, adamLrRatio } = this;
    moveMoments(m, v, gradient, adamBeta1, adamBeta2);
    const rate = unbiasedRate(step, weight.dtype, adamBeta1, adamBeta2, adamLrRatio);
    assignSub(weight, div(mul(m, rate), add(sqrt(v), this.epsilon)));
  }

  #updateMatrix(weight: Variable, gradient: Tensor, m: Variable, step: StepScalars): void {
    const { momentum, nesterov, rmsRate } = this;
    assign(m, add(mul(m, momentum), gradient));
    const direction = nesterov ? add(gradient, mul(m, momentum)) : m;
    const scale = rmsRate === null ? 1 : rmsRate * Math.sqrt(Math.max(...weight.shape));
    const rate = mul(step.rate(weight.dtype), scale);
    assignSub(weight, mul(this.#orthogonal(direction), rate));
  }

  /** Nearly the orthogonal matrix that is closest to `x`. */
  #orthogonal(x: Tensor): Tensor {
    const { muonA: a, muonB: b, muonC: c, nsSteps } = this;
    // Of a tall matrix x^T x is the smaller product, and stands to the right.
    const isTall = x.shape[0] > x.shape[1];
    let y = div(x, add(sqrt(sum(square(x))), 1e-7));
    for (let i = 0; i < nsSteps; i++) {
      const gram = matMul(y, y, isTall, !isTall);
      const factor = add(mul(gram, b), mul(matMul(gram, gram), c));
      y = add(mul(y, a), isTall ? matMul(y, factor) : matMul(factor, y));
    }
    return y;
  }
}

register("Muon", Muon);
