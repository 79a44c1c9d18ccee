/** What an optimizer is; what all of them do stands here once. */

import { answerToOtherNames } from "../tensor/other-names";
import { brand } from "../tensor/values";
import { loadExactly, type StateValues } from "../nn/load-state";
import { loadedWeight } from "../nn/loading";
import type { Config, Configurable } from "../nn/registry";
import { add, div, greaterEqual, mul, where } from "../ops/arithmetic";
import { cast, clone, fill } from "../ops/shape";
import { assign, assignAdd, assignSub } from "../ops/update";
import { BY_IDENTITY } from "../tensor/by-identity";
import type { DType } from "../tensor/dtype";
import { tidy } from "../tensor/memory";
import { type OptionKinds, kindsOf, valuesOf } from "../tensor/option-kinds";
import { checkOptions } from "../tensor/options";
import { guardRead, guardedValueChanged, outsideRecording } from "../tensor/recorder";
import type { Tensor } from "../tensor/tensor";
import { Variable } from "../tensor/variable";
import { average } from "./averages";
import { type ClipLimits, checkLimits, clipped } from "./clip";
import { checkGradients, checkWeight, warnOfInference } from "./gradients";
import { LearningRate, type Rate } from "./learning-rate";
import { COMMON_OPTIONS } from "./options";
import {
  type UncheckedUpdate,
  checkInitialSlot,
  checkMethods,
  checkOptionNames,
  checkReturned,
  checkSlotNames,
} from "./own-methods";
import type { RateGroup } from "./rate-groups";
import type { Schedule } from "./schedules/schedule";
import { type Slots, SlotStore } from "./slots";
import { StepScalars } from "./step-scalars";
import {
  type WeightSelection,
  namedSelection,
  selects,
  warnOfUnmatched,
  weightSelection,
} from "./weight-selection";
import { when } from "./when";

/** Slots of the base class. */
const AVERAGE = "average";
const ACCUMULATOR = "gradientAccumulator";
const SHARED_SLOTS = [AVERAGE, ACCUMULATOR];
/** Name of the number of gradients that wait. */
const WAITING = "waiting";
/** Names of the state that all optimizers have. */
const RESERVED = new Set(["iterations", "learningRate", WAITING, "__proto__"]);

/**
 * By name, the properties of options. All optimizers share them: then those of a class have one
 * hidden class, and what every step reads of them is fast.
 */
const properties = new Map<string, PropertyDescriptor>();

/**
 * Base of the optimizers. One of your own overrides `slotNames`, the state kept for each weight, and
 * `updateOne`, the update of one weight; it gives its rate and options to the constructor of this
 * class. Decay, limits of gradients, averages of weights, accumulation of gradients, groups and
 * schedules work for it as well:
 *
 * ```ts
 * class SignDescent extends optimizers.Optimizer {
 *   declare decay: number; // each option is a property, and can be set between updates
 *   constructor(learningRate: optimizers.Rate = 0.01, options: object = {}) {
 *     super(learningRate, { decay: 0.9, ...options }, ["decay"]);
 *   }
 *   protected override slotNames(): readonly string[] {
 *     return ["momentum"];
 *   }
 *   protected updateOne(
 *     weight: Variable,
 *     gradient: Tensor,
 *     { momentum }: optimizers.Slots,
 *     step: optimizers.StepScalars,
 *   ): void {
 *     momentum.assign(momentum.mul(this.decay).add(gradient));
 *     weight.assignSub(momentum.sign().mul(step.rate(weight.dtype)));
 *   }
 * }
 * register("SignDescent", SignDescent);
 * ```
 */
export abstract class Optimizer implements Configurable {
  /** @hidden */
  static readonly kind: string = "optimizer";

  /** See {@link OptimizerOptions.weightDecay}; may be set between updates. */
  declare weightDecay: number | null;
  /** See {@link OptimizerOptions.clipnorm}; may be set between updates. */
  declare clipnorm: number | null;
  /** See {@link OptimizerOptions.clipvalue}; may be set between updates. */
  declare clipvalue: number | null;
  /** See {@link OptimizerOptions.globalClipnorm}; may be set between updates. */
  declare globalClipnorm: number | null;
  /** See {@link OptimizerOptions.useEma}; may be set between updates. */
  declare useEma: boolean;
  /** See {@link OptimizerOptions.emaMomentum}; may be set between updates. */
  declare emaMomentum: number;
  /** See {@link OptimizerOptions.emaOverwriteFrequency}; may be set between updates. */
  declare emaOverwriteFrequency: number | null;
  /** See {@link OptimizerOptions.gradientAccumulationSteps}; may be set between updates. */
  declare gradientAccumulationSteps: number | null;

