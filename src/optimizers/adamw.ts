import { type Rate, register } from "./base";
import { Adam, type AdamOptions } from "./adam";

/** Options of `AdamW`, beside those of all optimizers. */
export interface AdamWOptions extends AdamOptions {
  /** 0.004 by default. */
  weightDecay?: number | null;
}

/** Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv:1711.05101). */
export class AdamW extends Adam {
  constructor(learningRate: Rate = 0.001, options: AdamWOptions = {}) {
    const { weightDecay = 0.004 } = options;
    super(learningRate, { ...options, weightDecay });
  }
}

register("AdamW", AdamW);
