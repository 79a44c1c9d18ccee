/** What `compile` makes of its options: the steps of training and evaluation. */

import { GradientTape } from "../autograd/tape";
import type { Layer } from "../nn/layer";
import type { Direction } from "../nn/metrics";
import type { Optimizer } from "../optimizers";
import { tidy } from "../tensor/memory";
import { forEachLeaf } from "../tensor/nest";
import { checkFlag, checkOptions } from "../tensor/options";
import { Tensor } from "../tensor/tensor";
import type { Variable } from "../tensor/variable";
import type { Logs } from "./callbacks";
import type { Batch } from "./element";
import { type MeasureState, Measures, type MetricsOption } from "./measures";
import type { SavedState } from "./metric-state";
import { type OptimizerLike, lossOf, optimizerOf } from "./names";
import { type LossOption, type LossWeights, type Measured, Objective } from "./objective";
import { type OutputNames, mapOptions } from "./outputs";
import { runsOwnCode } from "./own-code";
import { asSamples } from "./samples";
import { noteUnreached } from "./unreached";

/** Options of `compile`. */
export interface CompileOptions {
  /** An optimizer, or the name of one with its defaults: "adam". */
  optimizer: OptimizerLike;
  /**
   * A loss of one value a sample: its name, an object of it, or a function of yTrue and yPred. Training
   * follows the gradient of its mean over the batch. For several outputs one for all of them, or one
   * each, in their order or by name; null for none.
   */
  loss: LossOption;
  /** What the losses of several outputs are multiplied by, in their order or by name; 1 by default. */
  lossWeights?: LossWeights;
  /**
   * What is measured besides: "accuracy" (binary, categorical or sparse, as the shapes tell), other
   * names, objects of `metrics`, or functions whose mean over the samples is taken. For several outputs
   * an array of such arrays, or an object by name.
   */
  metrics?: MetricsOption;
  /** The same, by the weights of the samples. */
  weightedMetrics?: MetricsOption;
  /**
   * Runs layers, losses and metrics as JavaScript at every batch, slower, instead of capturing them;
   * for `console.log` and breakpoints, and for code that depends on values. False by default.
   */
  runEagerly?: boolean;
}

const OPTIONS = [
  ...["optimizer", "loss", "lossWeights", "metrics", "weightedMetrics", "runEagerly"],
];

/** A layer with one tensor as argument and result, or trees of them. */
export type Network = Layer & { forward(x: Tensor): Tensor };

interface Ran extends Measured {
  outputs: unknown;
}

export class Compiled {
  readonly optimizer: Optimizer;
  readonly runEagerly: boolean;
  private readonly objective: Objective;
  private readonly measures: Measures;
  private readonly given: CompileOptions;

  /** @param outputs names of the model's outputs, if it has several */
  constructor(
    private readonly model: Network,
    options: CompileOptions,
    outputs: OutputNames,
  ) {
    checkOptions(options, OPTIONS, "compile");
    this.given = { ...options };
    this.runEagerly = options.runEagerly ?? false;
    checkFlag(this.runEagerly, "compile", "runEagerly");
    this.optimizer = optimizerOf(options.optimizer);
    this.objective = new Objective(options.loss, options.lossWeights, outputs);
    const { names } = this.objective;
    this.measures = new Measures(options.metrics, options.weightedMetrics, outputs, names);
    checkLogNames(Object.keys(this.directions));
  }

  /** @internal The options of `compile` in a form that has a configuration. */
  get description(): object {
    const { given, optimizer } = this;
    const loss = mapOptions(given.loss, (each) => (each === null ? null : lossOf(each)));
    return { ...given, optimizer, loss, ...this.measures.described };
  }

  /** Number of outputs that have a loss. */
  get outputs(): number {
    return this.objective.outputs;
  }

  /** Whether targets are labels, whole numbers; of an output by name or by place, if there are several. */
  takesLabels(key?: string | number): boolean {
    return this.objective.takesLabels(key);
  }

  /** The metrics that are known so far. */
  get metrics(): readonly object[] {
    return this.measures.metrics;
  }

  /** Whether the steps run code of the library alone. */
  get runsOwnCode(): boolean {
    const { model, optimizer, objective, metrics } = this;
    return runsOwnCode([model, optimizer, optimizer.parts, objective.losses, metrics]);
  }

  /** Whether more of what `results` has is better, by name. */
  get directions(): Record<string, Direction> {
    const losses = this.objective.names.map((name): [string, Direction] => [name, "min"]);
    return Object.fromEntries([...losses, ...this.measures.directions]);
  }

  /** Throws if a label of these rows is none, once the loss was captured and so knows the classes. */
  checkLabels(batch: Batch, rows: Iterable<number>): void {
    this.objective.checkLabels(batch, rows);
  }

  /** No finite number any more once a loss was none. */
  get lossTotal(): Variable {
    return this.objective.total;
  }

  /** One update of the weights by the gradient of the batch's mean loss. */
  trainStep(batch: Batch): void {
    const tape = new GradientTape();
    const ran = tape.record(() => this.run(batch));
    const weights = this.model.trainableWeights;
    const gradients = tape.gradientOrNull(ran.total, weights);
    const reached = weights.filter((_, i) => gradients[i] !== null);
    noteUnreached(this.model, weights, reached);
    const given = gradients.filter((gradient) => gradient !== null);
    this.optimizer.applyGradients(given, reached);
    this.measure(batch, ran);
  }

  /** Measures alone. */
  testStep(batch: Batch): void {
    this.measure(batch, this.run(batch));
  }

  /** @internal What the results rest on, for the loss and for each metric. */
  metricStates(): MetricStates {
    return { losses: this.objective.states(), metrics: this.measures.states() };
  }

  /** @internal */
  loadMetricStates({ losses, metrics }: MetricStates): void {
    this.objective.loadStates(losses);
    this.measures.loadStates(metrics);
  }

  /** The results since the last `reset`, means over samples. */
  results(): Logs {
    return Object.fromEntries([...this.objective.results(), ...this.measures.results()]);
  }

  reset(): void {
    tidy(() => {
      this.objective.reset();
      this.measures.reset();
    });
  }

  private run(batch: Batch): Ran {
    const forward = this.model.forward.bind(this.model) as (x: unknown) => unknown;
    const outputs = forward(asSamples(batch.x, this.model));
    return { ...this.objective.measure(this.model, batch, outputs), outputs };
  }

  private measure(batch: Batch, ran: Ran): void {
    this.objective.update(ran, samplesIn(ran.outputs));
    this.measures.update(batch, ran.outputs);
  }
}

/** The states of means and metrics as plain values. */
export interface MetricStates {
  /** Of the loss, then of the loss of each output. */
  readonly losses: readonly SavedState[];
  readonly metrics: readonly MeasureState[];
}

/** Number of samples of a batch. */
function samplesIn(outputs: unknown): number {
  let samples = 1;
  forEachLeaf(outputs, (leaf) => {
    if (leaf instanceof Tensor && leaf.rank > 0) [samples] = leaf.shape;
  });
  return samples;
}

/** The name of a figure of the validation data: "accuracy" -> "valAccuracy". */
export function validationName(name: string): string {
  return `val${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** The validation's figures must find their names free. */
function checkLogNames(names: readonly string[]): void {
  const taken = names.find((name) => names.includes(validationName(name)));
  if (taken === undefined) return;
  throw new Error(
    `compile: expected outputs and metrics whose figures have names of their own but received two of ` +
      `${validationName(taken)}: that of the validation's ${taken}, too; name the output or metric otherwise`,
  );
}