  /** Number of updates so far; int32 scalar. */
  readonly iterations: Variable;
  readonly #kinds: OptionKinds;
  readonly #values: Record<string, unknown>;
  readonly #own = new Map<string, Variable>();
  readonly #rate: LearningRate;
  readonly #groups: readonly { group: RateGroup; rate: LearningRate }[];
  /** That of weights in no group, and those of the groups. */
  readonly #rates: readonly LearningRate[];
  readonly #slots = new SlotStore();

  /** @internal */
  get [BY_IDENTITY](): true {
    return true;
  }

  /**
   * @param learningRate number, schedule, or float scalar Variable, which is then read at each update
   * @param options what the caller passed as the last argument
   * @param own kinds of the optimizer's own options, or their names alone
   */
  constructor(learningRate: Rate, options: object = {}, own: OptionKinds | readonly string[] = {}) {
    const where = this.constructor.name;
    const kinds = kindsOf(own);
    checkOptionNames(Object.keys(kinds), this);
    this.#kinds = { ...kinds, ...COMMON_OPTIONS, ...kinds }; // its own come first, in errors too
    checkOptions(options, Object.keys(this.#kinds), where);
    this.#values = { ...valuesOf(this.#kinds, options, where) };
    this.#defineProperties();
    checkLimits(this.#limits(), where);
    this.iterations = numberVariable("iterations", 0, "int32");
    const steps = (): Tensor => this.#gradientsSoFar();
    this.#rate = new LearningRate(learningRate, where, steps);
    this.#groups = (this.#values.groups as readonly RateGroup[]).map((group, i) => ({
      group,
      rate: new LearningRate(group.learningRate, where, steps, groupPath(i)),
    }));
    this.#rates = [this.#rate, ...this.#groups.map(({ rate }) => rate)];
    if (this.gradientAccumulationSteps !== null) this.#waiting();
  }

  /**
   * A Variable, read at every update, also by captured plans. Set it to a number, a Variable or a
   * schedule at any time; a rate that follows a schedule takes another schedule alone.
   */
  get learningRate(): Variable {
    return this.#rate.upToDate;
  }

  set learningRate(value: Rate) {
    this.#rate.set(value);
  }

  /**
   * Leaves weights out of `weightDecay`, those of former calls no longer.
   * @param selection an array of strings stands for parts of names: ["bias"]
   */
  excludeFromWeightDecay(selection: WeightSelection | readonly string[]): void {
    const method = `${this.constructor.name}: excludeFromWeightDecay`;
    const excluded = weightSelection()(selection, method, "the selection");
    if (!this.#slots.isEmpty) warnOfUnmatched(method, excluded, this.#slots.weights);
    this.#values.excludeFromWeightDecay = excluded;
    guardedValueChanged();
  }

  /** The groups of weights with rates of their own, as the constructor took them. */
  get groups(): readonly RateGroup[] {
    return this.#values.groups as readonly RateGroup[];
  }

  /** Names of the state that is kept for a weight; none by default. */
  protected slotNames(_weight: Variable): readonly string[] {
    return [];
  }

  /** What a slot starts with; null, the default, for zeros of the weight's shape. */
  protected initialSlot(_name: string, _weight: Variable): Tensor | null {
    return null;
  }

  /** Updates one weight. */
  protected abstract updateOne(
    weight: Variable,
    gradient: Tensor,
    slots: Slots,
    step: StepScalars,
  ): void;

  /** Called once before the updates of a step; does nothing by default. */
  protected beforeUpdates(): void {
    // Nothing is shared by the updates of most optimizers.
  }

  /** The part of a weight that decays; null for none. */
  protected decayOf(_weight: Variable): number | null {
    return this.weightDecay;
  }

  /** Keeps a number for the optimizer as a whole, as part of its state. For constructors. */
  protected addVariable(name: string, value: number, dtype: DType = "float64"): Variable {
    if (RESERVED.has(name) || this.#own.has(name) || name.startsWith("groups/")) {
      throw new RangeError(
        `${this.constructor.name}: addVariable: expected another name than "${name}", which is taken`,
      );
    }
    return this.#addVariable(name, value, dtype);
  }

  #addVariable(name: string, value: number, dtype: DType): Variable {
    const variable = numberVariable(name, value, dtype);
    this.#own.set(name, variable);
    return variable;
  }

