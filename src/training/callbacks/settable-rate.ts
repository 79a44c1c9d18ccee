import { Optimizer } from "../../optimizers";

/** Refuses, before training, an optimizer whose rate a callback could not set. */
export function checkSettable(optimizer: Optimizer, callback: string): void {
  const schedule = Optimizer.scheduleOf(optimizer);
  if (schedule === null) return;
  throw new TypeError(
    `${callback}: expected an optimizer with a number for learningRate, which the callback sets, but it follows ` +
      `${schedule.constructor.name}; make the optimizer with a number to set numbers`,
  );
}
