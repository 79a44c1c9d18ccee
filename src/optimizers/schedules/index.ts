/** Schedules of the learning rate, with Keras 3's names, options and defaults. */

export { CosineDecay, type CosineDecayOptions } from "./cosine-decay";
export { CosineDecayRestarts, type CosineDecayRestartsOptions } from "./cosine-decay-restarts";
export { ExponentialDecay, type ExponentialDecayOptions } from "./exponential-decay";
export { InverseTimeDecay, type InverseTimeDecayOptions } from "./inverse-time-decay";
export { OneCycle, type OneCycleOptions } from "./one-cycle";
export {
  PiecewiseConstantDecay,
  type PiecewiseConstantDecayOptions,
} from "./piecewise-constant-decay";
export { PolynomialDecay, type PolynomialDecayOptions } from "./polynomial-decay";
export { Schedule } from "./schedule";
