import { type Optimizer, schedules } from "../../optimizers";

/** Refuses, before training, an optimizer whose rate a callback could not set. */
export function checkSettable(optimizer: Optimizer, callback: string): void {
  const rate = optimizer.config().learningRate;
  if (!(rate instanceof schedules.Schedule)) return;
  throw new TypeError(
    `${callback}: expected an optimizer with a number for learningRate, which the callback sets, but it follows ` +
      `${rate.constructor.name}; make the optimizer with a number to set numbers`,
  );
}
