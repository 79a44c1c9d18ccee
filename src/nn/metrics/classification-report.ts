/** Precision, recall and F1-score of each class, as a text that scikit-learn would print. */

import { tidy } from "../../tensor/memory";
import {
  type ValuesOf,
  integer,
  integers,
  number,
  optional,
  readOptions,
  texts,
} from "../../tensor/option-kinds";
import { outsideRecording } from "../../tensor/recorder";
import { Tensor, tensor } from "../../tensor/tensor";
import type { Values } from "../../tensor/values";
import { argMax } from "../../ops/reduce";

/** Labels, as a tensor or an array, or texts; predictions may also be scores [samples, classes]. */
export type LabelValues = Tensor | Values | readonly string[];

/** Options of `classificationReport`. */
export interface ClassificationReportOptions {
  /** The labels that are listed, in this order; by default all that occur, sorted. Of numbers alone. */
  labels?: readonly number[] | null;
  /** Their names, in the order of the labels; by default the labels themselves. */
  targetNames?: readonly string[] | null;
  /** Digits after the point; 2 by default. */
  digits?: number;
  /** What stands where a rate is 0 / 0; 0 by default. */
  zeroDivision?: number;
}

const OPTIONS = {
  labels: optional(integers()),
  targetNames: optional(texts([])),
  digits: integer(2, { least: 0, most: 20 }),
  zeroDivision: number(0, { least: 0, most: 1 }),
};

/** Rates of one class, or means of those of several. */
interface Rates {
  precision: number;
  recall: number;
  f1: number;
  support: number;
}

/**
 * A table of precision, recall, F1-score and number of samples of each class, with the accuracy and
 * the means over classes.
 *
 * ```ts
 * console.log(metrics.classificationReport([0, 1, 1, 0], [0, 1, 0, 0]));
 * ```
 *
 * @param yTrue labels, whole numbers or texts
 * @param yPred labels, or scores [samples, classes] of which the greatest counts
 */
export function classificationReport(
  yTrue: LabelValues,
  yPred: LabelValues,
  options: ClassificationReportOptions = {},
): string {
  if (areTexts(yTrue) && areTexts(yPred)) return reportOfTexts(yTrue, yPred, options);
  const settings = readOptions(OPTIONS, options, "classificationReport");
  const truth = labelsIn(yTrue, "yTrue", false);
  const predicted = labelsIn(yPred, "yPred", true);
  if (truth.length !== predicted.length) {
    throw new RangeError(
      `classificationReport: expected as many labels as predictions but received ${truth.length} and ${predicted.length}`,
    );
  }
  const occurring = [...new Set([...truth, ...predicted])].sort((a, b) => a - b);
  const labels = settings.labels ?? occurring;
  const names = settings.targetNames ?? labels.map(String);
  if (names.length !== labels.length) {
    throw new RangeError(
      `classificationReport: expected ${labels.length} targetNames, one a label, but received ${names.length}`,
    );
  }
  const counts = countsOf(truth, predicted, labels);
  const rates = counts.map((count) => ratesOf(count, settings.zeroDivision));
  const isAccuracy = occurring.every((label) => labels.includes(label));
  const means = meansOf(counts, rates, settings.zeroDivision);
  return tableOf(names, rates, means, isAccuracy, settings);
}

function areTexts(values: LabelValues): values is readonly string[] {
  return Array.isArray(values) && values.length > 0 && values.every(isText);
}

const isText = (value: unknown): value is string => typeof value === "string";

/** That of the texts' numbers in their order, by the texts' names. */
function reportOfTexts(
  yTrue: readonly string[],
  yPred: readonly string[],
  options: ClassificationReportOptions,
): string {
  const texts = [...new Set([...yTrue, ...yPred])].sort();
  const numbers = (labels: readonly string[]): number[] =>
    labels.map((text) => texts.indexOf(text));
  return classificationReport(numbers(yTrue), numbers(yPred), { targetNames: texts, ...options });
}

