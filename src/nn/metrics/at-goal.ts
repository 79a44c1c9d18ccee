/** One of two rates, at the thresholds where the other reaches a goal. */

import {
  type ValuesOf,
  integer,
  number,
  optional,
  positiveInteger,
} from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { register } from "../registry";
import { evenThresholds } from "./even-thresholds";
import type { MetricOptions } from "./metric";
import { type Counts, ThresholdMetric, ratio } from "./thresholds";

/** Options of the metrics at a goal, such as `PrecisionAtRecall`. */
export interface AtGoalOptions extends MetricOptions {
  /** How many thresholds are tried; 200 by default. */
  numThresholds?: number;
  /** The class that alone counts; all together by default. */
  classId?: number | null;
}

const part = number(undefined, { least: 0, most: 1 });

const OPTIONS = {
  numThresholds: positiveInteger(200),
  classId: optional(integer(undefined, { least: 0 })),
};

type Rate = (counts: Counts) => number;

/** What of the positive targets is found, also called recall. */
const sensitivity: Rate = ({ truePositives, falseNegatives }) =>
  ratio(truePositives, truePositives + falseNegatives);

/** What of the negative targets is left alone. */
const specificity: Rate = ({ trueNegatives, falsePositives }) =>
  ratio(trueNegatives, trueNegatives + falsePositives);

/** What of the positive predictions is right. */
const precision: Rate = ({ truePositives, falsePositives }) =>
  ratio(truePositives, truePositives + falsePositives);

abstract class AtGoal extends ThresholdMetric<number, ValuesOf<typeof OPTIONS>> {
  override readonly direction = "max";

  /**
   * @param wanted the rate whose greatest value is taken
   * @param kept the rate that must reach the goal
   */
  constructor(
    private readonly wanted: Rate,
    private readonly kept: Rate,
    private readonly goal: number,
    options: AtGoalOptions,
    positional: object,
  ) {
    const [name] = Object.keys(positional);
    const { numThresholds = 200 } = Object(options) as AtGoalOptions;
    super(evenThresholds(numThresholds), options, { ...OPTIONS, [name]: part }, positional);
    this.makeState(1);
  }

  protected accumulate(yTrue: Tensor, yPred: Tensor, sampleWeight: Tensor | null): void {
    this.count(yTrue, yPred, sampleWeight, { classId: this.options.classId });
  }

  /** 0 if no threshold reaches the goal. */
  result(): number {
    const reached = this.counts().filter((counts) => this.kept(counts) >= this.goal);
    return reached.reduce((most, counts) => Math.max(most, this.wanted(counts)), 0);
  }
}

/** The greatest sensitivity where the specificity is at least so great. */
export class SensitivityAtSpecificity extends AtGoal {
  static override readonly positional = ["specificity"];

  constructor(goal: number, options: AtGoalOptions = {}) {
    super(sensitivity, specificity, goal, options, { specificity: goal });
  }
}

register("SensitivityAtSpecificity", SensitivityAtSpecificity);

/** The greatest specificity where the sensitivity is at least so great. */
export class SpecificityAtSensitivity extends AtGoal {
  static override readonly positional = ["sensitivity"];

  constructor(goal: number, options: AtGoalOptions = {}) {
    super(specificity, sensitivity, goal, options, { sensitivity: goal });
  }
}

register("SpecificityAtSensitivity", SpecificityAtSensitivity);

/** The greatest precision where the recall is at least so great. */
export class PrecisionAtRecall extends AtGoal {
  static override readonly positional = ["recall"];

  constructor(recall: number, options: AtGoalOptions = {}) {
    super(precision, sensitivity, recall, options, { recall });
  }
}

register("PrecisionAtRecall", PrecisionAtRecall);

/** The greatest recall where the precision is at least so great. */
export class RecallAtPrecision extends AtGoal {
  static override readonly positional = ["precision"];

  constructor(goal: number, options: AtGoalOptions = {}) {
    super(sensitivity, precision, goal, options, { precision: goal });
  }
}

register("RecallAtPrecision", RecallAtPrecision);
