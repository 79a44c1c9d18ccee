/** Makes classes of loss functions, and objects of functions of anyone's. */

import { callable } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { type Config, create, functionOf, register } from "../registry";
import { type LossFunction, inLine, targetsFor } from "./arguments";
import { passLabelUse } from "./labels";
import { Loss, type LossOptions } from "./loss";

/** A loss function with options. */
type FunctionOf<O extends object> = (yTrue: Tensor, yPred: Tensor, options?: O) => Tensor;

/** The class of a loss function's objects; all of its options may be left out. */
export interface LossClass<O extends object> {
  new (options?: O & LossOptions): Loss<O>;
  /** Of its objects. */
  readonly prototype: Loss<O>;
}

interface Traits {
  /** Names of the function's options. */
  options?: readonly string[];
  /** Short forms that names of losses are understood in. */
  aliases?: readonly string[];
  takesLabels?: boolean;
  /** Which of the losses count in a mean. */
  mask?: (losses: Tensor, yTrue: Tensor, options: Record<string, unknown>) => Tensor | null;
}

const classOf = new WeakMap<object, new () => Loss>();

/** The class whose objects compute `fn`, registered under its name. */
export function lossClass<O extends object>(
  name: string,
  fn: FunctionOf<O>,
  { options: names = [], aliases = [], takesLabels = false, mask }: Traits = {},
): LossClass<O> {
  const made = class extends Loss<O> {
    constructor(options: O & LossOptions = {} as O & LossOptions) {
      super(options, names);
    }

    override get takesLabels(): boolean {
      return takesLabels;
    }

    perSample(yTrue: Tensor, yPred: Tensor): Tensor {
      const targets = inLine(yTrue, yPred);
      const losses = fn(targets, yPred, this.options);
      passLabelUse(targets, yTrue);
      return losses;
    }

    protected override maskOf(losses: Tensor, yTrue: Tensor): Tensor | null {
      return mask?.(losses, yTrue, this.options as Record<string, unknown>) ?? null;
    }
  };
  Object.defineProperty(made, "name", { value: name });
  for (const each of [name, ...aliases]) register(each, made);
  classOf.set(fn, made as never);
  return made;
}

/** A function of targets and predictions as a loss; its result is one value a sample, or a mean. */
export class FunctionLoss extends Loss<{ fn: LossFunction }> {
  constructor(fn: LossFunction, options: LossOptions = {}) {
    super({ fn, ...options }, { fn: callable<LossFunction>() });
  }

  override get isKnown(): boolean {
    return false;
  }

  perSample(yTrue: Tensor, yPred: Tensor): Tensor {
    const targets = targetsFor(yTrue, yPred);
    const losses = this.options.fn(targets, yPred);
    passLabelUse(targets, yTrue);
    return losses;
  }

  /** @hidden */
  static override fromConfig({ fn, ...options }: Config): Loss {
    return new FunctionLoss(
      functionOf("function", fn, "FunctionLoss", "fn") as LossFunction,
      options,
    );
  }
}

register("FunctionLoss", FunctionLoss);

/**
 * The loss that was given itself, by its name, as its class, or as a function; undefined for anything
 * else.
 */
export function lossFrom(given: unknown): Loss | undefined {
  if (given instanceof Loss) return given;
  if (typeof given === "string") return create("loss", given) as Loss | undefined;
  if (typeof given !== "function") return undefined;
  const known = classOf.get(given) ?? (given.prototype instanceof Loss ? given : undefined);
  if (known !== undefined) return new (known as new () => Loss)();
  if (/^class\b/.test(Function.prototype.toString.call(given))) return undefined;
  return new FunctionLoss(given as LossFunction);
}
