/** F-scores: means of precision and recall. */

import { abs, greater, greaterEqual, mul, sub, where } from "../../ops/arithmetic";
import { max } from "../../ops/reduce";
import { cast, sum } from "../../ops/shape";
import { assignAdd } from "../../ops/update";
import { type ValuesOf, choice, number, optional } from "../../tensor/option-kinds";
import { type Tensor, sameShape } from "../../tensor/tensor";
import { EPSILON, mismatch } from "../losses/arguments";
import { register } from "../registry";
import { alignedWeights } from "../sample-weights";
import { Metric, type MetricOptions } from "./metric";

/** Options of `F1Score`. */
export interface F1ScoreOptions extends MetricOptions {
  /**
   * "micro": of all classes together; "macro": the mean of the classes; "weighted": their mean by the
   * number of their samples; null, the default: one score a class.
   */
  average?: "micro" | "macro" | "weighted" | null;
  /** What a score must exceed to be a prediction of its class; by default the greatest one is. */
  threshold?: number | null;
}

/** Options of `FBetaScore`. */
export interface FBetaScoreOptions extends F1ScoreOptions {
  /** How much more recall counts than precision; 1 by default. */
  beta?: number;
}

const OPTIONS = {
  average: optional(choice(["micro", "macro", "weighted"])),
  beta: number(1, { above: 0 }),
  threshold: optional(number(undefined, { above: 0, most: 1 })),
};

const STATE = ["truePositives", "falsePositives", "falseNegatives", "intermediateWeights"] as const;

/** (1 + beta^2) precision recall / (beta^2 precision + recall), of targets and scores [samples, classes]. */
export class FBetaScore extends Metric<number | number[], ValuesOf<typeof OPTIONS>> {
  override readonly direction = "max";

  constructor(options: FBetaScoreOptions = {}) {
    super(options, OPTIONS);
  }

  protected override lateVariables(): readonly string[] {
    return STATE;
  }

  protected accumulate(yTrue: Tensor, yPred: Tensor, sampleWeight: Tensor | null): void {
    if (yPred.rank !== 2 || !sameShape(yTrue.shape, yPred.shape))
      throw mismatch(yTrue, yPred, this.constructor.name, "yTrue and yPred [samples, classes]");
    const truth = cast(yTrue, "float64");
    const chosen = cast(this.#chosen(yPred), "float64");
    const weights =
      sampleWeight === null ? null : alignedWeights(truth, sampleWeight, this.constructor.name);
    const parts = [
      mul(chosen, truth),
      mul(chosen, sub(1, truth)),
      mul(sub(1, chosen), truth),
      truth,
    ];
    const isMicro = this.options.average === "micro";
    const shape = isMicro ? [] : [yPred.shape[1]];
    STATE.forEach((name, i) => {
      const weighed = weights === null ? parts[i] : mul(parts[i], weights);
      assignAdd(this.addVariable(name, shape), isMicro ? sum(weighed) : sum(weighed, 0));
    });
  }

  /** What is predicted, as uint8. */
  #chosen(yPred: Tensor): Tensor {
    const { threshold } = this.options;
    if (threshold !== null) return greater(yPred, threshold);
    const isGreatest = greaterEqual(yPred, max(yPred, -1, true));
    // Scores that are all 0 choose nothing.
    return where(greater(abs(yPred), 1e-9), isGreatest, 0);
  }

  /** A number, or without `average` one a class. */
  result(): number | number[] {
    const { average, beta } = this.options;
    const [right, wrong, missed, weights] = STATE.map((name) => this.valuesOf(name));
    const scores = Array.from(right, (truePositives, i) => {
      const precision = truePositives / (truePositives + wrong[i] + EPSILON);
      const recall = truePositives / (truePositives + missed[i] + EPSILON);
      const joined = (precision * recall) / (beta ** 2 * precision + recall + EPSILON);
      return joined * (1 + beta ** 2);
    });
    if (average === null) return scores;
    if (scores.length === 0) return 0;
    const total = weights.reduce((sum, weight) => sum + weight, 0) + EPSILON;
    const shares = average === "weighted" ? weights.map((weight) => weight / total) : null;
    return scores.reduce(
      (sum, score, i) => sum + score * (shares === null ? 1 / scores.length : shares[i]),
      0,
    );
  }
}

register("FBetaScore", FBetaScore);

/** 2 precision recall / (precision + recall), of targets and scores [samples, classes]. */
export class F1Score extends FBetaScore {
  constructor(options: F1ScoreOptions = {}) {
    super(options);
  }
}

register("F1Score", F1Score);
