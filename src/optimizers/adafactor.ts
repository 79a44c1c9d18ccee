import { add, div, maximum, minimum, mul, pow, rsqrt, sqrt, square, sub } from "../ops/arithmetic";
import { mean } from "../ops/reduce";
import { fill } from "../ops/shape";
import { adafactorMeans, adafactorUpdate, assign, assignSub } from "../ops/update";
import { flag, number } from "../tensor/option-kinds";
import {
  Optimizer,
  type OptimizerOptions,
  type Rate,
  type Slots,
  type StepScalars,
  type Tensor,
  type Variable,
  register,
} from "./base";

/** Options of `Adafactor`, beside those of all optimizers. */
export interface AdafactorOptions extends OptimizerOptions {
  /** The means of squares keep 1 - t^beta2Decay; -0.8 by default. */
  beta2Decay?: number;
  /** Added to squared gradients; 1e-30 by default. */
  epsilon1?: number;
  /** The least scale of a weight; 1e-3 by default. */
  epsilon2?: number;
  /** The greatest root mean square of a change; 1 by default. */
  clipThreshold?: number;
  /** Without effect, as in Keras 3, which bounds the rate by 1 / sqrt(t) either way. */
  relativeStep?: boolean;
}

const OPTIONS = {
  beta2Decay: number(-0.8, { below: 0 }),
  epsilon1: number(1e-30, { least: 0 }),
  epsilon2: number(1e-3, { least: 0 }),
  clipThreshold: number(1, { above: 0 }),
  relativeStep: flag(true),
};

/**
 * Adafactor (Shazeer and Stern 2018, arXiv:1804.04235). Of the mean squares of a matrix it keeps the
 * means of rows and of columns alone: r and c, moved by s = g^2 + epsilon1.
 *
 *     r = b r + (1 - b) mean(s over columns), c = b c + (1 - b) mean(s over rows), b = 1 - t^beta2Decay
 *     v = r c / mean(r)
 *     d = g / sqrt(v), divided by max(1, rms(d) / clipThreshold)
 *     w -= max(epsilon2, rms(w)) min(rate, 1 / sqrt(t)) d
 */
export class Adafactor extends Optimizer {
  /** See {@link AdafactorOptions.beta2Decay}; may be set between updates. */
  declare beta2Decay: number;
  /** See {@link AdafactorOptions.epsilon1}; may be set between updates. */
  declare epsilon1: number;
  /** See {@link AdafactorOptions.epsilon2}; may be set between updates. */
  declare epsilon2: number;
  /** See {@link AdafactorOptions.clipThreshold}; may be set between updates. */
  declare clipThreshold: number;
  /** See {@link AdafactorOptions.relativeStep}; may be set between updates. */
  declare relativeStep: boolean;

  constructor(learningRate: Rate = 0.001, options: AdafactorOptions = {}) {
    super(learningRate, options, OPTIONS);
  }

  protected override slotNames({ rank }: Variable): readonly string[] {
    return rank < 2 ? ["velocity"] : ["row", "column"];
  }

  protected override initialSlot(name: string, { shape, dtype }: Variable): Tensor {
    if (name === "row") return fill(shape.slice(0, -1), 0, dtype);
    if (name === "column") return fill([...shape.slice(0, -2), ...shape.slice(-1)], 0, dtype);
    return fill(shape, 0, dtype);
  }

  protected updateOne(weight: Variable, gradient: Tensor, slots: Slots, step: StepScalars): void {
    const { dtype } = weight;
    if (weight.size === 0) return; // means of nothing are NaN
    const rate = step.scalar(dtype, "bounded rate", ({ rate, count }) =>
      minimum(rate, div(1, sqrt(count))),
    );
    const moved = step.scalar(dtype, "moved", ({ count }) => pow(count, this.beta2Decay));
    const { apply, meanSquare, meanSquareOfWeight } =
      slots.velocity === undefined
        ? this.#changeOfMatrix(weight, gradient, slots, moved)
        : this.#changeOfVector(weight, gradient, slots.velocity, moved);
    const excess = maximum(div(sqrt(meanSquare), this.clipThreshold), 1);
    const scale = maximum(sqrt(meanSquareOfWeight), this.epsilon2);
    apply(div(mul(scale, rate), excess));
  }

  #changeOfVector(weight: Variable, gradient: Tensor, velocity: Variable, moved: Tensor): Change {
    move(velocity, add(square(gradient), this.epsilon1), moved);
    const change = div(gradient, sqrt(velocity));
    return {
      apply: (scale) => assignSub(weight, mul(change, scale)),
      meanSquare: mean(square(change)),
      meanSquareOfWeight: mean(square(weight)),
    };
  }

  /**
   * The last two axes are a matrix. What divides its elements is an outer product: neither it nor the
   * change is stored, since the change's squares add up from those of the gradient.
   */
  #changeOfMatrix(
    weight: Variable,
    gradient: Tensor,
    { row, column }: Slots,
    moved: Tensor,
  ): Change {
    const rows = gradient.shape.at(-2)!;
    const squares = adafactorMeans(gradient, weight, row, moved, this.epsilon1);
    assign(row, squares.mean);
    move(column, add(div(squares.plain, rows), this.epsilon1), moved);
    const meanOfRow = mean(row, -1, true);
    const meanSquare = div(mean(div(mul(squares.weighed, meanOfRow), column)), rows);
    const ofRows = sqrt(div(meanOfRow, row));
    const ofColumns = rsqrt(column);
    return {
      apply: (scale) => adafactorUpdate(weight, gradient, mul(ofRows, scale), ofColumns),
      meanSquare,
      meanSquareOfWeight: div(squares.ofWeight, weight.size),
    };
  }
}

/** Of a weight, before it is scaled. */
interface Change {
  /** Takes the change times a number from the weight. */
  readonly apply: (scale: Tensor) => void;
  readonly meanSquare: Tensor;
  readonly meanSquareOfWeight: Tensor;
}

/** slot += moved (to - slot), as Keras rounds it */
function move(slot: Variable, to: Tensor, moved: Tensor): void {
  assign(slot, add(mul(slot, sub(1, moved)), mul(to, moved)));
}

register("Adafactor", Adafactor);
