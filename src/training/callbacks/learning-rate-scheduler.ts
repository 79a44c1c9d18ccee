import { checkFunction } from "../../tensor/options";
import { describeValue } from "../../tensor/values";
import { Callback, type Logs } from "./callback";
import { checkSettable } from "./settable-rate";

/** Sets the learning rate before each epoch, and adds `learningRate` to the logs. */
export class LearningRateScheduler extends Callback {
  /** @param schedule the rate for an epoch (from 0), of the rate before */
  constructor(private readonly schedule: (epoch: number, learningRate: number) => number) {
    super();
    checkFunction(schedule, "LearningRateScheduler", "schedule");
  }

  /** Called by `fit`: refuses an optimizer whose rate follows a schedule. */
  onTrainBegin(): void {
    checkSettable(this.model.optimizer, "LearningRateScheduler");
  }

  /**
   * Called by `fit`: sets the rate of the epoch.
   * @throws TypeError if the schedule does not return a non-negative number
   */
  onEpochBegin(epoch: number): void {
    const { optimizer } = this.model;
    const rate: unknown = this.schedule(epoch, optimizer.learningRate.item());
    if (typeof rate !== "number" || !(rate >= 0) || rate === Infinity) {
      throw new TypeError(
        "LearningRateScheduler: expected a schedule that returns a non-negative number but for epoch " +
          `${epoch} received ${describeValue(rate)}`,
      );
    }
    optimizer.learningRate = rate;
  }

  /** Called by `fit`: puts the rate into the logs, as `learningRate`. */
  onEpochEnd(_epoch: number, logs: Logs): void {
    logs.learningRate = this.model.optimizer.learningRate.item();
  }
}
