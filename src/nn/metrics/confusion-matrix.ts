import { greater } from "../../ops/arithmetic";
import { cast } from "../../ops/shape";
import { isFloat } from "../../tensor/dtype";
import { type ValuesOf, choice, optional, positiveInteger } from "../../tensor/option-kinds";
import { tidy } from "../../tensor/memory";
import { outsideRecording } from "../../tensor/recorder";
import { type Tensor, tensor } from "../../tensor/tensor";
import { withoutColumn } from "../losses/arguments";
import { register } from "../registry";
import { ConfusionMetric, classesOf } from "./confusion";
import type { MetricOptions } from "./metric";
import { ratio } from "./thresholds";

/** Options of `ConfusionMatrix`. */
export interface ConfusionMatrixOptions extends MetricOptions {
  /** Parts in place of counts: of each class, of each predicted class, of all; counts by default. */
  normalize?: "true" | "pred" | "all" | null;
}

const OPTIONS = {
  numClasses: positiveInteger(),
  normalize: optional(choice(["true", "pred", "all"])),
};

/** How often each class, a row, was taken for each, a column; as scikit-learn's `confusion_matrix`. */
export class ConfusionMatrix extends ConfusionMetric<number[][], ValuesOf<typeof OPTIONS>> {
  static override readonly positional = ["numClasses"];

  constructor(numClasses: number, options: ConfusionMatrixOptions = {}) {
    super(numClasses, options, OPTIONS, { numClasses });
  }

  /**
   * Counts a batch.
   * @param yTrue labels [...] or [..., 1], or one-hot rows [..., classes]
   * @param yPred the same, or scores [..., classes]; of two classes also the probability of class 1
   */
  protected accumulate(yTrue: Tensor, yPred: Tensor, sampleWeight: Tensor | null): void {
    this.count(this.#classes(yTrue), this.#predicted(yPred), sampleWeight);
  }

  #areRows(x: Tensor): boolean {
    return x.rank > 1 && x.shape.at(-1) === this.options.numClasses;
  }

  #classes(x: Tensor): Tensor {
    if (this.#areRows(x)) return classesOf(x, true);
    return classesOf(withoutColumn(x, x), false);
  }

  #predicted(x: Tensor): Tensor {
    const areProbabilities = this.options.numClasses === 2 && isFloat(x.dtype) && !this.#areRows(x);
    if (!areProbabilities) return this.#classes(x);
    return cast(greater(withoutColumn(x, x), 0.5), "int32");
  }

  /** Rows are classes, columns predictions. */
  result(): number[][] {
    const rows = this.rows();
    const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
    const all = total(rows.map(total));
    const columns = rows.map((_, i) => total(rows.map((row) => row[i])));
    const { normalize } = this.options;
    if (normalize === null) return rows;
    const divisor = (row: number, column: number): number => {
      if (normalize === "all") return all;
      return normalize === "pred" ? columns[column] : total(rows[row]);
    };
    return rows.map((row, i) => row.map((count, j) => ratio(count, divisor(i, j))));
  }

  /** The table as numpy prints it. */
  override toString(): string {
    const rows = this.result();
    const isWhole = rows.every((row) => row.every(Number.isInteger));
    return outsideRecording(() =>
      tidy(() => tensor(rows, undefined, isWhole ? "int32" : "float64").toString()),
    );
  }
}

register("ConfusionMatrix", ConfusionMatrix);
