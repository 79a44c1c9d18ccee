/** What a metric is; what all of them do stands here once. */

import { answerToOtherNames } from "../../tensor/other-names";
import { checkTensor } from "../../ops/arguments";
import { fill } from "../../ops/shape";
import { assign } from "../../ops/update";
import { BY_IDENTITY } from "../../tensor/by-identity";
import { tidy } from "../../tensor/memory";
import { type OptionKinds, kindsOf, optional, text, valuesOf } from "../../tensor/option-kinds";
import { checkOptions } from "../../tensor/options";
import { outsideRecording } from "../../tensor/recorder";
import { objectName } from "../../tensor/spelling";
import { type Shape, Tensor, tensor } from "../../tensor/tensor";
import type { Values } from "../../tensor/values";
import { Variable } from "../../tensor/variable";
import { type StateValues, loadExactly } from "../load-state";
import type { Config, Configurable } from "../registry";

/** Whether a greater result is better ("max"), or a lesser one ("min"); null where neither is. */
export type Direction = "max" | "min" | null;

/** Options of all metrics. */
export interface MetricOptions {
  /** In the logs of `fit`; by default the class's name, beginning in lower case. */
  name?: string | null;
}

const COMMON = { name: optional(text()) };

/** What a metric gives: a number, one for each threshold or class, or a table. */
export type MetricResult = number | readonly number[] | readonly (readonly number[])[];

/**
 * Base of the metrics: state in float64 Variables, which captured steps update. One of your own makes
 * its Variables by `addVariable`, adds to them with ops in `accumulate`, and computes `result` from
 * their values:
 *
 * ```ts
 * class MaxError extends metrics.Metric {
 *   override readonly direction = "min";
 *   private readonly most = this.addVariable("most");
 *   protected accumulate(yTrue: Tensor, yPred: Tensor): void {
 *     const worst = yTrue.sub(yPred).abs().max().cast("float64");
 *     this.most.assign(worst.maximum(this.most));
 *   }
 *   result(): number {
 *     return this.most.item();
 *   }
 * }
 * register("MaxError", MaxError);
 * ```
 *
 * @typeParam R what `result` gives
 * @typeParam O the values of the metric's own options
 */
export abstract class Metric<
  R extends MetricResult = number,
  O extends object = Readonly<Record<string, unknown>>,
