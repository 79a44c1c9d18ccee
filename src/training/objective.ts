/** The loss of a model: those of its outputs, weighed, with the penalties of its layers. */

import type { Layer } from "../nn/layer";
import type { Loss } from "../nn/losses";
import type { LabelUse } from "../nn/losses/labels";
import { Mean } from "../nn/metrics";
import { add, broadcastTo, cast, expandDims, mul, sum } from "../ops";
import { isPlainObject } from "../tensor/nest";
import { Tensor, sameShape } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import type { Variable } from "../tensor/variable";
import type { Batch } from "./element";
import { type SavedState, savedState } from "./metric-state";
import { type LossLike, lossOf } from "./names";
import { Output, type OutputNames, byOutput } from "./outputs";

/** One loss for all outputs, or one each, in their order or by name; null for none. */
export type LossOption =
  LossLike | readonly (LossLike | null)[] | Readonly<Record<string, LossLike | null>>;

/** In the order of the outputs, or by their names; 1 where it is left out. */
export type LossWeights = readonly number[] | Readonly<Record<string, number>>;

interface Part {
  readonly output: Output;
  readonly loss: Loss;
  readonly weight: number;
  readonly mean: Mean;
  labelUse: LabelUse | null;
}

/** What a batch's loss is made of. */
export interface Measured {
  /** A scalar. */
  total: Tensor;
  /** Of each part the loss, and what was averaged to it; null if it was no plain mean. */
  parts: { loss: Tensor; losses: Tensor | null }[];
}

export class Objective {
  /** The mean of the loss over samples. */
  readonly mean = new Mean();
  private readonly parts: readonly Part[];

  constructor(loss: unknown, lossWeights: unknown, names: OutputNames) {
    const where = "compile: expected losses";
    const isOne = (option: unknown): boolean => !Array.isArray(option) && !isPlainObject(option);
    const weights = lossWeights === undefined ? undefined : weightsOf(lossWeights, names);
    this.parts = byOutput(loss, names, where, isOne).flatMap(([output, given]) => {
      if (given === null && output.name !== "") return [];
      const weight = weights?.get(output.name) ?? 1;
      return [{ output, loss: lossOf(given), weight, mean: new Mean(), labelUse: null }];
    });
    if (this.parts.length > 0) return;
    throw new TypeError("compile: expected a loss for one output at least");
  }

  /** Number of outputs that have a loss. */
  get outputs(): number {
    return this.parts.length;
  }

  get losses(): Loss[] {
    return this.parts.map(({ loss }) => loss);
  }

  /** Names of the results, in their order. */
  get names(): string[] {
    return ["loss", ...this.separate.map(({ output }) => output.log("loss"))];
  }

  /** Whether targets are labels, whole numbers; of an output by name or by place, if there are several. */
  takesLabels(key?: string | number): boolean {
    const part = this.parts.find(
      ({ output: { name, index } }) => name === "" || name === key || index === key,
    );
    return part?.loss.takesLabels ?? false;
  }

  /** No finite number any more once a loss was none. */
  get total(): Variable {
    return this.mean.state().total;
  }

  /** The losses of a batch and their sum with the penalties. */
  measure(model: Layer<object>, batch: Batch, outputs: unknown): Measured {
    const parts = this.parts.map((part) => {
      const { output, loss } = part;
      const yTrue = output.of(batch.y, "y");
      const weights = weightsIn(batch.sampleWeight, output);
      const yPred = output.of(outputs, "what forward returns");
      const measured = loss.measured(...columns(loss, yTrue, yPred), weights);
      part.labelUse = loss.labelUse;
      return measured;
    });
    const terms = parts.map(({ loss }, i) => {
      const { weight } = this.parts[i];
      const scalar = loss.rank === 0 ? loss : sum(loss);
      return weight === 1 ? scalar : mul(scalar, weight);
    });
    const all = [...terms, ...model.losses];
    const total = all.reduce((a, b) => add(a, cast(sum(b), a.dtype)));
    return { total, parts };
  }