function labelsIn(values: LabelValues, name: string, mayBeScores: boolean): number[] {
  const found = outsideRecording(() =>
    tidy(() => {
      const given = values instanceof Tensor ? values : toTensor(values as Values);
      const areScores = mayBeScores && given.rank === 2 && given.shape[1] > 1;
      const labels = areScores ? argMax(given, -1) : given;
      return { data: [...labels.data()], rank: labels.rank, columns: labels.shape[1] ?? 1 };
    }),
  );
  const fits =
    (found.rank === 1 || (found.rank === 2 && found.columns === 1)) &&
    found.data.every(Number.isInteger);
  if (fits) return found.data;
  throw new TypeError(
    `classificationReport: expected whole numbers [samples] for ${name} but received ` +
      (values instanceof Tensor ? values.describe() : "other values"),
  );
}

function toTensor(values: Values): Tensor {
  return ArrayBuffer.isView(values) ? tensor(values) : tensor(values, undefined, "float64");
}

interface Count {
  right: number;
  predicted: number;
  support: number;
}

function countsOf(
  truth: readonly number[],
  predicted: readonly number[],
  labels: readonly number[],
): Count[] {
  const counts = new Map(labels.map((label) => [label, { right: 0, predicted: 0, support: 0 }]));
  truth.forEach((label, i) => {
    const own = counts.get(label);
    const other = counts.get(predicted[i]);
    if (own !== undefined) own.support++;
    if (other !== undefined) other.predicted++;
    if (own !== undefined && label === predicted[i]) own.right++;
  });
  return labels.map((label) => counts.get(label)!);
}

function ratesOf({ right, predicted, support }: Count, zeroDivision: number): Rates {
  const rate = (a: number, b: number): number => (b === 0 ? zeroDivision : a / b);
  return {
    precision: rate(right, predicted),
    recall: rate(right, support),
    f1: rate(2 * right, predicted + support),
    support,
  };
}

interface Means {
  micro: Rates;
  macro: Rates;
  weighted: Rates;
}

function meansOf(counts: readonly Count[], rates: readonly Rates[], zeroDivision: number): Means {
  const total = (key: keyof Count): number => counts.reduce((sum, count) => sum + count[key], 0);
  const support = total("support");
  const mean = (weightOf: (rate: Rates) => number): Rates => {
    const weights = rates.reduce((sum, rate) => sum + weightOf(rate), 0);
    const of = (key: keyof Rates): number =>
      weights === 0
        ? zeroDivision
        : rates.reduce((sum, rate) => sum + rate[key] * weightOf(rate), 0) / weights;
    return { precision: of("precision"), recall: of("recall"), f1: of("f1"), support };
  };
  const all = { right: total("right"), predicted: total("predicted"), support };
  return {
    micro: ratesOf(all, zeroDivision),
    macro: mean(() => 1),
    weighted: mean((rate) => rate.support),
  };
}

const COLUMNS = ["precision", "recall", "f1-score", "support"];

function tableOf(
  names: readonly string[],
  rates: readonly Rates[],
  { micro, macro, weighted }: Means,
  isAccuracy: boolean,
  { digits }: ValuesOf<typeof OPTIONS>,
): string {
  const width = Math.max(...names.map((name) => name.length), "weighted avg".length, digits);
  const line = (name: string, cells: readonly string[]): string =>
    `${name.padStart(width)} ${cells.map((cell) => ` ${cell.padStart(9)}`).join("")}`;
  const row = (name: string, { precision, recall, f1, support }: Rates): string => {
    const values = [precision, recall, f1].map((value) => fixed(value, digits));
    return line(name, [...values, String(support)]);
  };
  const overall = isAccuracy
    ? line("accuracy", ["", "", fixed(micro.f1, digits), String(micro.support)])
    : row("micro avg", micro);
  return [
    line("", COLUMNS),
    "",
    ...names.map((name, i) => row(name, rates[i])),
    "",
    overall,
    row("macro avg", macro),
    row("weighted avg", weighted),
    "",
  ].join("\n");
}

/** With so many digits after the point; a number halfway goes to the even digit, as in Python. */
function fixed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  const exact = value.toFixed(Math.min(digits + 60, 100));
  const rest = exact.slice(exact.indexOf(".") + 1 + digits);
  if (!/^50*$/.test(rest)) return text;
  const down = exact.slice(0, exact.indexOf(".") + (digits === 0 ? 0 : 1 + digits));
  return Number(down.at(-1)) % 2 === 0 ? down : text;
}
