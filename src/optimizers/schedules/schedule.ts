/** What a schedule of learning rates is. */

import type { Config, Configurable } from "../../nn/registry";
import { tidy } from "../../tensor/memory";
import { type OptionKinds, kindsOf, readOptions } from "../../tensor/option-kinds";
import { outsideRecording } from "../../tensor/recorder";
import { Tensor, tensor } from "../../tensor/tensor";
import { describeValue } from "../../tensor/values";

/**
 * Base of the schedules: a learning rate as a function of the number of updates so far. Pass one to
 * an optimizer in place of the rate. One of your own gives its options to the constructor of this
 * class, and computes with ops in `call`, so that captured steps follow it:
 *
 * ```ts
 * class Halving extends optimizers.schedules.Schedule<{ first: number }> {
 *   constructor(options: { first: number }) {
 *     super(options, ["first"]); // the names of its options
 *   }
 *   call(step: Tensor): Tensor {
 *     return pow(0.5, step).mul(this.options.first);
 *   }
 * }
 * register("Halving", Halving);
 * ```
 *
 * @typeParam O the values of the options
 */
export abstract class Schedule<
  O extends object = Readonly<Record<string, unknown>>,
> implements Configurable {
  /** @hidden */
  static readonly kind: string = "schedule";
  /** The options that the schedule was made with, those left out at their defaults. */
  readonly options: O;

  /** @param own kinds of the options, or their names alone */
  constructor(options: object = {}, own: OptionKinds | readonly string[] = {}) {
    this.options = Object.freeze(readOptions(kindsOf(own), options, this.constructor.name)) as O;
  }

  /**
   * The rate before an update.
   * @param step number of updates before it; float64 scalar
   * @returns float64 scalar
   */
  abstract call(step: Tensor): Tensor;

  /** The rate at a step, the number of updates before it, as a number. */
  at(step: number): number {
    if (typeof step !== "number" || !(step >= 0)) {
      throw new RangeError(
        `${this.constructor.name}: expected a number >= 0 for step but received ${describeValue(step)}`,
      );
    }
    return outsideRecording(() => tidy(() => this.rateAt(tensor(step, [], "float64")).item()));
  }

  /** @internal What `call` gives, checked. */
  rateAt(step: Tensor): Tensor {
    const rate: unknown = this.call(step);
    if (rate instanceof Tensor && rate.rank === 0 && rate.dtype === "float64") return rate;
    throw new TypeError(
      `${this.constructor.name}: expected a float64 scalar from call but received ` +
        (rate instanceof Tensor ? rate.describe() : describeValue(rate)),
    );
  }

  /** The options with which the constructor makes a schedule like this one. */
  config(): Config {
    return { ...this.options } as Config;
  }

  /** @hidden A schedule of such a configuration. */
  static fromConfig(config: Config): Schedule {
    const create = this as unknown as new (options: Config) => Schedule;
    return new create(config);
  }
}
