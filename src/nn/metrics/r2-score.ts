/** The part of the targets' variance that predictions explain. */

import { mul, square, sub } from "../../ops/arithmetic";
import { broadcastTo, cast, fill, reshape, sum } from "../../ops/shape";
import { assignAdd } from "../../ops/update";
import { type ValuesOf, choice, integer, nullable } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { alike, mismatch } from "../losses/arguments";
import { register } from "../registry";
import { alignedWeights } from "../sample-weights";
import { Metric, type MetricOptions } from "./metric";

/** Options of `R2Score`. */
export interface R2ScoreOptions extends MetricOptions {
  /**
   * "uniformAverage", the default: the mean of the outputs; "varianceWeightedAverage": their mean by
   * the variance of the targets; null: one score an output.
   */
  classAggregation?: "uniformAverage" | "varianceWeightedAverage" | null;
  /** How many inputs the score is adjusted for; 0, the default, for none. */
  numRegressors?: number;
}

const OPTIONS = {
  classAggregation: nullable(
    choice(["uniformAverage", "varianceWeightedAverage"]),
    "uniformAverage",
  ),
  numRegressors: integer(0, { least: 0 }),
};

const STATE = ["sum", "squaredSum", "residual", "count"] as const;

/** 1 - the summed squares of errors / those of the targets about their mean; [samples, outputs]. */
export class R2Score extends Metric<number | number[], ValuesOf<typeof OPTIONS>> {
  override readonly direction = "max";
  private readonly samples = this.addVariable("numSamples");

  constructor(options: R2ScoreOptions = {}) {
    super(options, OPTIONS);
  }

  protected override lateVariables(): readonly string[] {
    return STATE;
  }

  protected accumulate(yTrue: Tensor, yPred: Tensor, sampleWeight: Tensor | null): void {
    const [truth, given] = alike(yTrue, yPred, "R2Score");
    if (given.rank > 2 || given.rank === 0)
      throw mismatch(yTrue, yPred, "R2Score", "yTrue and yPred [samples, outputs]");
    const shape = [given.shape[0], given.shape[1] ?? 1];
    const [y, p] = [truth, given].map((x) => reshape(cast(x, "float64"), shape));
    const weights =
      sampleWeight === null
        ? fill(shape, 1, "float64")
        : broadcastTo(alignedWeights(y, sampleWeight, "R2Score"), shape);
    const weighed = mul(y, weights);
    const parts = [weighed, mul(y, weighed), mul(square(sub(y, p)), weights), weights];
    STATE.forEach((name, i) => {
      assignAdd(this.addVariable(name, [shape[1]]), sum(parts[i], 0));
    });
    assignAdd(this.samples, y.size);
  }

  /** A number, or without `classAggregation` one an output. */
  result(): number | number[] {
    const { classAggregation } = this.options;
    const [sums, squares, residuals, counts] = STATE.map((name) => this.valuesOf(name));
    const totals = squares.map((value, i) => value - sums[i] * (sums[i] / counts[i]));
    const scores = Array.from(totals, (total, i) => 1 - residuals[i] / total).map((score) =>
      Math.abs(score) === Infinity ? 0 : score,
    );
    if (classAggregation === null) return scores.map((score) => this.#adjusted(score));
    if (scores.length === 0) return 0;
    const weights = classAggregation === "uniformAverage" ? totals.map(() => 1) : totals;
    const total = weights.reduce((all, weight) => all + weight, 0);
    return this.#adjusted(scores.reduce((all, score, i) => all + score * weights[i], 0) / total);
  }

  /** Adjusted for the number of inputs, if there are enough samples. */
  #adjusted(score: number): number {
    const { numRegressors } = this.options;
    const samples = this.samples.item();
    if (numRegressors === 0 || numRegressors >= samples - 1) return score;
    return 1 - ((1 - score) * (samples - 1)) / (samples - numRegressors - 1);
  }
}

register("R2Score", R2Score);