  /** Takes a batch into the means. */
  update({ total, parts }: Measured, samples: number): void {
    const [first] = parts;
    const isPlain = parts.length === 1 && total === first.loss && first.losses !== null;
    this.mean.update(forSamples(isPlain ? first.losses! : total, samples));
    this.separate.forEach(({ mean }, i) => {
      mean.update(forSamples(parts[i].losses ?? parts[i].loss, samples));
    });
  }

  /** What the results rest on. */
  states(): SavedState[] {
    return this.means.map(savedState);
  }

  loadStates(states: readonly SavedState[]): void {
    this.means.forEach((mean, i) => mean.loadState(states[i]));
  }

  private get means(): Mean[] {
    return [this.mean, ...this.separate.map(({ mean }) => mean)];
  }

  results(): [string, number][] {
    const separate = this.separate.map(({ output, mean }): [string, number] => [
      output.log("loss"),
      mean.result(),
    ]);
    return [["loss", this.mean.result()], ...separate];
  }

  reset(): void {
    this.mean.reset();
    for (const { mean } of this.separate) mean.reset();
  }

  /** Throws if a label of these rows is none, once the loss was captured and so knows the classes. */
  checkLabels({ y }: Batch, rows: Iterable<number>): void {
    const parts = this.parts.filter(({ labelUse }) => labelUse !== null);
    const all = parts.length > 1 ? [...rows] : rows;
    for (const { output, labelUse } of parts) {
      checkLabels(output.of(y, "y"), labelUse!, all, output.name);
    }
  }

  /** The parts that are reported each: of several outputs. */
  private get separate(): readonly Part[] {
    return this.parts.length > 1 ? this.parts : [];
  }
}

/** Loss weights by output name. */
function weightsOf(option: unknown, names: OutputNames): Map<string, number> {
  const where = "compile: expected lossWeights";
  const given = byOutput(option, names, where, () => false);
  return new Map(
    given.map(([{ name }, weight]) => {
      if (typeof weight === "number" && Number.isFinite(weight)) return [name, weight];
      throw new TypeError(
        `${where} that are numbers but received ${describeValue(weight)} for ${name}`,
      );
    }),
  );
}

function weightsIn(sampleWeight: unknown, output: Output): Tensor | null {
  if (sampleWeight === null || sampleWeight instanceof Tensor) return sampleWeight;
  return output.of(sampleWeight, "sampleWeight");
}

/** Predictions [n] of the library's losses are a column, so that each is one of a sample. */
function columns(loss: Loss, yTrue: Tensor, yPred: Tensor): [Tensor, Tensor] {
  const isFlat = loss.isKnown && yPred.rank === 1 && sameShape(yTrue.shape, yPred.shape);
  return isFlat ? [expandDims(yTrue, -1), expandDims(yPred, -1)] : [yTrue, yPred];
}

/** A loss that is one number counts for all samples of the batch. */
function forSamples(losses: Tensor, samples: number): Tensor {
  return losses.rank === 0 ? broadcastTo(losses, [samples]) : losses;
}

function checkLabels(
  y: Tensor,
  { classes, ignored }: LabelUse,
  rows: Iterable<number>,
  output: string,
): void {
  const labels = y.data();
  const perRow = labels.length / y.shape[0];
  for (const row of rows) {
    for (let i = row * perRow; i < (row + 1) * perRow; i++) {
      const label = labels[i];
      const isClass = label >= 0 && label < classes && Number.isInteger(label);
      if (isClass || label === ignored) continue;
      const hint = classes === 1 ? "; for a single output use binaryCrossentropy" : "";
      throw new RangeError(
        `expected labels in [0, ${classes}), the classes that the model predicts, but y ` +
          `${output === "" ? "" : `of ${output} `}has ${label} at position ${i}${hint}`,
      );
    }
  }
}