> implements Configurable {
  /** @hidden */
  static readonly kind: string = "metric";
  /** Names of the constructor's arguments before the options. */
  static readonly positional: readonly string[] = [];

  /** In the logs of `fit`. */
  readonly name: string;
  /** Whether a greater result is better ("max"), or a lesser one ("min"); null where neither is. */
  readonly direction: Direction = null;
  /** The options that the metric was made with, those left out at their defaults. */
  readonly options: O;
  readonly #hasName: boolean;
  readonly #variables = new Map<string, Variable>();

  /**
   * @param options what the caller passed as the last argument
   * @param own kinds of the metric's own options, or their names alone
   * @param positional the arguments before the options, by name
   */
  constructor(
    options: object = {},
    own: OptionKinds | readonly string[] = {},
    positional: object = {},
  ) {
    const metric = this.constructor.name;
    checkAccumulates(this);
    const kinds = kindsOf(own);
    const before = Object.keys(positional);
    const names = Object.keys(kinds).filter((key) => !before.includes(key));
    checkOptions(options, [...names, "name"], metric);
    const { name } = valuesOf(COMMON, options, metric);
    this.#hasName = name !== null;
    this.name = name ?? objectName(metric);
    const values = valuesOf(kinds, { ...options, ...positional }, metric);
    this.options = Object.freeze(values) as O;
  }

  /** @internal */
  get [BY_IDENTITY](): true {
    return true;
  }

  /**
   * Takes in a batch.
   * @param sampleWeight a weight for each sample; all count alike without
   */
  update(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): void {
    const metric = this.constructor.name;
    checkTensor(yTrue, metric, "yTrue");
    checkTensor(yPred, metric, "yPred");
    if (sampleWeight !== undefined) checkTensor(sampleWeight, metric, "sampleWeight");
    tidy(() => this.accumulate(yTrue, yPred, sampleWeight ?? null));
  }

  /** What `update` does, with tensors that were checked to be some. */
  protected abstract accumulate(yTrue: Tensor, yPred: Tensor, sampleWeight: Tensor | null): void;

  /** The metric of all batches since the start or the last `reset`. */
  abstract result(): R;

  /** Starts anew. */
  reset(): void {
    tidy(() => {
      for (const variable of this.#variables.values()) {
        assign(variable, variable.rank === 0 ? 0 : fill(variable.shape, 0, "float64"));
      }
    });
  }

  /**
   * The Variable of a name, float64 zeros at first; made at the first call, also within a capture. All
   * calls for a name give the same shape.
   */
  protected addVariable(name: string, shape: Shape = []): Variable {
    let variable = this.#variables.get(name);
    if (variable === undefined) {
      variable = outsideRecording(() =>
        tidy(() => new Variable(fill(shape, 0, "float64"), { name, trainable: false })),
      );
      this.#variables.set(name, variable);
    }
    const { shape: known } = variable;
    if (known.length === shape.length && known.every((dim, i) => dim === shape[i])) return variable;
    throw new RangeError(
      `${this.constructor.name}: expected ${name} of shape [${known.join(", ")}], as in the batches before, ` +
        `but received [${shape.join(", ")}]`,
    );
  }

  /** Names of Variables whose shape the first batch decides. */
  protected lateVariables(): readonly string[] {
    return [];
  }

  /** The values of a Variable, row by row; none if it was not made yet. */
  protected valuesOf(name: string): Float64Array {
    const variable = this.#variables.get(name);
    return variable === undefined ? new Float64Array(0) : (variable.data() as Float64Array);
  }

  /** The persistent state, by name. */
  state(): Record<string, Variable> {
    return Object.fromEntries(this.#variables);
  }

  /** Assigns what `state` gave, by name. Everything is checked before anything is changed. */
  loadState(state: StateValues): void {
    const given = Object(state) as StateValues;
    for (const name of this.lateVariables()) {
      if (this.#variables.has(name) || !Object.hasOwn(given, name)) continue;
      this.addVariable(name, shapeOf(given[name]));
    }
    loadExactly(`${this.constructor.name}: loadState`, this.state(), state);
  }

  /** The options with which the constructor makes a metric like this one. */
  config(): Config {
    return { ...this.options, ...(this.#hasName ? { name: this.name } : {}) };
  }

  /** @hidden A metric of such a configuration. */
  static fromConfig(config: Config): Metric<MetricResult> {
    const args = this.positional.map((name) => config[name]);
    const rest = Object.entries(config).filter(([name]) => !this.positional.includes(name));
    const create = this as unknown as new (...args: unknown[]) => Metric<MetricResult>;
    return new create(...args, Object.fromEntries(rest));
  }
}

/** JavaScript makes objects also of classes that lack what TypeScript asks for. */
function checkAccumulates(metric: object): void {
  const { accumulate, update } = metric as Record<"accumulate" | "update", unknown>;
  if (typeof accumulate === "function" || update !== Metric.prototype.update) return;
  const isKerasNamed = (metric as { updateState?: unknown }).updateState !== ownUpdateState;
  throw new TypeError(
    `${metric.constructor.name}: expected a method accumulate(yTrue, yPred, sampleWeight), which takes in a ` +
      `batch, but there is none${isKerasNamed ? ": name the method updateState so" : ""}`,
  );
}

function shapeOf(values: Tensor | Values): Shape {
  if (values instanceof Tensor) return values.shape;
  return outsideRecording(() => tidy(() => tensor(values, undefined, "float64").shape));
}

answerToOtherNames(Metric.prototype, {
  ...{ updateState: "update", update_state: "update", resetState: "reset", reset_state: "reset" },
  ...{ resetStates: "reset", reset_states: "reset" },
});

const ownUpdateState = (Metric.prototype as unknown as { updateState: unknown }).updateState;
