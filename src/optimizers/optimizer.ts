import { BY_IDENTITY } from "../tensor/by-identity";
import { tidy } from "../tensor/memory";
import { fill } from "../ops/shape";
import { assign, assignAdd } from "../ops/update";
import { inferenceGradients, outsideRecording } from "../tensor/recorder";
import { Tensor, sameShape } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import { Variable } from "../tensor/variable";
import { checkNonNegative } from "./arguments";

/**
 * Base of the optimizers. One of your own overrides two methods: `slotNames`, the state kept for each
 * weight, and `updateOne`, the update of one weight.
 */
export abstract class Optimizer {
  /** @internal */
  get [BY_IDENTITY](): true {
    return true;
  }

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
    warnOfInference(gradients);
    const slots = weights.map((weight) => this.slotsOf(weight));
    assignAdd(this.iterations, 1);
    weights.forEach((weight, i) => this.updateOne(weight, gradients[i], slots[i]));
    for (const weight of weights) applyConstraint(weight);
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

function applyConstraint(weight: Variable): void {
  const { constraint } = weight;
  if (constraint !== null) tidy(() => assign(weight, constraint(weight)));
}

/** Models whose loops were warned. */
const warned = new WeakSet<object>();

/** Warns once a model if the gradients come from a run of it in inference mode. */
function warnOfInference(gradients: readonly Tensor[]): void {
  for (const gradient of gradients) {
    const use = inferenceGradients.get(gradient);
    if (use === undefined || warned.has(use.root)) continue;
    warned.add(use.root);
    process.emitWarning(
      `applyGradients: ${use.root.pathOf(use.layer)} ran in inference mode, in which modules start, ` +
        "while these gradients were recorded: call model.train() before a training loop of your own, and " +
        "model.eval() after it",
      { type: "NablaWarning", code: "NABLA_INFERENCE_MODE" },
    );
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
