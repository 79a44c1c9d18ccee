/** A learning rate: a Variable that updates read, and perhaps a schedule that it follows. */

import { cast } from "../ops/shape";
import { assign } from "../ops/update";
import { isFloat } from "../tensor/dtype";
import { tidy } from "../tensor/memory";
import { isPlainObject } from "../tensor/nest";
import { guardRead, guardedValueChanged, outsideRecording, recorder } from "../tensor/recorder";
import { LEASED, Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import { Variable } from "../tensor/variable";
import { Schedule } from "./schedules/schedule";

/** A number; a float scalar Variable, which the optimizer then reads; or a schedule. */
export type Rate = number | Variable | Schedule;

export function checkRate(
  value: unknown,
  where: string,
  name = "learningRate",
): asserts value is Rate {
  if (typeof value === "number" && value >= 0 && Number.isFinite(value)) return;
  if (value instanceof Schedule) return;
  if (value instanceof Variable && value.rank === 0 && isFloat(value.dtype)) return;
  throw new RangeError(
    `${where}: expected a non-negative number, a schedule or a float scalar Variable for ${name} but ` +
      `received ${value instanceof Tensor ? value.describe() : describeValue(value)}` +
      (isPlainObject(value) ? `; the rate comes first: new ${where}(0.001, { ... })` : ""),
  );
}

export class LearningRate {
  private source!: Variable | Schedule;
  private current!: Variable;

  /** @param steps number of updates so far, which a schedule follows; float64 scalar */
  constructor(
    rate: Rate,
    private readonly where: string,
    private readonly steps: () => Tensor,
    private readonly name = "learningRate",
  ) {
    this.replace(rate);
  }

  /** A number is assigned to the Variable; a Variable or a schedule takes its place. */
  set(rate: Rate): void {
    checkRate(rate, this.where, this.name);
    if (typeof rate !== "number") this.replace(rate);
    else if (this.source instanceof Variable) {
      const { source } = this;
      tidy(() => assign(source, rate));
    } else {
      throw new TypeError(
        `${this.where}: expected a schedule for ${this.name}, since the rate follows one, but received ` +
          `${rate}; make the optimizer with a number to set numbers`,
      );
    }
  }

  /** What updates read. */
  get variable(): Variable {
    return guardRead(this, "current", this.current, () => this.current);
  }

  /** The same, at the rate of the next update: to be read between updates. */
  get upToDate(): Variable {
    const isFree = recorder.capture === null && this.current.handle !== LEASED;
    if (isFree) outsideRecording(() => tidy(() => this.follow()));
    return this.variable;
  }

  get schedule(): Schedule | null {
    const { source } = this;
    return source instanceof Schedule ? source : null;
  }

  /** Assigns what the schedule says, if there is one; to be called before the updates of a step. */
  follow(): void {
    const { schedule, variable: current } = this;
    if (schedule === null) return;
    assign(current, cast(schedule.rateAt(this.steps()), current.dtype));
  }

  /** The rate as a configuration has it. */
  config(): number | Schedule {
    return this.schedule ?? this.current.item();
  }

  private replace(rate: Rate): void {
    checkRate(rate, this.where, this.name);
    this.source = rate instanceof Schedule ? rate : this.variableOf(rate);
    if (this.source instanceof Variable) this.current = this.source;
    else this.current = this.variableOf(this.source.at(this.stepNumber()));
    guardedValueChanged();
  }

  private stepNumber(): number {
    return outsideRecording(() => tidy(() => this.steps().item()));
  }

  /** float64, so that a float64 model follows the exact rate. */
  private variableOf(rate: number | Variable): Variable {
    if (rate instanceof Variable) return rate;
    const options = { name: this.name, dtype: "float64", trainable: false } as const;
    return outsideRecording(() => new Variable(rate, options));
  }
}
