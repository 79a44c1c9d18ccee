/** The tutorial's training as a task of the benchmark. */

import type { Task } from "./contenders/contender";
import { TUTORIAL } from "./network";

/**
 * 35 % of 60,000 images to train, 15 % to validate, 50 % to test. The tutorial's SGD follows the
 * batch's summed loss at a rate of 0.01: that of the mean at 32 times as much.
 */
export const TUTORIAL_TASK = {
  sizes: TUTORIAL,
  batch: 32,
  samples: 60_000,
  train: 21_000,
  valid: 9_000,
  rate: 0.32,
} satisfies Omit<Task, "kind">;
