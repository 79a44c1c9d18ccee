/** Precision, recall, and counts of right and wrong predictions. */

import {
  type OptionKind,
  type OptionKinds,
  type ValuesOf,
  integer,
  number,
  numbers,
  optional,
  positiveInteger,
} from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { register } from "../registry";
import type { MetricOptions } from "./metric";
import { type Counts, ThresholdMetric, type Thresholds, ratio } from "./thresholds";

/** Options of `TruePositives` and its kind. */
export interface CountOptions extends MetricOptions {
  /** What a prediction must exceed to be positive, or several such numbers; 0.5 by default. */
  thresholds?: number | readonly number[] | null;
}

/** Options of `Precision` and `Recall`. */
export interface RetrievalOptions extends CountOptions {
  /** The k greatest predictions of a sample alone count as positive; then the threshold is none. */
  topK?: number | null;
  /** The class that alone counts; all together by default. */
  classId?: number | null;
}

const WITHIN = { least: 0, most: 1 };

const thresholds: OptionKind<number | readonly number[] | null> = optional((given, where, name) =>
  Array.isArray(given)
    ? numbers(WITHIN)(given, where, name)
    : number(undefined, WITHIN)(given, where, name),
);

const COUNT = { thresholds };

const RETRIEVAL = {
  thresholds,
  topK: optional(positiveInteger()),
  classId: optional(integer(undefined, { least: 0 })),
};

/** What topK puts in place of the predictions that it leaves out; the others exceed it. */
const NONE = -1e10;

function given({ thresholds, topK = null }: RetrievalOptions): readonly number[] {
  if (typeof thresholds === "number") return [thresholds];
  return thresholds ?? [topK === null ? 0.5 : NONE];
}

function inOrder(values: readonly number[]): Thresholds {
  const even = values.map((_, i) => i / (values.length - 1));
  const isEven =
    values.length > 2 &&
    values.every((value, i) => Math.abs(value - even[i]) < 1e-7 + 1e-5 * even[i]);
  return { values: [...values].sort((a, b) => a - b), isEven };
}

/** Base of what follows from the counts at each of some thresholds. */
abstract class AtThresholds<O extends RetrievalOptions> extends ThresholdMetric<
  number | number[],
  O
> {
  readonly #given: readonly number[];

  constructor(options: object, own: OptionKinds) {
    const values = given(options);
    super(inOrder(Array.isArray(values) ? values : []), options, own);
    this.#given = values;
    this.makeState(1);
  }

  protected accumulate(yTrue: Tensor, yPred: Tensor, sampleWeight: Tensor | null): void {
    const { topK = null, classId = null } = this.options;
    this.count(yTrue, yPred, sampleWeight, { topK, classId });
  }

  /** What follows from the counts at one threshold. */
  protected abstract of(counts: Counts): number;

  /** A number, or of several thresholds one each. */
  result(): number | number[] {
    const counts = this.counts();
    const results = this.#given.map((threshold) =>
      this.of(counts[this.thresholds.values.indexOf(threshold)]),
    );
    return results.length === 1 ? results[0] : results;
  }
}

abstract class Retrieval extends AtThresholds<ValuesOf<typeof RETRIEVAL>> {
  override readonly direction = "max";

  constructor(options: RetrievalOptions = {}) {
    super(options, RETRIEVAL);
  }
}

/** A count alone. */
abstract class Count extends AtThresholds<ValuesOf<typeof COUNT>> {
  constructor(options: CountOptions = {}) {
    super(options, COUNT);
  }
}

/** The part of the positive predictions that is right. */
export class Precision extends Retrieval {
  protected of({ truePositives, falsePositives }: Counts): number {
    return ratio(truePositives, truePositives + falsePositives);
  }
}

register("Precision", Precision);

/** The part of the positive targets that is found. */
export class Recall extends Retrieval {
  protected of({ truePositives, falseNegatives }: Counts): number {
    return ratio(truePositives, truePositives + falseNegatives);
  }
}

register("Recall", Recall);

/** How many positive targets are found. */
export class TruePositives extends Count {
  override readonly direction = "max";

  protected of({ truePositives }: Counts): number {
    return truePositives;
  }
}

register("TruePositives", TruePositives);

/** How many negative targets are left alone. */
export class TrueNegatives extends Count {
  override readonly direction = "max";

  protected of({ trueNegatives }: Counts): number {
    return trueNegatives;
  }
}

register("TrueNegatives", TrueNegatives);

/** How many negative targets are taken for positive. */
export class FalsePositives extends Count {
  override readonly direction = "min";

  protected of({ falsePositives }: Counts): number {
    return falsePositives;
  }
}

register("FalsePositives", FalsePositives);

/** How many positive targets are missed. */
export class FalseNegatives extends Count {
  override readonly direction = "min";

  protected of({ falseNegatives }: Counts): number {
    return falseNegatives;
  }
}

register("FalseNegatives", FalseNegatives);
