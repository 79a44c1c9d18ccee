/** Optimizers, with Keras 3's formulas and defaults. */

import { tidy } from "./memory";
import { fill } from "./ops/shape";
import { checkFlag, checkOptions } from "./options";
import { adamUpdate, assign, assignAdd, momentumUpdate, sgdUpdate } from "./ops/update";
import { outsideRecording } from "./recorder";
import { Tensor, sameShape } from "./tensor";
import { describeValue } from "./values";
import { Variable } from "./variable";

/**
 * Base of the optimizers. One of your own overrides two methods: `slotNames`, the state kept for each
 * weight, and `updateOne`, the update of one weight.
 */
export abstract class Optimizer {
  /** Number of updates so far; int32 scalar. */
  readonly iterations = outsideRecording(
    () => new Variable(0, { name: "iterations", dtype: "int32", trainable: false }),
  );
  /** float64, so that a float64 model follows the exact rate. */
  private readonly rate: Variable;
  private readonly slots = new Map<Variable, Record<string, Variable>>();

  constructor(learningRate: number) {
    checkNonNegative("learningRate", learningRate);
    this.rate = outsideRecording(
      () =>
        new Variable(learningRate, { name: "learningRate", dtype: "float64", trainable: false }),
    );
  }

  /** A Variable, read at every update, also by captured plans. Set it to a number at any time. */
  get learningRate(): Variable {
    return this.rate;
  }

  set learningRate(value: number | Variable) {
    if (!(value instanceof Variable)) checkNonNegative("learningRate", value);
    assign(this.rate, value);
  }

  /** Names of the state that is kept for each weight. */
  protected abstract slotNames(): readonly string[];

  /** Updates one weight. `slots` are zeros of its shape at first. */
  protected abstract updateOne(
    weight: Variable,
    gradient: Tensor,
    slots: Record<string, Variable>,
  ): void;

  /**
   * Updates each weight by its gradient, and counts one iteration. Everything is checked before the
   * first weight is changed.
   */
  applyGradients(gradients: readonly Tensor[], weights: readonly Variable[]): void {
    checkGradients(gradients, weights);
    const slots = weights.map((weight) => this.slotsOf(weight));
    assignAdd(this.iterations, 1);
    weights.forEach((weight, i) => this.updateOne(weight, gradients[i], slots[i]));
  }

  /** The persistent state by name, slots as `name/weight`, or `name/weight/2` for a namesake. */
  state(): Record<string, Variable> {
    const state: Record<string, Variable> = {
      iterations: this.iterations,
      learningRate: this.rate,
    };
    for (const [weight, slots] of this.slots) {
      for (const [name, slot] of Object.entries(slots)) {
        state[unusedKey(state, `${name}/${weight.name}`)] = slot;
      }
    }
    return state;
  }

  /** Created eagerly at first need, also inside a capture. */
  private slotsOf(weight: Variable): Record<string, Variable> {
    let slots = this.slots.get(weight);
    if (slots === undefined) {
      slots = Object.fromEntries(this.slotNames().map((name) => [name, zerosFor(weight, name)]));
      this.slots.set(weight, slots);
    }
    return slots;
  }
}

/** `key`, or with the first number after it that makes it another than those of `taken`. */
function unusedKey(taken: object, key: string): string {
  let unused = key;
  for (let number = 2; Object.hasOwn(taken, unused); number++) unused = `${key}/${number}`;
  return unused;
}

function zerosFor(weight: Variable, name: string): Variable {
  const options = { name: `${name}/${weight.name}`, trainable: false };
  return outsideRecording(() =>
    tidy(() => new Variable(fill(weight.shape, 0, weight.dtype), options)),
  );
}

function checkNonNegative(name: string, value: unknown): void {
  if (typeof value === "number" && value >= 0 && Number.isFinite(value)) return;
  throw new RangeError(
    `expected a non-negative number for ${name} but received ${describeValue(value)}`,
  );
}

function checkFraction(name: string, value: unknown): void {
  if (typeof value === "number" && value >= 0 && value < 1) return;
  throw new RangeError(
    `expected a number in [0, 1) for ${name} but received ${describeValue(value)}`,
  );
}