  /** Creates the slots of weights, as `applyGradients` does at first. Before `loadState`. */
  build(weights: readonly Variable[]): this {
    checkMethods(this);
    const where = `${this.constructor.name}: build`;
    weights.forEach((weight: unknown, i) => checkWeight(weight, where, i));
    this.#slotsOfAll(weights);
    return this;
  }

  /**
   * Updates each weight by its gradient, and counts one iteration. Everything is checked before the
   * first weight is changed.
   */
  applyGradients(gradients: readonly Tensor[], weights: readonly Variable[]): void {
    checkMethods(this);
    checkGradients(gradients, weights);
    const limits = this.#limits();
    checkLimits(limits, this.constructor.name);
    warnOfInference(gradients);
    const slots = this.#slotsOfAll(weights);
    tidy(() => {
      const updatesBefore = this.useEma ? clone(this.iterations) : null;
      for (const rate of this.#rates) rate.follow();
      this.#accumulate(gradients, weights, slots, limits);
      if (updatesBefore !== null) this.#averageWeights(weights, slots, updatesBefore);
      for (const weight of weights) applyConstraint(weight);
    });
  }

  /** Assigns the averages that `useEma` keeps to their weights: `fit` ends so. */
  finalizeVariableValues(weights: readonly Variable[]): void {
    for (const weight of weights) {
      const mean = this.useEma ? this.#slots.known(weight)?.[AVERAGE] : undefined;
      if (mean !== undefined) assign(weight, mean);
    }
  }

  /** All that updates change beside the weights, by name: slots as `name/weight`. */
  state(): Record<string, Variable> {
    return this.stateBy(({ name }) => name);
  }

  /** @internal The same with names of weights that the caller gives; undefined leaves a weight's slots out. */
  stateBy(nameOf: (weight: Variable) => string | undefined): Record<string, Variable> {
    const { iterations } = this;
    const state: Record<string, Variable> = { iterations, learningRate: this.#rate.upToDate };
    this.#groups.forEach((group, i) => (state[groupPath(i)] = group.rate.upToDate));
    Object.assign(state, Object.fromEntries(this.#own));
    this.#slots.addTo(state, nameOf);
    return state;
  }

  /**
   * Assigns what `state` gave, by name. Slots have to be there: `build` creates those of an optimizer
   * that has not updated anything yet. Everything is checked before anything is changed.
   */
  loadState(state: StateValues): void {
    const where = `${this.constructor.name}: loadState`;
    const hint = "; call build(model.trainableWeights), which makes the slots, first";
    loadExactly(where, this.state(), state, this.#slots.isEmpty ? hint : "");
  }

  /** The rate and the options with which the constructor makes an optimizer like this one. */
  config(): Config {
    const { excludeFromWeightDecay, ...values } = this.#values;
    const excluded = excludeFromWeightDecay as WeightSelection | null;
    return {
      learningRate: this.#rate.config(),
      ...values,
      excludeFromWeightDecay: excluded === null ? null : namedSelection(excluded),
      groups: this.#groups.map(({ group, rate }) => ({
        ...namedSelection(group),
        learningRate: rate.config(),
      })),
    };
  }

  /** @hidden An optimizer of such a configuration. */
  static fromConfig({ learningRate, ...options }: Config): Optimizer {
    const create = this as unknown as new (rate: unknown, options: Config) => Optimizer;
    return new create(learningRate, options);
  }

  /** Every option but those with a form of their own is a property that captured plans follow. */
  #defineProperties(): void {
    for (const name of Object.keys(this.#kinds)) {
      if (name === "groups" || name === "excludeFromWeightDecay") continue;
      let property = properties.get(name);
      if (property === undefined) properties.set(name, (property = Optimizer.#propertyOf(name)));
      Object.defineProperty(this, name, property);
    }
  }

  static #propertyOf(name: string): PropertyDescriptor & ThisType<Optimizer> {
    return {
      enumerable: true,
      configurable: true,
      get() {
        return guardRead(this, name, this.#values[name], () => this.#values[name]);
      },
      set(given: unknown) {
        const value: unknown = this.#kinds[name](given, this.constructor.name, name);
        const before = this.#namesOfSlots();
        this.#values[name] = value;
        guardedValueChanged();
        this.#restartSlots(before);
      },
    };
  }

  /** @internal What the rate of weights in no group follows; null for none. */
  static scheduleOf(optimizer: Optimizer): Schedule | null {
    return optimizer.#rate.schedule;
  }

  /** @internal Schedules, groups and selections of weights. */
  get parts(): readonly unknown[] {
    const { groups, excludeFromWeightDecay } = this.#values;
    return [groups, excludeFromWeightDecay, ...this.#rates.map(({ schedule }) => schedule)];
  }

  #limits(): ClipLimits {
    const { clipnorm, clipvalue, globalClipnorm } = this;
    return { clipnorm, clipvalue, globalClipnorm };
  }

  /** Of the slots that a weight has whatever the rule of its updates. */
  #sharedSlotNames(): string[] {
    const names: string[] = [];
    if (this.useEma) names.push(AVERAGE);
    if (this.gradientAccumulationSteps !== null) names.push(ACCUMULATOR);
    return names;
  }

  #slotsOfAll(weights: readonly Variable[]): Slots[] {
    const shared = this.#sharedSlotNames();
    if (this.#slots.isEmpty && weights.length > 0) this.#warnOfUnmatched(weights);
    return weights.map((weight) => this.#slotsOf(weight, shared));
  }

  #warnOfUnmatched(weights: readonly Variable[]): void {
    const excluded = this.#values.excludeFromWeightDecay as WeightSelection | null;
    const where = this.constructor.name;
    if (excluded !== null) warnOfUnmatched(`${where}: excludeFromWeightDecay`, excluded, weights);
    this.#groups.forEach(({ group }, i) =>
      warnOfUnmatched(`${where}: groups[${i}]`, group, weights),
    );
  }

  #slotsOf(weight: Variable, shared: readonly string[]): Slots {
    return this.#slots.of(weight, this.#slotNamesOf(weight, shared), (name) => {
      const { shape, dtype } = weight;
      const initial = this.#initialSlot(name, weight);
      if (name !== AVERAGE && initial !== null) return initial;
      return loadedWeight(name, shape, dtype) ?? initial ?? fill(shape, 0, dtype);
    });
  }

  /** What a slot starts with; null for zeros. */
  #initialSlot(name: string, weight: Variable): Tensor | null {
    if (name === AVERAGE) return weight;
    if (name === ACCUMULATOR) return null;
    const initial: unknown = this.initialSlot(name, weight) ?? null;
    checkInitialSlot(initial, name, this);
    return initial;
  }

  /** Of each weight with slots, the names of those that the options ask for. */
  #namesOfSlots(): Map<Variable, readonly string[]> {
    const shared = this.#sharedSlotNames();
    const weights = this.#slots.weights.filter(({ isDisposed }) => !isDisposed);
    return new Map(weights.map((weight) => [weight, this.#slotNamesOf(weight, shared)]));
  }

  /** Slots that are asked for again know nothing of the updates since: they begin anew. */
  #restartSlots(before: ReadonlyMap<Variable, readonly string[]>): void {
    for (const [weight, names] of this.#namesOfSlots()) {
      const slots = this.#slots.known(weight)!;
      const again = names.filter((name) => !before.get(weight)!.includes(name) && name in slots);
      for (const name of again) this.#restart(slots[name], name, weight);
    }
  }

  #restart(slot: Variable, name: string, weight: Variable): void {
    if (name === ACCUMULATOR) assign(this.#waiting(), 0);
    if (slot.isDisposed) return;
    const { shape, dtype } = slot;
    tidy(() => assign(slot, this.#initialSlot(name, weight) ?? fill(shape, 0, dtype)));
  }

  #slotNamesOf(weight: Variable, shared: readonly string[]): readonly string[] {
    const own = this.slotNames(weight);
    checkSlotNames(own, SHARED_SLOTS, this);
    return shared.length === 0 ? own : [...own, ...shared];
  }

  /** Number of gradients that wait for an update; int32 scalar. */
  #waiting(): Variable {
    return this.#own.get(WAITING) ?? this.#addVariable(WAITING, 0, "int32");
  }

  /** Number of calls of `applyGradients` so far, which schedules follow; float64 scalar. */
  #gradientsSoFar(): Tensor {
    const updates = cast(this.iterations, "float64");
    const steps = this.gradientAccumulationSteps;
    return steps === null ? updates : add(mul(updates, steps), cast(this.#waiting(), "float64"));
  }

  /** Updates the weights, or adds the gradients to those that wait for an update. */
  #accumulate(
    gradients: readonly Tensor[],
    weights: readonly Variable[],
    slots: readonly Slots[],
    limits: ClipLimits,
  ): void {
    const steps = this.gradientAccumulationSteps;
    if (steps === null) {
      this.#update(gradients, weights, slots, limits);
      return;
    }
    const waiting = this.#waiting();
    const arrived = add(waiting, 1);
    const isUpdate = greaterEqual(arrived, steps);
    const sums = gradients.map((gradient, i) => add(gradient, slots[i][ACCUMULATOR]));
    when(isUpdate, this.#writtenBy(weights, slots), () => {
      const means = sums.map((total) => div(total, steps));
      this.#update(means, weights, slots, limits);
    });
    slots.forEach((slot, i) => assign(slot[ACCUMULATOR], where(isUpdate, 0, sums[i])));
    assign(waiting, where(isUpdate, 0, arrived));
  }

  /** What `update` writes. */
  #writtenBy(weights: readonly Variable[], slots: readonly Slots[]): Variable[] {
    const own = [...this.#own].filter(([name]) => name !== WAITING).map(([, variable]) => variable);
    const ofWeights = slots.flatMap(({ [AVERAGE]: _, [ACCUMULATOR]: __, ...rest }) =>
      Object.values(rest),
    );
    return [this.iterations, ...own, ...weights, ...ofWeights];
  }

  #update(
    gradients: readonly Tensor[],
    weights: readonly Variable[],
    slots: readonly Slots[],
    limits: ClipLimits,
  ): void {
    assignAdd(this.iterations, 1);
    const limited = clipped(gradients, limits);
    const steps = this.#scalarsOf(weights);
    this.beforeUpdates();
    const update: UncheckedUpdate = this.updateOne.bind(this);
    for (let i = 0; i < weights.length; i++) {
      this.#decay(weights[i], steps[i]); // beside the update: one chain passes through the weight once
      const weight = weights[i];
      checkReturned(update(weight, limited[i], slots[i], steps[i]), weight, this);
    }
  }

  /** For each weight the scalars of its rate, one object for each rate. */
  #scalarsOf(weights: readonly Variable[]): StepScalars[] {
    const common = new StepScalars(this.#rate.variable, this.iterations);
    if (this.#groups.length === 0) return weights.map(() => common);
    const ofGroups = this.#groups.map(
      ({ rate }) => new StepScalars(rate.variable, this.iterations),
    );
    const groupOf = (weight: Variable): number =>
      this.#groups.findIndex(({ group }) => selects(group, weight));
    return weights.map((weight) => ofGroups[groupOf(weight)] ?? common);
  }

  #decay(weight: Variable, step: StepScalars): void {
    const part = this.decayOf(weight);
    if (part === null || this.#isExcluded(weight)) return;
    const factor = step.scalar(weight.dtype, `decay ${part}`, ({ rate }) => mul(rate, part));
    assignSub(weight, mul(weight, factor));
  }

  #isExcluded(weight: Variable): boolean {
    const values = this.#values;
    const name = "excludeFromWeightDecay";
    const selection = guardRead(this, name, values[name], () => values[name]);
    return selection !== null && selects(selection as WeightSelection, weight);
  }

  #averageWeights(
    weights: readonly Variable[],
    slots: readonly Slots[],
    updatesBefore: Tensor,
  ): void {
    const averages = slots.map((slot) => slot[AVERAGE]);
    const { emaMomentum: momentum, emaOverwriteFrequency: frequency } = this;
    average(weights, averages, { momentum, frequency, updatesBefore });
  }
}

brand(Optimizer);
answerToOtherNames(Optimizer.prototype, { lr: "learningRate" });

function numberVariable(name: string, value: number, dtype: DType): Variable {
  return outsideRecording(() => new Variable(value, { name, dtype, trainable: false }));
}

function groupPath(index: number): string {
  return `groups/${index}/learningRate`;
}

function applyConstraint(weight: Variable): void {
  const { constraint } = weight;
  if (constraint !== null) assign(weight, constraint(weight));
}