function checkGradients(gradients: readonly Tensor[], weights: readonly Variable[]): void {
  if (!Array.isArray(gradients) || !Array.isArray(weights) || gradients.length !== weights.length) {
    throw new RangeError(
      `applyGradients: expected one gradient a weight but received ${gradients?.length} gradients and ` +
        `${weights?.length} weights`,
    );
  }
  if (new Set(weights).size !== weights.length) {
    throw new RangeError("applyGradients: expected each weight once");
  }
  weights.forEach((weight: unknown, i) => checkPair(weight, gradients[i], i));
}

function checkPair(weight: unknown, gradient: unknown, i: number): void {
  if (!(weight instanceof Variable)) {
    throw new TypeError(
      `applyGradients: expected a Variable for weights[${i}] but received ${describe(weight)}`,
    );
  }
  const fits =
    gradient instanceof Tensor &&
    gradient.dtype === weight.dtype &&
    sameShape(gradient.shape, weight.shape);
  if (fits) return;
  throw new TypeError(
    `applyGradients: expected a gradient like ${weight.describe()} for gradients[${i}] but received ` +
      describe(gradient),
  );
}

function describe(value: unknown): string {
  return value instanceof Tensor ? value.describe() : describeValue(value);
}

export interface SGDOptions {
  /** 0 by default: plain gradient descent. */
  momentum?: number;
  /** Looks ahead along the momentum (Nesterov 1983); false by default. */
  nesterov?: boolean;
}

/**
 * Gradient descent: w -= rate * g. With momentum v = momentum * v - rate * g and w += v, or with
 * Nesterov's look-ahead w += momentum * v - rate * g.
 */
export class SGD extends Optimizer {
  private readonly momentum: number;
  private readonly nesterov: boolean;

  constructor(learningRate = 0.01, options: SGDOptions = {}) {
    super(learningRate);
    checkOptions(options, ["momentum", "nesterov"], "SGD");
    this.momentum = options.momentum ?? 0;
    this.nesterov = options.nesterov ?? false;
    checkFlag(this.nesterov, "SGD", "nesterov");
    checkFraction("momentum", this.momentum);
    if (this.nesterov && this.momentum === 0) {
      throw new RangeError("expected a momentum > 0 for nesterov but received 0");
    }
  }

  protected slotNames(): readonly string[] {
    return this.momentum === 0 ? [] : ["momentum"];
  }

  protected updateOne(weight: Variable, gradient: Tensor, slots: Record<string, Variable>): void {
    if (this.momentum === 0) sgdUpdate(weight, gradient, this.learningRate);
    else
      momentumUpdate(
        weight,
        slots.momentum,
        gradient,
        this.learningRate,
        this.momentum,
        this.nesterov,
      );
  }
}

export interface AdamOptions {
  /** Decay of the mean of gradients; 0.9 by default. */
  beta1?: number;
  /** Decay of the mean of squared gradients; 0.999 by default. */
  beta2?: number;
  /** Added to the root of the latter; 1e-7 by default. */
  epsilon?: number;
}

/** Adam (Kingma and Ba 2015, arXiv:1412.6980), epsilon outside the bias correction as in Keras. */
export class Adam extends Optimizer {
  private readonly beta1: number;
  private readonly beta2: number;
  private readonly epsilon: number;

  constructor(learningRate = 0.001, options: AdamOptions = {}) {
    super(learningRate);
    checkOptions(options, ["beta1", "beta2", "epsilon"], "Adam");
    this.beta1 = options.beta1 ?? 0.9;
    this.beta2 = options.beta2 ?? 0.999;
    this.epsilon = options.epsilon ?? 1e-7;
    checkFraction("beta1", this.beta1);
    checkFraction("beta2", this.beta2);
    checkNonNegative("epsilon", this.epsilon);
  }

  protected slotNames(): readonly string[] {
    return ["m", "v"];
  }

  protected updateOne(
    weight: Variable,
    gradient: Tensor,
    { m, v }: Record<string, Variable>,
  ): void {
    const { beta1, beta2, epsilon } = this;
    adamUpdate(weight, m, v, gradient, this.learningRate, this.iterations, {
      beta1,
      beta2,
      epsilon,
    });
  }
}
